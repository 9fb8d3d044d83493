"""The lock-out: how often a password may be wrong, for the sign-in page, the API and the admin.

Failures are counted by name and place. A place is a browser in which that name has signed in before
(a signed cookie says so), else an address; so nobody can lock out a colleague who sits elsewhere,
nor one at the same address who uses their own browser. Guesses at a name from many addresses have a
slow cap of their own, which does not bind places where that name has signed in.
"""

import secrets
import unicodedata
from collections.abc import Sequence

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from wards.base import limits

# (failures, seconds)
OF_A_NAME_IN_A_PLACE = (5, 5 * 60)
OF_A_NAME_FROM_STRANGE_PLACES = (30, 60 * 60)
OF_AN_ADDRESS = (20, 60)
# Right or wrong: a password costs a processor a tenth of a second.
TRIES_OF_AN_ADDRESS = (60, 60)

COOKIE = "known_browser"
NAMES_OF_A_BROWSER = 20  # a computer of a ward knows its shifts
KNOWN_FOR = 180 * 24 * 60 * 60  # seconds


class Attempt:
    """One try at a name's password: a failure until `succeeded` says otherwise."""

    def __init__(self, request: HttpRequest, name: str) -> None:
        self._name, self._address = _digest(name), limits.address(request)
        browser, names = _browser(request)
        at_home = self._name in names
        place = browser if at_home else self._address
        self._here = f"failed:{self._name}:{place}"
        self._known = f"known:{self._name}:{self._address}"
        self._rules = [(self._here, OF_A_NAME_IN_A_PLACE)]
        if not at_home:
            self._rules.append((f"failed:{self._address}", OF_AN_ADDRESS))
        if not (at_home or limits.is_marked(self._known)):
            self._rules.append((f"failed:{self._name}", OF_A_NAME_FROM_STRANGE_PLACES))

    def allowed(self) -> bool:
        """Count it, before the password is looked at: many at once do not slip through."""
        tried = limits.allowed(f"tried:{self._address}", *TRIES_OF_AN_ADDRESS)
        return tried and all(limits.allowed(key, *rule) for key, rule in self._rules)

    def succeeded(self) -> None:
        """It was no failure, and the address is known from now on."""
        for key, _ in self._rules:
            limits.take_back(key)
        limits.mark(self._known, KNOWN_FOR)

    def forgive(self) -> None:
        """Forget the failures here: the password is a new one."""
        limits.forget(self._here)


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Note in the browser that this name has signed in there."""
    browser, names = _browser(request)
    latest = [_digest(name), *(each for each in names if each != _digest(name))]
    response.set_cookie(
        COOKIE,
        signing.dumps([browser, latest[:NAMES_OF_A_BROWSER]], salt=COOKIE),
        max_age=KNOWN_FOR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _digest(name: str) -> str:
    """Which name it is, however it is written, without saying it."""
    same = unicodedata.normalize("NFKC", name).casefold().strip()
    return salted_hmac("wards.lockout", same, algorithm="sha256").hexdigest()[:24]


def _browser(request: HttpRequest) -> tuple[str, Sequence[str]]:
    """Its own mark, and the names that have signed in there; a new mark where it has none."""
    try:
        cookie = request.COOKIES.get(COOKIE, "")
        mark, names = signing.loads(cookie, salt=COOKIE, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return secrets.token_urlsafe(12), []
    return mark, names
