"""Boards: who is where, live, also with hundreds of beds and on the wall."""

from django_scopes import scope
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from wards.actions import admissions
from wards.models import Bed


def test_a_transfer_moves_the_patient_on_both_boards(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    stay = factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    here = visit(cast.mona, f"/wards/{cast.cardiology.pk}/")
    there = visit(cast.mona, f"/wards/{cast.renal.pk}/")
    expect(here.bed("Pat Patel")).to_contain_text("C-01")
    elsewhere(admissions.transfer, admission=stay, ward=cast.renal, bed=cast.renal_bed)
    expect(there.bed("Pat Patel")).to_contain_text("R-01")
    expect(here.bed("Pat Patel")).to_have_count(0)
    expect(here.bed("C-01")).to_contain_text("Available")


def test_patients_without_a_bed_come_first(committed: None, cast: Cast, visit: Visit) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=None)
    mona = visit(cast.mona, f"/wards/{cast.cardiology.pk}/")
    expect(mona.page.locator(".bed").first).to_contain_text("Waits for a bed")


def test_a_critical_result_marks_the_patient_until_it_is_taken(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    elsewhere(factories.report_result, cast.patient, flag="HH", ward=cast.cardiology)
    expect(noor.bed("Pat Patel")).to_contain_text("1 critical, not taken")
    noor.toast("Critical").get_by_role("button", name="Acknowledge").click()
    expect(noor.bed("Pat Patel")).not_to_contain_text("critical")


def test_hundreds_of_beds_are_searched(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    with scope(hospital=cast.hospital.pk):
        Bed.objects.bulk_create(
            Bed(hospital=cast.hospital, ward=cast.cardiology, number=f"C-{n}")
            for n in range(100, 440)
        )
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    mona = visit(cast.mona, f"/wards/{cast.cardiology.pk}/")
    expect(mona.page.locator(".bed")).to_have_count(342)
    mona.page.get_by_label("Find a patient, bed or reason").fill("patel")
    expect(mona.page.locator(".bed")).to_have_count(1)
    elsewhere(factories.create_admission, ward=cast.cardiology, bed=cast.spare_bed)
    expect(mona.page.locator("#state-occupied .stat-value")).to_contain_text("2")
    expect(mona.page.locator(".bed")).to_have_count(1)  # the search holds while the board moves


def test_the_wall_shows_no_full_names_and_nothing_to_click(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    wall = visit(cast.noor, f"/wards/{cast.cardiology.pk}/?display=wall")
    expect(wall.bed("C-01")).to_contain_text("Pat P.")
    expect(wall.page.locator("body")).not_to_contain_text("Patel")
    expect(wall.page.locator("main a, main button, nav")).to_have_count(0)
    elsewhere(factories.create_admission, ward=cast.cardiology, bed=cast.spare_bed)
    expect(wall.bed("C-02")).to_contain_text("Occupied")
    expect(wall.toast()).to_have_count(0)
