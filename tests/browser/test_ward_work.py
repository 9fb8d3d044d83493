"""Nurses admit, move and discharge on their board, and everybody's board follows."""

from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from wards.actions import admissions


def test_a_nurse_admits_into_a_free_bed(committed: None, cast: Cast, visit: Visit) -> None:
    board = f"/wards/{cast.cardiology.pk}/"
    noor, mona = visit(cast.noor, board), visit(cast.mona, board)
    noor.bed("C-01").get_by_role("button", name="Admit").click()
    dialog = noor.page.get_by_role("dialog")
    search = dialog.get_by_role("searchbox", name="Patient")
    expect(search).to_be_focused()
    search.fill("pat")
    dialog.get_by_role("radio", name="Pat Patel").check()
    dialog.get_by_role("button", name="Admit").click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()
    expect(dialog.get_by_role("radio", name="Pat Patel")).to_be_checked()
    dialog.get_by_label("Reason").fill("Chest pain")
    dialog.get_by_role("button", name="Admit").click()
    expect(dialog).to_be_hidden()
    for page in (noor, mona):
        expect(page.bed("C-01")).to_contain_text("Pat Patel")


def test_a_discharge_with_the_keyboard_and_back(committed: None, cast: Cast, visit: Visit) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    noor.page.wait_for_load_state("networkidle")
    press = noor.page.keyboard.press
    noor.bed("Pat Patel").get_by_role("button", name="More for Pat Patel").focus()
    press("Enter")
    noor.page.get_by_role("button", name="Discharge…").focus()
    press("Enter")
    dialog = noor.page.get_by_role("dialog")
    expect(dialog.get_by_label("Discharged")).to_be_focused()
    dialog.get_by_role("button", name="Discharge").focus()
    press("Enter")
    expect(noor.bed("C-01")).to_contain_text("Available")

    noor.page.get_by_role("button", name="Take back… Pat Patel").click()
    expect(dialog).to_contain_text("Pat Patel was not discharged?")
    dialog.get_by_role("button", name="Take it back").click()
    expect(noor.bed("C-01")).to_contain_text("Pat Patel")


def test_a_bed_that_is_gone_is_said_in_the_dialog(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    stay = factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    noor.page.wait_for_load_state("networkidle")
    noor.bed("Pat Patel").get_by_role("button", name="More for Pat Patel").click()
    noor.page.get_by_role("button", name="Discharge…").click()
    dialog = noor.page.get_by_role("dialog")
    expect(dialog.get_by_label("Notes")).to_be_visible()
    elsewhere(admissions.discharge, admission=stay)
    dialog.get_by_role("button", name="Discharge").click()
    expect(dialog.get_by_role("alert")).to_contain_text("has already been discharged")
    noor.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_bed_is_cleaned(committed: None, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    noor.page.wait_for_load_state("networkidle")
    noor.bed("C-02").get_by_role("button", name="More for bed C-02").click()
    noor.page.get_by_role("button", name="To be cleaned").click()
    expect(noor.bed("C-02")).to_contain_text("Being cleaned")
