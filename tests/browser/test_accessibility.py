"""axe finds nothing on any page: WCAG 2.2 A and AA, both themes, both languages, phone and desk."""

from collections.abc import Collection
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from messaging.contacts import unsubscribing
from tests import factories
from tests.browser.conftest import Visit
from tests.browser.test_arrivals import book
from tests.cast import Cast
from wards.models import Appointment, Bed, User

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("en", "light", 1440), ("ar", "dark", 1440), ("en", "dark", 375), ("ar", "light", 375)]
# Colours in transition have no contrast; a spinner never rests.
AT_REST = """() => document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect.getTiming().iterations === Infinity
)"""
looks = pytest.mark.parametrize(("language", "theme", "width"), LOOKS)


def check(page: Page, part: str | None = None) -> None:
    """Fails with what is wrong, where, and how to mend it."""
    assert not (report := violations(page, part)), report


def violations(page: Page, part: str | None = None, rules: Collection[str] | None = None) -> str:
    """What is wrong, where, and how to mend it; "" where nothing is.

    Args:
        part: a selector of what to look at, for menus: what an open menu half covers has no size
            that means anything.
        rules: only these.
    """
    page.wait_for_function(AT_REST)
    only = {"type": "rule", "values": [*rules]} if rules else RULES
    found = Axe().run(page, context=part, options={"runOnly": only, "resultTypes": ["violations"]})
    return f"{page.url}\n{found.generate_report()}" if found.violations_count else ""


def unsubscribe_link(cast: Cast) -> str:
    """The path of the link in an e-mail to the patient."""
    message = factories.create_message(cast.patient, channel="email")
    return urlsplit(unsubscribing.url(message)).path


def fill(cast: Cast) -> None:
    """Something of every kind on every page."""
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    factories.create_admission(ward=cast.cardiology, bed=None, reason="Chest pain")
    for state in (Bed.Status.CLEANING, Bed.Status.MAINTENANCE):
        factories.create_bed(cast.cardiology, status=state)
    factories.report_result(
        cast.patient, "512", flag="HH", ward=cast.cardiology, provider=cast.priya
    )
    for status in Appointment.Status:
        book(cast, status=status)


@looks
def test_pages(
    committed: None, cast: Cast, visit: Visit, language: str, theme: str, width: int
) -> None:
    fill(cast)
    User.objects.update(theme=theme)
    profile = {
        "viewport": {"width": width, "height": 900},
        "locale": language,
    }
    board = f"/wards/{cast.cardiology.pk}/"
    for user, path in [
        (None, "/accounts/login/"),
        (cast.mona, "/wards/"),
        (cast.mona, "/wards/?q=nothing"),
        (cast.noor, board),
        (cast.noor, f"{board}?display=wall"),
        (cast.dana, "/arrivals/"),
        (cast.dana, "/patients/"),
        (cast.dana, "/patients/?q=nobody"),
        (cast.noor, f"/patients/{cast.patient.pk}/"),
        (cast.dana, f"/patients/{cast.patient.pk}/edit/"),
        (cast.dana, f"/notifications/preferences/{cast.patient.pk}/"),
        (cast.pat, f"/notifications/preferences/{cast.patient.pk}/"),
        (None, unsubscribe_link(cast)),
        (cast.noor, f"{board}admit/"),
        (cast.dana, "/arrivals/?by=provider"),
        (cast.dana, "/appointments/book/"),
        (cast.mona, "/roster/"),
        (cast.mona, f"/roster/{cast.cardiology.pk}/plan/"),
        (cast.noor, "/inbox/"),
        (cast.pat, "/inbox/?show=unread"),
        (cast.noor, "/accounts/logout/"),
        (cast.noor, "/accounts/password/change/"),
        (cast.noor, "/nowhere/"),
    ]:
        check(visit(user, path, live=False, **profile).page)


@looks
def test_what_opens(
    committed: None, cast: Cast, visit: Visit, language: str, theme: str, width: int
) -> None:
    fill(cast)
    User.objects.update(theme=theme)
    profile = {
        "viewport": {"width": width, "height": 900},
        "locale": language,
    }
    noor = visit(cast.noor, "/inbox/", **profile)
    noor.open_bell()
    noor.panel.locator("[data-bs-target='#bell-settings']").click()
    check(noor.page, "#bell-panel")
    noor.page.keyboard.press("Escape")
    noor.open_account()
    check(noor.page, ".user-menu")
    dana = visit(cast.dana, "/arrivals/", **profile)
    dana.page.wait_for_load_state("networkidle")
    dana.page.locator("[id^=more-]").first.click()
    check(dana.page, ".visit .dropdown-menu.show")
    dana.page.locator("[hx-get$='/cancel/']:visible").click()
    dana.page.locator("#dialog-title").wait_for()
    check(dana.page)
    page = visit(cast.noor, **profile).page
    for level in ("info", "success", "warning", "error", "critical"):
        page.evaluate(
            """(alert) =>
                 window.wardbell.dispatchEvent(new CustomEvent("alerts", { detail: [alert] }))""",
            {"id": 1, "level": level, "title": "Title", "message": "Words", "link": "/inbox/"},
        )
    check(page, "#toasts")


def test_a_phone_does_not_scroll_sideways(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast)
    for language in ("en", "ar"):
        for user, path in [
            (None, "/accounts/login/"),
            (cast.mona, "/wards/"),
            (cast.noor, f"/wards/{cast.cardiology.pk}/"),
            (cast.dana, "/arrivals/"),
            (cast.dana, "/patients/"),
            (cast.noor, f"/patients/{cast.patient.pk}/"),
            (cast.dana, f"/patients/{cast.patient.pk}/edit/"),
            (cast.dana, f"/notifications/preferences/{cast.patient.pk}/"),
            (None, unsubscribe_link(cast)),
            (cast.dana, "/appointments/book/"),
            (cast.mona, "/roster/"),
            (cast.noor, "/inbox/"),
        ]:
            page = visit(
                user,
                path,
                viewport={"width": 375, "height": 812},
                locale=language,
            ).page
            assert page.evaluate("document.documentElement.scrollWidth") == 375, page.url


def test_targets_are_large_enough(committed: None, cast: Cast, visit: Visit) -> None:
    """24 × 24 CSS pixels at least, but for links within a sentence (WCAG 2.5.8)."""
    fill(cast)
    for user, path in [(cast.dana, "/arrivals/"), (cast.noor, "/inbox/")]:
        page = visit(user, path, viewport={"width": 375, "height": 812}).page
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, select, .btn, .page-link, input")]
                 .filter((e) => !["hidden", "checkbox"].includes(e.type))
                 .filter((e) => e.checkVisibility())
                 .filter((e) => !e.matches(".visually-hidden-focusable:not(:focus)"))
                 .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
                 .filter(([, box]) => box.width < 24 || box.height < 24)"""
        )
        assert small == []
