"""What the style sheets promise of other media, as a browser draws it."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.cast import Cast

ZOOMED = {"width": 320, "height": 640}  # 400 % of 1,280 px
LACKS_HAS = """
    const supports = CSS.supports.bind(CSS);
    CSS.supports = (...what) => !String(what).includes(":has") && supports(...what);
"""


def black_on_white(page: Page, selector: str) -> bool:
    """Whether the text is black, and what it stands on white or nothing."""
    return bool(
        page.locator(selector).first.evaluate(
            """(element) => {
                 const style = getComputedStyle(element);
                 return style.color === "rgb(0, 0, 0)"
                   && ["rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"].includes(style.backgroundColor);
               }"""
        )
    )


@pytest.mark.parametrize("path", ["/inbox/", "/wards/"])
def test_nothing_scrolls_sideways_at_400_percent(visit: Visit, cast: Cast, path: str) -> None:
    page = visit(cast.noor, path, viewport=ZOOMED).page
    expect(page.locator("#main h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == ZOOMED["width"]


def test_paper_shows_the_page_without_its_frame_in_black(visit: Visit, cast: Cast) -> None:
    page = visit(cast.noor, "/inbox/").page
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    page.emulate_media(media="print")
    for selector in (".sidebar", ".topbar", ".filters", "#read-all"):
        expect(page.locator(selector)).to_be_hidden()
    assert black_on_white(page, "#main h1")


def test_forced_colours_show_what_is_chosen_and_focused(visit: Visit, cast: Cast) -> None:
    page = visit(cast.noor, "/inbox/", forced_colors="active").page
    chosen = page.locator(".chip > input:checked + span")
    expect(chosen).to_have_css("outline-style", "solid")
    page.locator("#show-unread").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip > input:focus-visible + span")).to_have_css("outline-width", "3px")


def test_without_has_each_choice_shows_its_own_fields_all_the_same(
    visit: Visit, cast: Cast
) -> None:
    """As in Firefox 115: a script does what the sheet cannot."""

    def without_guarded(route: Route) -> None:
        sheet = route.fetch()
        text = re.sub(r"@supports selector\(:has\(\*\)\)", "@supports (has: not)", sheet.text())
        route.fulfill(response=sheet, body=text)

    page = visit(cast.dana, "/").page
    page.add_init_script(LACKS_HAS)
    page.route(re.compile(r"/css/[a-z]+\.css"), without_guarded)
    page.goto("/notifications/bulk/new/")
    for audience in ("tags", "ward"):
        page.locator(f".choice:has([value={audience}])").click()
        expect(page.locator(f"[data-audience={audience}]")).to_be_visible()
        expect(page.locator("[data-audience]:visible")).to_have_count(1)
    expect(page.locator(".own-words:visible")).to_have_count(0)
    expect(page.locator(".from-template:visible")).to_have_count(1)
