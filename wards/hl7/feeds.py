"""Feeds: which one a message is of, whether it may come from there, what was not understood."""

import ipaddress
from collections.abc import Iterable
from time import monotonic

from django.db import connection
from django_scopes import scopes_disabled

from wards.base import clock, reference
from wards.feeds.content import Unread
from wards.hl7 import storing
from wards.hl7.header import Header
from wards.models import Feed

SAW_EVERY = 5.0  # s; how exact the time of the last message is
_seen: dict[int, float] = {}
PLACE, VALUE = 20, 120  # characters, as FeedNote's columns
# What comes again is counted, not written again.
_NOTE = """
INSERT INTO wards_feednote (feed_id, place, value, count, first_at, last_at)
SELECT %s, place, value, times, %s, %s
FROM unnest(%s::varchar[], %s::varchar[], %s::int[]) AS said (place, value, times)
ORDER BY place, value
ON CONFLICT (feed_id, place, value)
DO UPDATE SET count = wards_feednote.count + excluded.count, last_at = excluded.last_at
"""


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
    """Whether the feed may send from this address and with this certificate's common name. Pure.

    What cannot be read as an address is allowed only where any is.
    """
    if feed.certificate and certificate != feed.certificate:
        return False
    if not feed.networks:
        return True
    try:
        address = _address(peer)
        return any(address in ipaddress.ip_network(each, strict=False) for each in feed.networks)
    except ValueError:
        return False


def _address(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Without the zone of a link-local address; IPv4 in IPv6 (::ffff:10.1.2.3) is IPv4."""
    address = ipaddress.ip_address(peer.partition("%")[0].strip("[]"))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def note(feed: Feed, unread: Iterable[Unread]) -> None:
    """Counts what was not understood, for the feed's page: one statement, none for nothing."""
    counts: dict[tuple[str, str], int] = {}
    for each in unread:
        key = (each.place[:PLACE], each.value[:VALUE])
        counts[key] = counts.get(key, 0) + 1
    if not counts:
        return
    now = clock.now()
    columns = ([place for place, _ in counts], [value for _, value in counts], [*counts.values()])
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [feed.pk, now, now, *columns])


def saw(feed: Feed) -> None:
    """Notes that a message came, now and then: a row written with each would hold up the others."""
    now = monotonic()
    if now - _seen.get(feed.pk, -SAW_EVERY) >= SAW_EVERY:
        storing.note_time(feed)
        _seen[feed.pk] = now
