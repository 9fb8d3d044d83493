"""Bulk operations as a manager does them: a file with errors, many discharges, a report, live."""

import csv
import io

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import FilePayload, Page, Route, expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.browser.test_accessibility import check
from tests.cast import Cast
from tests.conftest import StartProcess
from tests.wards.operations.bulk import PATIENTS, run_import
from wards.models import Admission, Patient, User
from wards.operations import actions

BULK = "/hospital/bulk"
LOOKS = [("en", "light", 1440), ("ar", "dark", 1440), ("en", "dark", 375), ("ar", "light", 375)]


def payload(text: str, name: str = "patients.csv") -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def choose(page: Page, text: str) -> None:
    page.set_input_files(".drop-input", files=[payload(text)])
    expect(page.locator(".drop-title")).to_have_text("patients.csv")
    page.get_by_role("button", name="Check the file").click()


def expect_figure(page: Page, name: str, value: str) -> None:
    expect(page.locator(f"[data-figure={name}]")).to_have_text(value)


def test_import_with_errors_fix_import(
    committed: None, cast: Cast, visit: Visit, start_process: StartProcess
) -> None:
    start_process("worker", WORKERS="1")
    page = visit(cast.mona, f"{BULK}/import-patients/").page
    choose(page, "no header at all\n")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("has no header")
    choose(page, f"{PATIENTS}\n1,Ann,Lee,ann@example.com,,,\n2,Ben,,ben@example.com,,,\n")
    expect_figure(page, "successful", "1")
    expect_figure(page, "failed", "1")
    expect(page.locator(".errors")).to_contain_text("last_name is missing.")
    with scopes_disabled():
        assert not Patient.objects.filter(email="ann@example.com").exists()
    page.get_by_role("button", name="Import 1 patient").click()
    status = page.locator("#operation [data-status]")
    expect(status).to_have_attribute("data-status", "completed")
    expect_figure(page, "successful", "1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with errors").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text())))
    assert rows[1][:2] == ["3", "last_name is missing."]
    rows[1][4] = "Bloom"
    page.get_by_role("link", name="Upload the corrected file").click()
    choose(page, "\n".join(",".join(row) for row in rows))
    expect_figure(page, "failed", "0")
    page.get_by_role("button", name="Import 1 patient").click()
    expect(status).to_have_attribute("data-status", "completed")
    expect(page.locator("#operation")).to_contain_text("Every row of the file is done.")
    with scopes_disabled():
        assert Patient.objects.filter(email__in=["ann@example.com", "ben@example.com"]).count() == 2


def test_a_bulk_discharge(committed: None, cast: Cast, visit: Visit) -> None:
    stay = factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    for _ in range(3):
        factories.create_admission(ward=cast.renal, reason="Dialysis")
    page = visit(cast.mona, f"{BULK}/discharge/").page
    ask = page.locator("#ask-discharge")
    expect(ask).to_be_disabled()
    page.get_by_label("Find a patient, bed or reason").fill("dialysis")
    page.get_by_label("Select all shown").check()
    expect(ask).to_have_text("Discharge 3 patients")
    page.get_by_label("Find a patient, bed or reason").fill("")
    page.locator(".pick", has_text="Pat Patel").click()
    expect(ask).to_have_text("Discharge 4 patients")
    page.locator(".pick", has_text="Pat Patel").click()
    page.get_by_label("Notes for all of them").fill("Rest.")
    ask.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Discharge 3 patients?")
    dialog.get_by_role("button", name="Discharge 3 patients").click()
    expect(page.locator(".notice")).to_contain_text("Successfully discharged 3 patients")
    expect_figure(page, "successful", "3")
    with scope(hospital=cast.hospital.pk):
        assert list(Admission.objects.filter(discharged_at=None)) == [stay]


def test_a_report_with_filters(committed: None, cast: Cast, visit: Visit) -> None:
    factories.create_admission(ward=cast.renal, patient=cast.patient, bed=cast.renal_bed)
    factories.create_admission(ward=cast.cardiology)
    page = visit(cast.mona, f"{BULK}/export-report/").page
    expect(page.get_by_label("From")).to_be_hidden()
    page.get_by_label("Patient list").check()
    page.get_by_label("Ward", exact=True).select_option(label="Renal Ward")
    page.get_by_label("From").fill(timezone.localdate().isoformat())
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text())))
    assert [row[:2] for row in rows[1:]] == [["Pat", "Patel"]]
    page.get_by_role("link", name="Operations", exact=True).click()
    expect(page.locator("#operations tbody tr")).to_contain_text("Report: Patient list")


