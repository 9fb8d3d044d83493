"""Who is at the other end of a socket: the session cookie or a bearer token, and the origin."""

from collections.abc import Iterable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http.request import validate_host
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings as jwt_settings
from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from inbox.publications import standing
from inbox.publications.standing import Identity
from wards.base import clock
from wards.models import Role, User


class Credential(NamedTuple):
    """What a socket brought along: a session key or a token (the other is empty)."""

    session: str
    token: str


def credential(headers: dict[bytes, bytes]) -> Credential:
    """Reads the `Authorization: Bearer` header, else the session cookie."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return Credential("", token.strip())
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return Credential("", "")
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    key = morsel.value if morsel else ""
    # Many are looked up in one query: one with a NUL byte must not fail it for all.
    return Credential(key if key.isalnum() and key.isascii() else "", "")


def origin_allowed(headers: dict[bytes, bytes]) -> bool:
    """Whether the page that opened the socket is one of ours.

    Browsers send cookies along from any page, so the page must be from our own host. They always
    name it; a client that names none is not a browser, and nobody's cookies can be borrowed by it.
    """
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    try:
        place = urlsplit(origin)
    except ValueError:
        return False
    ours = place.netloc == headers.get(b"host", b"").decode("latin-1")
    return validate_host(place.hostname or "", settings.ALLOWED_HOSTS) and (
        ours or origin in settings.CSRF_TRUSTED_ORIGINS
    )


def identify(credentials: Iterable[Credential]) -> dict[Credential, Identity | None]:
    """Whom each credential belongs to, in two queries however many there are; None: nobody."""
    credentials = list(credentials)
    claims = _claims(credentials)
    users = User.objects.filter(
        pk__in={claim["user"] for claim in claims.values()}, is_active=True, hospital__isnull=False
    )
    known = {str(user.pk): user for user in users}
    return {
        each: _check(each, claims.get(each), known) if each in claims else None
        for each in credentials
    }


def _claims(credentials: list[Credential]) -> dict[Credential, dict[str, Any]]:
    """What each credential says: user id, expiry and, for a session, the password's hash."""
    keys = [each.session for each in credentials if each.session]
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    claims: dict[Credential, dict[str, Any]] = {}
    for session in sessions:
        data = session.get_decoded()
        if (
            SESSION_KEY in data
            and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        ):
            claims[Credential(session.session_key, "")] = {
                "user": data[SESSION_KEY],
                "hash": data.get(HASH_SESSION_KEY, ""),
                "expires_at": session.expire_date,
            }
    for each in credentials:
        if each.token and (claim := _token_claim(each.token)):
            claims[each] = claim
    return claims


def _token_claim(token: str) -> dict[str, Any] | None:
    try:
        payload = AccessToken(token)  # type: ignore[arg-type]
        return {
            "user": str(payload["user_id"]),
            "hash": payload.get(jwt_settings.REVOKE_TOKEN_CLAIM, ""),
            "expires_at": datetime.fromtimestamp(payload["exp"], UTC),
        }
    except (TokenError, KeyError):
        return None


def _check(
    credential: Credential, claim: dict[str, Any] | None, known: dict[str, User]
) -> Identity | None:
    user = known.get(claim["user"]) if claim else None
    if claim is None or user is None or user.hospital_id is None:
        return None
    # Changing the password ends every session and token, as it does for the pages and the API.
    password = (
        user.get_session_auth_hash() if credential.session else get_md5_hash_password(user.password)
    )
    if not constant_time_compare(claim["hash"], password):
        return None
    return Identity(
        user_id=user.pk,
        hospital_id=user.hospital_id,
        is_staff_role=user.role != Role.PATIENT,
        session=credential.session,
        expires_at=claim["expires_at"],
        credentials=standing.credentials(user.password, user.role, user.hospital_id),
        reader=standing.reader_of(user),
    )
