"""Alerts lead to the thing itself, as it is now."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from wards.actions import admissions, appointments
from wards.models import Admission, Discharge


@pytest.fixture
def stay(floor: Cast) -> Admission:
    return factories.create_admission(ward=floor.cardiology, patient=floor.patient)


def test_a_stay_is_on_the_board_of_its_ward(client: Client, floor: Cast, stay: Admission) -> None:
    response = factories.sign_in(client, floor.noor).get(f"/stays/{stay.pk}/")
    assert response["Location"] == f"/wards/{floor.cardiology.pk}/#patient-{floor.patient.pk}"


def test_after_a_transfer_it_is_said_why_not(client: Client, floor: Cast, stay: Admission) -> None:
    admissions.transfer(admission=stay, ward=floor.renal)
    response = factories.sign_in(client, floor.noor).get(f"/stays/{stay.pk}/")
    assert response.status_code == 200
    assert "you are not on duty" in response.content.decode()
    assert str(floor.patient) not in response.content.decode()
    response = factories.sign_in(client, floor.omar).get(f"/stays/{stay.pk}/")
    assert f"/wards/{floor.renal.pk}/" in response["Location"]


def test_after_a_discharge_it_is_the_patients_page(
    client: Client, floor: Cast, stay: Admission
) -> None:
    admissions.discharge(admission=stay)
    client = factories.sign_in(client, floor.noor)
    response = client.get(f"/stays/{stay.pk}/")
    assert response["Location"] == f"/patients/{floor.patient.pk}/"
    long_ago = timezone.now() - timedelta(days=3)
    Admission.objects.filter(pk=stay.pk).update(admitted_at=long_ago, discharged_at=long_ago)
    Discharge.objects.update(at=long_ago)
    assert "The patient has left" in client.get(f"/stays/{stay.pk}/").content.decode()


def test_an_appointment_is_in_the_queue_of_its_day(client: Client, floor: Cast) -> None:
    visit = factories.create_appointment(provider=floor.priya)
    client = factories.sign_in(client, floor.priya)
    first = client.get(f"/appointments/{visit.pk}/")["Location"]
    later = timezone.now() + timedelta(days=9)
    with scope(hospital=floor.hospital.pk):
        appointments.reschedule(appointment=visit, starts_at=later, reason="Ill")
    moved = client.get(f"/appointments/{visit.pk}/")["Location"]
    assert first.startswith("/arrivals/")
    assert first.endswith(f"#appointment-{visit.pk}")
    assert moved == f"/arrivals/?date={timezone.localtime(later).date()}#appointment-{visit.pk}"
    page = client.get(moved.partition("#")[0])
    assert f'id="appointment-{visit.pk}"' in page.content.decode()


def test_somebody_elses_appointment_is_not_shown(client: Client, floor: Cast) -> None:
    visit = factories.create_appointment(patient=floor.patient)
    response = factories.sign_in(client, floor.priya).get(f"/appointments/{visit.pk}/")
    assert response.status_code == 200
    assert "with somebody else now" in response.content.decode()


def test_another_hospitals_are_404(client: Client, floor: Cast, stay: Admission) -> None:
    visit = factories.create_appointment(patient=floor.patient)
    client = factories.sign_in(client, floor.zed)
    assert client.get(f"/stays/{stay.pk}/").status_code == 404
    assert client.get(f"/appointments/{visit.pk}/").status_code == 404