def test_progress_moves_by_itself(
    elsewhere: Elsewhere, cast: Cast, visit: Visit, start_process: StartProcess
) -> None:
    """A page that was opened before the work began sees it through to its end."""
    rows = "\n".join(f"{n},A,B,{n}@example.com,,," for n in range(6_000))
    page = visit(cast.mona, f"{BULK}/import-patients/").page
    choose(page, f"{PATIENTS}\n{rows}\n")  # too long for the request: it waits for a worker
    status = page.locator("#operation [data-status]")
    expect(status).to_have_attribute("data-status", "pending")
    history = visit(cast.alice, f"{BULK}/operations/").page
    expect(history.locator("[data-count=in_progress]")).to_have_text("1")
    page.evaluate("window.here = true")
    start_process("worker", WORKERS="1")
    start_process("beat")
    expect(status).to_have_attribute("data-status", "completed", timeout=40_000)
    expect_figure(page, "successful", "6,000")
    expect(history.locator("[data-count=in_progress]")).to_have_text("0")
    assert page.evaluate("window.here"), "the page was not loaded again"


def test_cancelling_asks_first(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    operation = factories.create_operation(cast.hospital, initiated_by=cast.mona)
    page = visit(cast.mona, f"{BULK}/operations/{operation.pk}/").page
    page.locator("#cancel-operation").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the operation").click()
    expect(page.locator("#operation [data-status]")).to_have_attribute("data-status", "cancelled")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#operation [data-status]")).to_have_attribute("data-status", "pending")


def test_cards_and_filters_go_together(committed: None, cast: Cast, visit: Visit) -> None:
    for status in ("completed", "failed"):
        factories.create_operation(cast.hospital, status=status, initiated_by=cast.mona)
    page = visit(cast.mona, f"{BULK}/operations/").page
    page.locator("#status-failed").click()
    expect(page.locator("#operations tbody tr")).to_have_count(1)
    expect(page.get_by_label("Status", exact=True)).to_have_value("failed")
    page.get_by_label("Type", exact=True).select_option("export_report")
    expect(page.locator("#operations")).to_contain_text("Nothing matches")
    assert page.url.endswith("?type=export_report&status=failed")


def test_a_list_that_renews_itself_swallows_no_click(
    committed: None, cast: Cast, visit: Visit
) -> None:
    """A card is held down when the list comes anew: its click counts."""
    factories.create_operation(cast.hospital, status="failed", initiated_by=cast.mona)
    renewals: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.is_navigation_request():
            route.continue_()
        else:
            renewals.append(route)

    address = f"**{BULK}/operations/"
    page = visit(
        cast.mona, f"{BULK}/operations/", before=lambda page: page.route(address, hold)
    ).page
    page.locator("#operations").dispatch_event("refresh")
    page.locator("#operations.htmx-request #status-completed").hover()
    page.mouse.down()
    with page.expect_response(address):
        renewals[0].continue_()
    expect(page.locator("#operations")).not_to_have_class("htmx-request")
    page.mouse.up()
    expect(page.locator("#operations")).to_have_attribute("data-status", "completed")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_everybody_can_use_them(
    elsewhere: Elsewhere, cast: Cast, visit: Visit, language: str, theme: str, width: int
) -> None:
    """axe finds nothing, and a phone does not scroll sideways."""
    User.objects.update(theme=theme, language=language)
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    faulty = ["1,Ann,Lee,ann@example.com,,,", "2,Ben,,ben@example.com,,,"]
    dry = elsewhere(run_import, cast, *faulty, dry_run=True)
    done = elsewhere(actions.run_now, elsewhere(actions.confirm, operation=dry, by=cast.mona))
    at_work = factories.create_operation(cast.hospital, total_records=9, initiated_by=cast.mona)
    page = visit(cast.mona, viewport={"width": width, "height": 900}).page
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    pages = [f"operations/{operation.pk}/" for operation in (dry, done, at_work)]
    names = ["operations", "import-patients", "assign-patients", "discharge", "export-report"]
    for path in [*pages, *(f"{name}/" for name in names)]:
        page.goto(f"{BULK}/{path}")
        assert page.locator("html").get_attribute("lang") == language
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
