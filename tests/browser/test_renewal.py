"""What a page does when news comes: it fetches once, replaces what changed, and moves nothing."""

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from inbox.live.topics import DOUBT
from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from wards.actions import appointments, beds
from wards.models import Appointment

Status = Appointment.Status


def book(cast: Cast, **how: object) -> Appointment:
    return factories.create_appointment(
        provider=cast.priya, patient=cast.patient, starts_at=timezone.now(), **how
    )


class Fetches:
    """The requests that htmx makes for a part of the page."""

    def __init__(self, part: str, method: str = "GET") -> None:
        self.pattern, self.method = re.compile(part), method
        self.seen: list[str] = []

    def __call__(self, page: Page) -> None:
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        by_htmx = "hx-request" in request.headers
        if by_htmx and request.method == self.method and self.pattern.search(request.url):
            self.seen.append(request.url)


def test_a_page_that_was_just_read_is_not_fetched_again(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    """By a process that has been there for a while, and of a ward where nothing happens."""
    visit(cast.mona, "/wards/").page.wait_for_timeout(1_000 * DOUBT.seconds + 2_000)
    fetches = Fetches(r"/wards/\d+/$")
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/", before=fetches)
    noor.page.wait_for_timeout(1_500)
    assert not fetches.seen
    elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    expect(noor.page.locator("#waiting .bed")).to_have_count(1)
    assert len(fetches.seen) == 1


def test_s11_what_did_not_change_stays_the_element_it_is(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    factories.create_admission(ward=cast.cardiology, bed=cast.bed, patient=cast.patient)
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    card, name = noor.bed("Pat Patel"), noor.bed("Pat Patel").get_by_role("link")
    card.evaluate("card => card.wasHere = true")
    name.focus()
    elsewhere(beds.set_bed_status, bed=cast.spare_bed, status="cleaning", by=cast.noor)
    expect(noor.bed("C-02")).to_contain_text("Being cleaned")
    assert card.evaluate("card => card.wasHere") is True
    expect(name).to_be_focused()


def test_the_row_that_was_just_changed_stays_with_its_outcome(
    committed: None, cast: Cast, visit: Visit
) -> None:
    book(cast, status=Status.CONFIRMED)
    dana = visit(cast.dana, "/arrivals/?stage=expected")
    dana.visit("Pat Patel").get_by_role("button", name="Arrived").click()
    expect(dana.page.locator("[data-count=here]")).to_have_text("1")  # the list was fetched
    expect(dana.visit("Pat Patel")).to_contain_text("since")
    dana.page.get_by_role("link", name="By provider").click()
    expect(dana.page.get_by_text("Nobody matches")).to_be_visible()


def test_a_menu_is_fetched_when_it_opens(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    appointment = book(cast)
    dana = visit(cast.dana, "/arrivals/")
    expect(dana.page.locator("#queue .dropdown-item")).to_have_count(0)
    elsewhere(appointments.confirm, appointment=appointment)
    more = dana.visit("Pat Patel").get_by_role("button", name="More for Pat Patel")
    more.focus()
    dana.page.keyboard.press("Enter")
    expect(dana.page.get_by_role("button", name="Another time…")).to_be_focused()
    expect(dana.page.get_by_role("button", name="Confirm")).to_have_count(0)
    dana.page.keyboard.press("ArrowDown")
    expect(dana.page.get_by_role("button", name="Did not come")).to_be_focused()
    dana.page.keyboard.press("Escape")
    expect(more).to_be_focused()


@pytest.mark.parametrize("what", ["a menu", "a dialog"])
def test_s12_what_cannot_be_fetched_says_so_and_goes(
    committed: None, cast: Cast, visit: Visit, what: str
) -> None:
    book(cast)
    dana = visit(cast.dana, "/arrivals/")
    dana.page.route(re.compile("/(menu|book)/"), lambda route: route.abort())
    if what == "a menu":
        dana.visit("Pat Patel").get_by_role("button", name="More for Pat Patel").click()
    else:
        dana.page.get_by_role("button", name="Book…").click()
    expect(dana.toast("That did not work")).to_have_count(1)
    expect(dana.page.locator(".dropdown-menu.show, .modal.show")).to_have_count(0)


def test_three_clicks_change_a_bed_once(committed: None, cast: Cast, visit: Visit) -> None:
    posts = Fetches("/status/", "POST")
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/", before=posts)
    noor.bed("C-02").get_by_role("button", name="More for bed C-02").click()
    choice = noor.page.get_by_role("button", name="To be cleaned")
    choice.evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(noor.bed("C-02")).to_contain_text("Being cleaned")
    assert len(posts.seen) == 1


def test_a_storm_of_alerts_is_a_list_fetched_now_and_then(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    fetches = Fetches("/inbox/$")
    noor = visit(cast.noor, "/inbox/", before=fetches)
    began = time.monotonic()
    for _ in range(12):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
        noor.page.wait_for_timeout(200)
    expect(noor.page.locator("#history .note")).to_have_count(10)
    noor.expect_unread(12)
    assert len(fetches.seen) <= 2 + (time.monotonic() - began) / 3


def test_a_row_that_came_by_itself_works_like_any_other(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    """Its menu reaches over its edge, it does what is asked, and it is not parsed again."""
    dana = visit(cast.dana, "/arrivals/")
    elsewhere(book, cast)
    row = dana.visit("Pat Patel")
    mark = row.evaluate_handle("row => row")
    elsewhere(factories.create_appointment, provider=cast.priya, starts_at=timezone.now())
    expect(dana.page.locator(".visit")).to_have_count(2)
    assert row.evaluate("(row, known) => row === known", mark)
    assert dana.page.locator("[data-row] li").count() == 0
    row.get_by_role("button", name="More for Pat Patel").click()
    last = row.locator(".dropdown-item").last
    expect(last).to_be_visible()
    box, edge = last.bounding_box(), row.bounding_box()
    assert box
    assert edge
    assert box["y"] > edge["y"] + edge["height"]
    last.click(trial=True)  # nothing covers it
    dana.page.keyboard.press("Escape")
    dana.page.evaluate("window.isTheSamePage = true")
    row.get_by_role("button", name="Arrived").click()
    expect(row).to_contain_text("since")
    assert dana.page.evaluate("window.isTheSamePage")


def test_an_alert_leads_to_its_row_however_long_the_day(
    committed: None, cast: Cast, visit: Visit
) -> None:
    now = timezone.now()
    late = min(now + timedelta(hours=3), now.replace(hour=23, minute=58))
    for _ in range(45):
        factories.create_appointment(provider=cast.priya, starts_at=now + timedelta(seconds=90))
    last = factories.create_appointment(
        provider=cast.priya, patient=cast.patient, starts_at=max(late, now + timedelta(minutes=2))
    )
    dana = visit(cast.dana, f"/arrivals/#appointment-{last.pk}")
    expect(dana.visit("Pat Patel")).to_be_in_viewport()


def test_without_a_script_patients_arrive_all_the_same(
    committed: None, cast: Cast, visit: Visit
) -> None:
    book(cast, status=Status.CONFIRMED)
    dana = visit(cast.dana, "/arrivals/", live=False, java_script_enabled=False)
    expect(dana.page.get_by_text("Connecting")).to_be_hidden()
    dana.visit("Pat Patel").get_by_role("button", name="Arrived").click()
    expect(dana.visit("Pat Patel")).to_contain_text("since")
