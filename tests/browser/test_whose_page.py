"""Whose page it is: nobody's alerts on another's page, and nothing done in another's name."""

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.browser.pages import Wardbell
from tests.browser.test_connection import block_sockets
from tests.cast import Cast
from wards.models import Role, User

SOMEBODY_ELSE = "Somebody else is signed in on this browser now."


def origin(page: Page) -> str:
    return str(page.evaluate("location.origin"))


def sign_in(page: Page, user: User) -> None:
    """As in another tab of the same browser, without a word to this one."""
    key = factories.create_session(user)
    page.context.add_cookies([{"name": "sessionid", "value": key, "url": origin(page)}])


def sleep(site: Wardbell) -> None:
    site.page.context.set_offline(True)
    site.expect_live("off")


def wake(site: Wardbell) -> None:
    site.page.context.set_offline(False)


WATCH = """
window.seen = [];
addEventListener("DOMContentLoaded", () => {
  const badge = document.getElementById("bell-badge");
  if (!badge) return;
  new MutationObserver(() => seen.push(badge.textContent)).observe(badge, { childList: true });
});
"""


def test_s13_a_page_that_wakes_under_another_person_says_so_and_loads_again(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, "/inbox/", before=lambda page: page.add_init_script(WATCH))
    sleep(noor)
    for _ in range(3):
        elsewhere(factories.create_admission, ward=cast.cardiology, provider=cast.priya)
    sign_in(noor.page, cast.priya)
    wake(noor)
    expect(noor.page.get_by_text(SOMEBODY_ELSE)).to_be_visible()
    assert noor.page.evaluate("window.seen") == [], "the other's badge was never shown"
    assert noor.page.evaluate("window.wardbell.notifications") == []
    expect(noor.toast("You are signed in as \u2068Priya")).to_be_visible()
    expect(noor.page.get_by_text(SOMEBODY_ELSE)).to_be_hidden()


def test_s13_a_polling_page_does_so_too(committed: None, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor, "/inbox/", before=block_sockets, live=False)
    noor.expect_live("polling")
    sign_in(noor.page, cast.priya)
    expect(noor.page.get_by_text(SOMEBODY_ELSE)).to_be_visible()
    expect(noor.toast("You are signed in as \u2068Priya")).to_be_visible()


def test_s13_nothing_is_done_in_the_name_of_whoever_signed_in_since(
    committed: None, cast: Cast, visit: Visit
) -> None:
    factories.report_result(cast.patient, "9", flag="HH", ward=cast.cardiology, provider=cast.priya)
    noor = visit(cast.noor, "/inbox/")
    sign_in(noor.page, cast.priya)
    noor.page.locator("#history").get_by_role("button", name="Acknowledge").click()
    expect(noor.page.get_by_text(SOMEBODY_ELSE)).to_be_visible()
    expect(noor.toast("You are signed in as")).to_be_visible()
    expect(noor.page.locator("#history")).not_to_contain_text("taken it")


def test_s13_the_same_person_signed_in_again_goes_on(
    committed: None, cast: Cast, visit: Visit
) -> None:
    """Their cookies are new, and the token with them."""
    factories.report_result(cast.patient, "9", flag="HH", ward=cast.cardiology)
    noor = visit(cast.noor, "/inbox/")
    sleep(noor)
    sign_in(noor.page, cast.noor)
    noor.page.context.add_cookies(
        [{"name": "csrftoken", "value": "n" * 32, "url": origin(noor.page)}]
    )
    wake(noor)
    noor.expect_live("on")
    noor.page.locator("#history").get_by_role("button", name="Acknowledge").click()
    expect(noor.page.locator("#history")).to_contain_text("You have taken it")
    expect(noor.toast("You may not do that")).to_have_count(0)


def test_s13_who_was_signed_out_elsewhere_signs_in(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, "/inbox/")
    elsewhere(cast.noor.set_password, "another-long-word-2")
    elsewhere(cast.noor.save)
    expect(noor.page).to_have_url("/accounts/login/?next=%2Finbox%2F")


def test_s13_another_role_loads_the_page_again(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, "/inbox/")
    cast.noor.role = Role.PHARMACIST
    elsewhere(cast.noor.save)
    expect(noor.page.get_by_text("What you may see has changed.")).to_be_visible()
    expect(noor.toast("You are signed in as")).to_be_visible()
    noor.expect_live("on")
