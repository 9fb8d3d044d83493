"""Which feed a message is of: by its sending facility (MSH-4) and application (MSH-3)."""

import ipaddress
from collections.abc import Iterable
from time import monotonic

from django_scopes import scopes_disabled

from wards import reference
from wards.hl7 import storing
from wards.hl7.header import Header
from wards.hl7.said import Unread
from wards.models import Feed

SAW_EVERY = 5.0  # s; how exact the time of the last message is
_seen: dict[int, float] = {}


def feed_of(header: Header) -> Feed | None:
    """The feed of exactly this application, else that of the whole facility; None: not known.

    What is remembered is confirmed by the statement that stores the message.
    """
    if not header.facility:
        return None
    key = ("feed", header.facility, header.application)
    return reference.find(key, lambda: _feed_of(header))


def _feed_of(header: Header) -> Feed | None:
    with scopes_disabled():
        feeds = Feed.objects.select_related("hospital").filter(
            facility=header.facility, application__in=(header.application, ""), is_active=True
        )
        return max(feeds, key=lambda feed: len(feed.application), default=None)


def allows(feed: Feed, peer: str, certificate: str = "") -> bool:
    """Whether the feed may send from this address and with this certificate's common name."""
    if feed.certificate and certificate != feed.certificate:
        return False
    if not feed.networks:
        return True
    address = ipaddress.ip_address(peer.partition("%")[0])
    return any(address in ipaddress.ip_network(each, strict=False) for each in feed.networks)


def note(feed: Feed, unread: Iterable[Unread]) -> None:
    """Counts what was not understood."""


def saw(feed: Feed) -> None:
    """Notes that a message came, now and then: a row written with each would hold up the others."""
    now = monotonic()
    if now - _seen.get(feed.pk, -SAW_EVERY) >= SAW_EVERY:
        storing.note_time(feed)
        _seen[feed.pk] = now
