"""What `inbox.notify` does: looks at what it was given, and records the event."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_scopes import scopes_disabled

from inbox.models import Level
from wards import events
from wards.base import clock, text
from wards.kinds import Kind
from wards.models import Event, Hospital, User

TITLE, MESSAGE, LINK = 200, 2_000, 200  # characters at most


def notify(
    user: User, title: str, message: str, level: str, link: str, at: datetime | None
) -> Event:
    """Records that the person is to be told; see `inbox.notify`."""
    words = {"subject": _words("title", title, TITLE), "text": _words("message", message, MESSAGE)}
    if not words["subject"]:
        raise ValueError("title: there must be one")
    data: dict[str, object] = {"level": _level(level), "link": _link(link), **words}
    if at is not None and _aware(at) > clock.now():
        data["tell_at"] = at.isoformat()
    with scopes_disabled(), transaction.atomic():
        return events.record(
            Kind.SYSTEM_NOTICE,
            hospital=_hospital(user),
            source=Event.Source.SYSTEM,
            data={"user": user.pk, **data},
        )


def _words(name: str, said: str, longest: int) -> str:
    if not isinstance(said, str):
        raise ValueError(f"{name}: it must be text, not {type(said).__name__}")
    clean = " ".join(text.prose(said).split())
    if len(clean) > longest:
        raise ValueError(f"{name}: {len(clean)} characters are too many, at most {longest}")
    return clean


def _level(level: str) -> str:
    if level not in Level.values:
        raise ValueError(f"level: {level!r} is none of {', '.join(Level.values)}")
    return str(level)


def _link(link: str) -> str:
    """A path of ours as it is; one that a browser could take for another host is none."""
    ours = isinstance(link, str) and link.startswith("/") and text.line(link) == link
    if link == "" or (ours and url_has_allowed_host_and_scheme(link, allowed_hosts=None)):
        if len(link) > LINK:
            raise ValueError(f"link: {len(link)} characters are too many, at most {LINK}")
        return link
    raise ValueError(f"link: {link!r} is no path of our own, such as /wards/3/")


def _aware(at: datetime) -> datetime:
    if not isinstance(at, datetime) or timezone.is_naive(at):
        raise ValueError(f"at: {at!r} is no time with a time zone")
    return at


def _hospital(user: User) -> Hospital:
    """Where it is recorded: the user's own, as the database has them now."""
    found = User.objects.filter(pk=user.pk).select_related("hospital").first()
    if found is None:
        raise ValueError("user: they are not in the database")
    if not found.is_active:
        raise ValueError(f"user: {found.username} is not active, and would never see it")
    if found.hospital is None:
        raise ValueError(f"user: {found.username} belongs to no hospital")
    return found.hospital
