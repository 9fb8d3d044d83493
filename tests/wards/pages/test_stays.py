"""What is done on a board: admit, move, discharge, take back, see to the beds."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.cast import Cast
from wards.models import Admission, Bed, Discharge, Event

HTMX = {"HX-Request": "true"}


@pytest.fixture
def noor(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.noor)


def send(client: Client, name: str, pk: int, **data: Any) -> Any:
    """As the dialog does it."""
    return client.post(reverse(f"wards:{name}", args=[pk]), data, headers=HTMX)


def said(response: Any) -> str:
    """The toast; the dialog is closed and the board fetches itself."""
    triggers = json.loads(response["HX-Trigger"])
    assert {"wb-close-dialog", "wb-changed"} <= triggers.keys()
    return str(triggers["wb-toast"]["text"])


class TestAdmitting:
    def test_it_opens_a_stay(self, noor: Client, floor: Cast) -> None:
        response = send(
            noor,
            "admit",
            floor.cardiology.pk,
            patient=floor.patient.pk,
            bed=floor.bed.pk,
            reason="Chest pain",
            provider=floor.priya.pk,
        )
        assert said(response) == "Pat Patel is admitted to Cardiology."
        stay = Admission.objects.get()
        assert (stay.patient, stay.bed, stay.provider) == (floor.patient, floor.bed, floor.priya)
        assert Event.objects.latest("id").actor == floor.noor

    def test_a_bed_that_was_just_taken_is_said_in_the_dialog(
        self, noor: Client, floor: Cast
    ) -> None:
        factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        response = send(
            noor,
            "admit",
            floor.cardiology.pk,
            patient=floor.patient.pk,
            bed=floor.bed.pk,
            reason="Chest pain",
        )
        assert response.status_code == 422
        assert "HX-Trigger" not in response
        assert Admission.objects.count() == 1

    def test_somebody_who_is_admitted_already(self, noor: Client, floor: Cast) -> None:
        factories.create_admission(ward=floor.renal, patient=floor.patient)
        response = send(
            noor, "admit", floor.cardiology.pk, patient=floor.patient.pk, reason="Chest pain"
        )
        assert response.status_code == 422
        assert "Pat Patel is already admitted." in response.content.decode()

    def test_what_is_missing_is_asked_for_and_what_was_found_stays(
        self, noor: Client, floor: Cast
    ) -> None:
        response = send(noor, "admit", floor.cardiology.pk, find="pat", reason="Chest pain")
        html = response.content.decode()
        assert "Find the patient and choose them." in html
        assert "MRN-1" in html
        assert 'value="Chest pain"' in html

    def test_nobody_and_no_bed_of_another_hospital(self, noor: Client, floor: Cast) -> None:
        for patient, bed in (
            (floor.other_patient, floor.bed),
            (floor.patient, floor.other_bed),
            (floor.patient, floor.renal_bed),
        ):
            response = send(
                noor, "admit", floor.cardiology.pk, patient=patient.pk, bed=bed.pk, reason="x"
            )
            assert response.status_code == 422
        assert not Admission.objects.exists()

    def test_without_a_script_it_is_a_page(self, noor: Client, floor: Cast) -> None:
        address = reverse("wards:admit", args=[floor.cardiology.pk])
        assert b"<html" in noor.get(address).content
        response = noor.post(address, {"patient": floor.patient.pk, "reason": "Chest pain"})
        assert response["Location"] == reverse("wards:board", args=[floor.cardiology.pk])


class TestFinding:
    def find(self, client: Client, query: str) -> list[Any]:
        return list(client.get(reverse("wards:find_patients") + query).context["found"])

    def test_by_name_number_and_phone(self, noor: Client, floor: Cast) -> None:
        layla = factories.create_patient(
            floor.hospital, first_name="ليلى", number="10007", phone="+966501234567"
        )
        assert self.find(noor, "?find=pat mrn") == [floor.patient]
        assert self.find(noor, "?find=ليلى") == [layla]
        assert self.find(noor, "?find=234567") == [layla]
        assert self.find(noor, "?find=10007") == [layla]

    def test_nobody_of_another_hospital(self, noor: Client, floor: Cast) -> None:
        assert self.find(noor, "?find=zoe") == []
        assert self.find(noor, f"?patient={floor.other_patient.pk}") == []

    def test_who_is_chosen_stays_in_sight(self, noor: Client, floor: Cast) -> None:
        other = factories.create_patient(floor.hospital, first_name="Layla")
        assert self.find(noor, f"?find=layla&patient={floor.patient.pk}") == [floor.patient, other]

    def test_nonsense_finds_nobody(self, noor: Client, floor: Cast) -> None:
        assert self.find(noor, "?find=%00&patient=x") == []


class TestMoving:
    def test_to_a_bed_of_another_ward(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        response = send(noor, "stay_transfer", stay.pk, to=f"bed-{floor.renal_bed.pk}")
        assert said(response) == "Pat Patel moves to Renal Ward."
        stay.refresh_from_db()
        assert (stay.ward, stay.bed) == (floor.renal, floor.renal_bed)

    def test_to_a_ward_without_a_free_bed(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology)
        said(send(noor, "stay_transfer", stay.pk, to=f"ward-{floor.renal.pk}"))
        stay.refresh_from_db()
        assert (stay.ward, stay.bed) == (floor.renal, None)

    def test_only_free_beds_of_this_hospital(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        factories.create_admission(ward=floor.renal, bed=floor.renal_bed)
        for bed in (floor.renal_bed, floor.other_bed):
            assert send(noor, "stay_transfer", stay.pk, to=f"bed-{bed.pk}").status_code == 422
        stay.refresh_from_db()
        assert stay.bed == floor.bed


class TestDischarging:
    def test_it_ends_the_stay(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        response = send(
            noor, "stay_discharge", stay.pk, status="against_advice", notes="Left early"
        )
        assert said(response) == "Pat Patel is discharged."
        ended = Discharge.objects.get()
        assert (ended.status, ended.notes, ended.by) == ("against_advice", "Left early", floor.noor)

    def test_twice_is_refused_in_the_dialog(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology)
        send(noor, "stay_discharge", stay.pk, status="home")
        response = send(noor, "stay_discharge", stay.pk, status="home")
        assert response.status_code == 422
        assert "has already been discharged" in response.content.decode()

    def test_it_is_never_superseded_by_hand(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology)
        assert send(noor, "stay_discharge", stay.pk, status="superseded").status_code == 422


class TestTakingBack:
    def test_the_last_step_first(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        send(noor, "stay_transfer", stay.pk, to=f"bed-{floor.spare_bed.pk}")
        send(noor, "stay_discharge", stay.pk, status="home")
        for step in ("discharge", "transfer", "admission"):
            asked = noor.get(reverse("wards:stay_take_back", args=[stay.pk]))
            assert asked.context["step"] == step
            assert said(send(noor, "stay_take_back", stay.pk, step=step))
        stay.refresh_from_db()
        assert stay.discharged_at == stay.admitted_at
        assert Bed.objects.get(pk=floor.bed.pk).status == Bed.Status.AVAILABLE

    def test_what_somebody_else_took_back_meanwhile(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        response = send(noor, "stay_take_back", stay.pk, step="transfer")
        assert "Pat Patel has not been transferred." in response.content.decode()

    def test_the_board_shows_who_left(self, noor: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology)
        send(noor, "stay_discharge", stay.pk, status="home")
        board = noor.get(reverse("wards:board", args=[floor.cardiology.pk])).context["board"]
        assert board.left == [stay]


class TestBeds:
    def test_out_of_use_and_back(self, noor: Client, floor: Cast) -> None:
        for status in ("cleaning", "maintenance", "available"):
            assert send(noor, "bed_status", floor.bed.pk, status=status).status_code == 204
            assert Bed.objects.get(pk=floor.bed.pk).status == status

    def test_not_while_somebody_is_in_it(self, noor: Client, floor: Cast) -> None:
        factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        response = send(noor, "bed_status", floor.bed.pk, status="cleaning")
        assert json.loads(response["HX-Trigger"])["wb-toast"]["tone"] == "error"
        assert Bed.objects.get(pk=floor.bed.pk).status == Bed.Status.OCCUPIED

    def test_nonsense_changes_nothing(self, noor: Client, floor: Cast) -> None:
        assert send(noor, "bed_status", floor.bed.pk, status="gone").status_code == 422


def test_only_in_the_wards_one_is_on_duty_in(client: Client, floor: Cast) -> None:
    stay = factories.create_admission(ward=floor.cardiology)
    factories.sign_in(client, floor.omar)
    for name, pk in [
        ("admit", floor.cardiology.pk),
        ("stay_transfer", stay.pk),
        ("stay_discharge", stay.pk),
        ("stay_take_back", stay.pk),
        ("bed_status", floor.spare_bed.pk),
    ]:
        assert send(client, name, pk, status="home", step="admission").status_code == 403
    assert Admission.objects.get().discharged_at is None
