"""Bulk sends as the front desk does them, with the real worker, sender and carrier."""

import csv
import io
import re
from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import FilePayload, Page, expect

from messaging.models import Campaign, MessagingPolicy
from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.conftest import StartProcess
from tests.messaging.made_campaigns import (
    create_campaign,
    create_people,
    fresh,
    never_quiet,
    send,
    work,
)
from tests.processes import Web
from wards.actions import patients
from wards.models import Language, Patient

LIST = "/notifications/bulk/"
REFUSED = "+12025550105"  # at once and for good, by SMS and by WhatsApp
COUNT_CLICKS = """
    addEventListener("pointerup", (event) => {
        if (event.isTrusted) sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
    }, true);
"""


@pytest.fixture
def engine(web: Web, carrier: CarrierProcess, start_process: StartProcess, cast: Cast) -> Web:
    """Web, sender, carrier, and the worker with its clock; it is never quiet."""
    for name in ("worker", "beat"):
        start_process(name, WORKERS="1", **carrier.environment(web.url))
    never_quiet(cast)
    return web


def figure(page: Page, name: str, value: str) -> None:
    expect(page.locator(f"[data-figure={name}]")).to_contain_text(value)


def expect_status(page: Page, status: str) -> None:
    state = page.locator("#bulk .page-actions [data-status]")
    expect(state).to_have_attribute("data-status", status)


def sent_by_it(carrier: CarrierProcess) -> Counter[str]:
    """How often the carrier took the only bulk send's words for each number.

    The clock reminds of the same appointments, too, where it is less than a day until then.
    """
    with scopes_disabled():
        ours = {str(pk) for pk in Campaign.objects.get().messages.values_list("pk", flat=True)}
    taken = (each for each in carrier.ledger() if each["reference"].split("-")[0] in ours)
    return Counter(each["recipient"] for each in taken)


