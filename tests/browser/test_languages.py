"""English and Arabic, light and dark: chosen once, kept everywhere."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from wards.models import User


def test_arabic_is_right_to_left_and_kept_with_the_user(
    committed: None, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, "/inbox/?type=admission")
    noor.open_account().get_by_role("button", name="العربية").click()
    expect(noor.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(noor.page).to_have_url("/inbox/?type=admission")
    expect(noor.page.get_by_role("heading", name="التنبيهات", exact=True).first).to_be_visible()
    bell, title = noor.bell.bounding_box(), noor.page.locator("h1").bounding_box()
    assert bell is not None
    assert title is not None
    assert bell["x"] < title["x"], "the bell is at the end of the line: on the left"
    assert User.objects.get(pk=cast.noor.pk).language == "ar"


def test_alerts_come_in_the_readers_language(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    User.objects.filter(pk=cast.noor.pk).update(language="ar")
    noor = visit(cast.noor)
    elsewhere(factories.create_admission, ward=cast.cardiology, patient=cast.patient)
    # A name of the other direction stands in signs of its own (FSI, PDI), which are no text.
    expect(noor.toast(re.compile("دخول .?Pat Patel.? إلى .?أمراض القلب"))).to_be_visible()


def test_counted_phrases_have_their_arabic_forms(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, "/inbox/")
    noor.open_account().get_by_role("button", name="العربية").click()
    noor.expect_live("on")
    for _ in range(5):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    expect(noor.toast("5 تنبيهات جديدة")).to_be_visible()


def test_times_are_the_hospitals(committed: None, cast: Cast, visit: Visit) -> None:
    cast.hospital.timezone = "Asia/Riyadh"
    cast.hospital.save()
    stay = factories.create_admission(
        ward=cast.cardiology, bed=cast.bed, admitted_at=datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    )
    mona = visit(cast.mona, f"/wards/{cast.cardiology.pk}/", timezone_id="America/New_York")
    time = mona.page.locator(f"#patient-{stay.patient_id} time")
    expect(time).to_have_attribute("title", "6 Jan 2026, 01:30")


def test_the_theme_follows_the_device_until_one_is_chosen(
    committed: None, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, color_scheme="dark")
    root = noor.page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    noor.open_account().get_by_role("button", name="Light").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    expect(noor.page.get_by_role("button", name="Light")).to_have_attribute("aria-pressed", "true")
    phone = visit(cast.noor, color_scheme="dark")
    expect(phone.page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_the_server_writes_the_theme_so_that_nothing_flashes(
    committed: None, cast: Cast, visit: Visit
) -> None:
    User.objects.filter(pk=cast.noor.pk).update(theme="dark")
    noor = visit(cast.noor, java_script_enabled=False, live=False)
    expect(noor.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
