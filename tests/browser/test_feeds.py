"""Feeds and questions of identity, as administrators and managers see and decide them."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_scopes import scope
from playwright.sync_api import Page, expect

from tests import feeds
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import LOOKS, check
from tests.cast import Cast
from wards.models import Feed, FeedNote, Hl7Message, User

FEEDS = "/hospital/feeds/"
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def feed(committed: None, cast: Cast) -> Feed:
    """A busy feed, one that has fallen silent, and a question."""
    with scope(hospital=cast.hospital.pk):
        feed = Feed.objects.get(hospital=cast.hospital)
        for number in range(20):
            status = Hl7Message.Status.ERROR if number % 9 == 8 else Hl7Message.Status.ACCEPTED
            feeds.create_message(cast.hospital, feed, status=status)
        for place, value, times in (
            ("OBX-8", "CRIT+", 41),
            ("PV1-3", "5-WEST", 7),
            ("MSH-18", "WINDOWS-1256", 1204),
        ):
            FeedNote.objects.create(feed=feed, place=place, value=value, count=times)
        lab = feeds.create_feed(
            cast.hospital, "LAB", name="مختبر المدينة", silent_after=30, application="ORBIT"
        )
    feeds.create_message(
        cast.hospital, lab, status="AA", received_at=timezone.now() - timedelta(hours=3)
    )
    feeds.create_question(cast.hospital, cast.patient, feed=feed)
    return feed


def look_at(page: Page, name: str) -> None:
    """Keeps a picture where SCREENSHOTS names a directory, for people to look at."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pages(cast: Cast, feed: Feed, visit: Visit, language: str, theme: str, width: int) -> None:
    User.objects.update(theme=theme)
    profile = {"viewport": {"width": width, "height": 900}, "locale": language}
    with scope(hospital=cast.hospital.pk):
        refused = Hl7Message.objects.filter(status="AE").latest("id")
    for name, path in (
        ("feeds", FEEDS),
        ("feed", f"{FEEDS}{feed.pk}/"),
        ("message", f"{FEEDS}messages/{refused.pk}/"),
        ("identity", f"{FEEDS}identity/"),
    ):
        page = visit(cast.alice, path, live=False, **profile).page
        look_at(page, f"{name}-{language}-{theme}-{width}")
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_a_manager_decides_who_it_is(cast: Cast, feed: Feed, visit: Visit) -> None:
    page = visit(cast.mona, f"{FEEDS}identity/").page
    expect(page.locator(".question")).to_contain_text("Somebody Else")
    page.get_by_role("button", name="Another person…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Somebody Else is somebody else?")
    check(page)
    look_at(page, "decide")
    dialog.get_by_role("button", name="Another person", exact=True).click()
    expect(page.get_by_role("heading", name="Nobody is in doubt")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Decided.")


def test_who_may_not_sees_no_way_there(cast: Cast, feed: Feed, visit: Visit) -> None:
    nav = visit(cast.noor, "/inbox/").page.locator(".sidebar-nav")
    expect(nav).not_to_contain_text("Who is who")
    nav = visit(cast.mona, "/inbox/").page.locator(".sidebar-nav")
    expect(nav).to_contain_text("Who is who")
    expect(nav.get_by_text("Feeds", exact=True)).to_have_count(0)
