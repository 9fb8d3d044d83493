"""Signing in and out, and where each role's work begins."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.conftest import StartWeb
from wards.models import Role, User

START = {
    Role.ADMIN: "/wards/",
    Role.HOSPITAL_MANAGER: "/wards/",
    Role.FRONT_DESK: "/arrivals/",
    Role.PROVIDER: "/arrivals/",
    Role.PHARMACIST: "/inbox/",
    Role.PATIENT: "/inbox/",
}


def fill_in(page: Page, user: User, password: str = factories.PASSWORD) -> None:
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def with_password(user: User) -> User:
    user.set_password(factories.PASSWORD)
    user.save()
    return user


@pytest.mark.parametrize("role", Role)
def test_each_role_begins_where_its_work_is(
    committed: None, cast: Cast, page: Page, role: Role
) -> None:
    page.goto("/")
    fill_in(page, with_password(cast.of_role(role)))
    # A nurse on duty in one ward has no use for a list of it.
    expect(page).to_have_url(START.get(role, f"/wards/{cast.cardiology.pk}/"))
    expect(page.locator("html")).to_have_attribute("data-live", "on")


def test_a_wrong_password_is_said(committed: None, cast: Cast, page: Page) -> None:
    page.goto("/accounts/login/")
    fill_in(page, with_password(cast.noor), "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("User name")).to_have_value("noor")


def test_it_goes_back_to_the_page_that_was_asked_for(
    committed: None, cast: Cast, page: Page
) -> None:
    page.goto("/inbox/?type=admission")
    fill_in(page, with_password(cast.noor))
    expect(page).to_have_url("/inbox/?type=admission")


def test_a_page_of_another_role_is_refused_kindly(
    committed: None, cast: Cast, visit: Visit
) -> None:
    dana = visit(cast.dana, "/wards/", live=False)
    expect(dana.page.get_by_role("heading", name="Not for your role")).to_be_visible()
    dana.page.get_by_role("link", name="To the start page").click()
    expect(dana.page).to_have_url("/arrivals/")


def test_signing_out_asks_first_and_ends_the_other_tabs_too(
    committed: None, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor)
    other = visit(cast.noor, "/inbox/", tab_of=noor.page)
    noor.open_account().get_by_role("link", name="Sign out").click()
    noor.page.get_by_role("button", name="Sign out").click()
    expect(noor.page).to_have_url("/accounts/login/")
    expect(other.page).to_have_url(re.compile(r"/accounts/login/\?next=(/|%2F)inbox"))


def test_nobody_signs_up(page: Page) -> None:
    page.goto("/accounts/signup/")
    expect(page.locator("input[name=password1]")).to_have_count(0)


def test_in_the_demo_one_click_signs_in(
    committed: None, cast: Cast, page: Page, start_web: StartWeb
) -> None:
    demo = factories.create_user(
        cast.hospital, Role.NURSE, username="nurse", password="wardbell-demo"
    )
    factories.create_duty(demo, cast.renal)
    page.goto(f"{start_web(DEMO='true').url}/accounts/login/")
    page.get_by_role("button", name="Nurse").click()
    expect(page.get_by_role("heading", name="Renal Ward")).to_be_visible()


def test_outside_the_demo_there_are_no_such_buttons(page: Page, start_web: StartWeb) -> None:
    page.goto(f"{start_web(DEMO='false').url}/accounts/login/")
    expect(page.locator(".demo-person")).to_have_count(0)