def confirm(page: Page, button: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def payload(text: str) -> FilePayload:
    return {"name": "invoices.csv", "mimeType": "text/csv", "buffer": text.encode()}


def book_tomorrow(cast: Cast) -> list[Patient]:
    """Four who come tomorrow: two read Arabic, one has a number that is refused, one has none."""
    zone = ZoneInfo(cast.hospital.timezone)
    day = timezone.localdate(timezone=zone) + timedelta(days=1)
    people = [
        factories.create_patient(cast.hospital, phone=phone, language=language, first_name=name)
        for name, phone, language in (
            ("ليلى", "050 111 1111", Language.ARABIC),
            ("Samuel", "050 222 2222", Language.ENGLISH),
            ("عمر", REFUSED, Language.ARABIC),
            ("Noa", "", Language.ENGLISH),
        )
    ]
    for hour, patient in enumerate(people, 9):
        starts = datetime.combine(day, time(hour), zone)
        factories.create_appointment(provider=cast.priya, patient=patient, starts_at=starts)
    return people


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.keyboard.press("Enter")


def test_a_reminder_to_tomorrows_patients_in_under_six_clicks(
    engine: Web, carrier: CarrierProcess, cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    cast.dana.set_password(factories.PASSWORD)
    cast.dana.save()
    refused = book_tomorrow(cast)[2]
    page = visit(
        None,
        "/accounts/login/",
        web=engine,
        before=lambda page: page.add_init_script(COUNT_CLICKS),
    ).page
    sign_in(page, "dana")
    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_role("link", name="Bulk sends").click()
    page.get_by_role("button", name="Remind tomorrow's patients").click()
    figure(page, "included", "3")
    figure(page, "left-out", "1")
    arabic = page.locator(".sample-words[lang=ar]").first
    expect(arabic).to_contain_text("نذكّركم بموعدكم")
    expect(arabic).to_have_css("direction", "rtl")
    expect(page.locator(".sample-words[lang=en]")).to_contain_text("Dear Samuel, a reminder")
    page.wait_for_load_state()
    page.evaluate("window.here = true")
    page.get_by_role("button", name="Send to 3 people").click()
    confirm(page, "Send now")
    assert int(page.evaluate("sessionStorage.clicks")) == 5

    figure(page, "arrived", "2")
    figure(page, "lost", "1")
    expect_status(page, "completed")
    with scope(hospital=cast.hospital.pk):
        elsewhere(patients.update_patient, patient=refused, phone="050 333 3333")
    page.get_by_role("button", name="Send the one that failed again").click()
    figure(page, "arrived", "3")
    figure(page, "lost", "0")
    expect_status(page, "completed")
    assert page.evaluate("window.here"), "nothing of it loaded the page again"
    assert sent_by_it(carrier) == {"+966502222222": 1, "+966501111111": 1, "+966503333333": 1}


def test_a_file_with_columns_of_its_own(
    engine: Web, carrier: CarrierProcess, cast: Cast, visit: Visit
) -> None:
    page = visit(cast.dana, f"{LIST}new/", web=engine).page
    page.locator(".choice", has_text="A file").click()
    text = "phone,name,due_date\n0501111111,Ann Lee,1 May\n12,Ben Bloom,2 May\n"
    page.set_input_files(".drop-input", files=[payload(text)])
    expect(page.locator(".drop-title")).to_have_text("invoices.csv")
    page.locator("#id_a-origin_1").check()
    page.locator(".chip", has_text="E-mail").click()
    page.locator("#id_a-body_en").fill("Dear {name}, please pay until {due_dat}.")
    expect(page.locator("#findings-a-en")).to_contain_text("only where a file has a column")
    expect(page.locator("#previews .bubble")).to_contain_text("Dear {name}")
    page.locator("#save").click()
    refusal = page.get_by_role("alert").filter(visible=True)
    expect(refusal).to_contain_text("{due_dat} has no value")
    page.set_input_files(".drop-input", files=[payload(text)])
    page.locator("#id_a-body_en").fill("Dear {name}, please pay until {due_date}.")
    page.locator("#save").click()
    figure(page, "included", "1")
    expect(page.locator(".sample-words")).to_have_text("Dear Ann Lee, please pay until 1 May.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Who they are, as CSV").click()
    (row,) = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    assert (row["line"], row["due_date"]) == ("3", "2 May")
    page.locator("#send-bulk").click()
    confirm(page, "Send now")
    figure(page, "arrived", "1")
    (taken,) = carrier.ledger()
    assert taken["body"] == "Dear Ann Lee, please pay until 1 May."

    page.goto(f"{LIST}new/")
    page.locator(".choice", has_text="A file").click()
    page.set_input_files(".drop-input", files=[payload(text)])
    page.locator("#id_a-origin_1").check()
    page.locator(".chip", has_text="E-mail").click()
    page.locator("#id_a-body_en").fill("Dear {name}, please pay until {due_date}.")
    page.locator("#save").click()
    expect(page.locator(".notice")).to_contain_text("The same file was sent before, by Dana Dahl")


def test_a_second_person_approves(
    committed: None, cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    never_quiet(cast)
    create_people(cast.hospital, 3)
    with scopes_disabled():
        MessagingPolicy.objects.filter(hospital=cast.hospital).update(approval_above=2)
    campaign = elsewhere(create_campaign, cast.dana)
    dana = visit(cast.dana, f"{LIST}{campaign.pk}/").page
    mona = visit(cast.mona, f"{LIST}{campaign.pk}/").page
    expect(mona.get_by_role("button", name="Send to 3 people")).to_have_count(0)
    dana.get_by_role("button", name="Send to 3 people").click()
    confirm(dana, "Ask for approval")
    expect_status(dana, "waiting")
    expect(dana.get_by_role("button", name="Approve", exact=True)).to_have_count(0)

    mona.get_by_role("button", name="Do not approve…").click()
    mona.get_by_label("What should be changed?").fill("The date is wrong.")
    confirm(mona, "Give it back")
    expect(dana.locator("#bulk .notice")).to_contain_text("The date is wrong.")
    dana.get_by_role("button", name="Send to 3 people").click()
    confirm(dana, "Ask for approval")
    mona.get_by_role("button", name="Approve", exact=True).click()
    expect_status(mona, "sending")
    expect_status(dana, "sending")


def test_pause_go_on_and_cancel(
    committed: None, cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    """Without a sender everything waits, and can be taken back."""
    never_quiet(cast)
    create_people(cast.hospital, 3)
    campaign = elsewhere(send, elsewhere(create_campaign, cast.dana), cast.dana)
    page = visit(cast.dana, f"{LIST}{campaign.pk}/").page
    figure(page, "left", "3")
    page.get_by_role("button", name="Pause").click()
    expect_status(page, "paused")
    page.get_by_role("button", name="Go on").click()
    expect_status(page, "sending")
    page.get_by_role("button", name="Cancel…").click()
    confirm(page, "Keep it")
    expect(page.locator("#dialog")).to_be_hidden()
    page.get_by_role("button", name="Cancel…").click()
    confirm(page, "Cancel the bulk send")
    expect_status(page, "cancelled")
    elsewhere(work, campaign)
    figure(page, "stopped", "3")


def test_later_and_taken_back(
    committed: None, cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    never_quiet(cast)
    create_people(cast.hospital, 1)
    campaign = elsewhere(create_campaign, cast.dana)
    page = visit(cast.dana, f"{LIST}{campaign.pk}/").page
    page.get_by_role("button", name="Send later…").click()
    page.get_by_label("Send on").fill("2020-01-01T10:00")
    confirm(page, "Schedule it")
    expect(page.get_by_role("alert")).to_contain_text("This time has passed.")
    page.get_by_label("Send on").fill("2099-01-01T10:00")
    confirm(page, "Schedule it")
    expect_status(page, "scheduled")
    expect(page.locator("#ready-title")).to_have_text("Goes out on 1 Jan 2099, 10:00")
    page.get_by_role("button", name="Take it back").click()
    expect_status(page, "ready")


def test_two_texts(committed: None, cast: Cast, visit: Visit, elsewhere: Elsewhere) -> None:
    never_quiet(cast)
    create_people(cast.hospital, 4)
    page = visit(cast.dana, f"{LIST}new/").page
    page.locator(".choice", has_text="All patients").click()
    page.locator("#id_a-code").select_option("patient_admitted")
    expect(page.locator(".chip", has_text="WhatsApp").locator("input")).to_be_disabled()
    for letter, text in (("a", "We are open."), ("b", "Come in!")):
        if letter == "b":
            page.get_by_label("Compare two texts").check()
        page.locator(f"#id_{letter}-origin_1").check()
        page.locator(f"#id_{letter}-body_en").fill(text)
    expect(page.locator(".chip", has_text="WhatsApp").locator("input")).to_be_enabled()
    page.locator(".chip", has_text="E-mail").click()
    page.locator("#id_share").fill("30")
    expect(page.locator("#share-a")).to_have_text("A 70%")
    expect(page.locator("#previews .bubble")).to_have_text(["We are open.", "Come in!"])
    page.locator("#save").click()
    expect_status(page, "preparing")
    with scopes_disabled():
        campaign = Campaign.objects.get()
        assert [variant.share for variant in campaign.variants.all()] == [70, 30]
    elsewhere(send, elsewhere(work, campaign), cast.dana)
    verdict = page.locator("#verdict")
    expect(verdict).to_have_text(re.compile("Too few to tell"))
    assert fresh(campaign).status == "sending"
