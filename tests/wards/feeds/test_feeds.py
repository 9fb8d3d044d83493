"""Feeds: from where they may send, and what of theirs is not understood."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import Cast
from wards.feeds.content import Unread
from wards.hl7 import feeds
from wards.models import Feed, FeedNote


@pytest.mark.parametrize(
    ("networks", "peer", "allowed"),
    [
        ([], "203.0.113.9", True),
        ([], "", True),
        (["10.1.0.0/16"], "10.1.2.3", True),
        (["10.1.0.0/16"], "10.2.2.3", False),
        (["192.168.0.0/24", "10.1.2.3"], "10.1.2.3", True),
        (["10.1.2.3/16"], "10.1.9.9", True),
        (["10.1.0.0/16"], "::ffff:10.1.2.3", True),
        (["10.1.0.0/16"], "::ffff:10.2.2.3", False),
        (["10.1.0.0/16"], "2001:db8::1", False),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "10.1.2.3", False),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["10.1.0.0/16"], "", False),
        (["10.1.0.0/16"], "somewhere", False),
        (["nonsense"], "10.1.2.3", False),
    ],
)
def test_s03_addresses_that_a_feed_may_send_from(
    networks: list[str], peer: str, allowed: bool
) -> None:
    assert feeds.allows(Feed(networks=networks), peer) is allowed


def test_s03_a_certificate_is_asked_for_where_one_is_named() -> None:
    feed = Feed(certificate="lab.example", networks=["10.0.0.0/8"])
    assert feeds.allows(feed, "10.1.2.3", "lab.example")
    assert not feeds.allows(feed, "10.1.2.3", "other.example")
    assert not feeds.allows(feed, "10.1.2.3")
    assert not feeds.allows(feed, "11.1.2.3", "lab.example")


def test_what_is_not_understood_is_counted_in_one_statement(floor: Cast) -> None:
    feed = Feed.objects.get()
    other = factories.create_feed(floor.hospital, "LAB")
    unread = [Unread("OBX-8", "CRIT"), Unread("OBX-8", "PANIC"), Unread("OBX-8", "CRIT")]
    with CaptureQueriesContext(connection) as captured:
        feeds.note(feed, unread)
        feeds.note(feed, [])
    assert len(captured) == 1
    feeds.note(feed, unread[:1])
    feeds.note(other, [Unread("OBX-8" * 9, "x" * 500)])
    counts = FeedNote.objects.filter(feed=feed).values_list("value", "count")
    assert {*counts} == {("CRIT", 3), ("PANIC", 1)}
    first, last = FeedNote.objects.values_list("first_at", "last_at").get(value="CRIT")
    assert first < last
