"""Booking and moving appointments, and other days' queues."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards.models import Appointment, Role

HTMX = {"HX-Request": "true"}


@pytest.fixture
def dana(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.dana)


def tomorrow(hour: int = 10, minute: int = 0) -> datetime:
    day = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def given(floor: Cast, **more: Any) -> dict[str, Any]:
    day = tomorrow().date().isoformat()
    wanted = {"patient": floor.patient.pk, "provider": floor.priya.pk, "date": day, "time": "10:00"}
    return {**wanted, "duration": 30, "reason": "Follow-up", **more}


class TestBooking:
    def book(self, client: Client, **data: Any) -> Any:
        return client.post(reverse("wards:book"), data, headers=HTMX)

    def test_it_is_booked(self, dana: Client, floor: Cast) -> None:
        response = self.book(dana, **given(floor, consent_verified="on"))
        assert response.status_code == 204
        visit = Appointment.objects.get()
        assert (visit.patient, visit.provider) == (floor.patient, floor.priya)
        assert (visit.starts_at, visit.duration) == (tomorrow(), 30)
        assert (visit.consent_verified, visit.financial_clearance) == (True, False)

    def test_nobody_is_booked_twice_unless_it_is_meant(self, dana: Client, floor: Cast) -> None:
        factories.create_appointment(provider=floor.priya, starts_at=tomorrow(9, 45))
        response = self.book(dana, **given(floor))
        assert response.status_code == 422
        assert "already has an appointment at 09:45" in response.content.decode()
        assert self.book(dana, **given(floor, overbook="on")).status_code == 204

    @pytest.mark.parametrize(
        "wrong",
        [{"patient": ""}, {"provider": ""}, {"duration": 1}, {"date": "2001-01-01"}, {"time": "x"}],
    )
    def test_what_is_wrong_is_said(self, dana: Client, floor: Cast, wrong: dict[str, Any]) -> None:
        response = self.book(dana, **given(floor, **wrong))
        assert response.status_code == 422
        assert not Appointment.objects.exists()

    def test_nobody_of_another_hospital(self, dana: Client, floor: Cast) -> None:
        stranger = factories.create_user(floor.other_hospital, Role.PROVIDER)
        for wrong in ({"patient": floor.other_patient.pk}, {"provider": stranger.pk}):
            assert self.book(dana, **given(floor, **wrong)).status_code == 422
        nurse = self.book(dana, **given(floor, provider=floor.noor.pk))
        assert nurse.status_code == 422


class TestConflicts:
    def ask(self, client: Client, **query: Any) -> str:
        return str(client.get(reverse("wards:conflicts"), query).content.decode())

    def test_who_is_busy_then(self, dana: Client, floor: Cast) -> None:
        busy = factories.create_appointment(provider=floor.priya, starts_at=tomorrow(10, 15))
        assert str(busy.patient) in self.ask(dana, **given(floor))
        assert "Priya Prasad is free then." in self.ask(dana, **given(floor, time="11:00"))
        assert str(busy.patient) not in self.ask(dana, **given(floor, appointment=busy.pk))

    def test_the_patient_too(self, dana: Client, floor: Cast) -> None:
        other = factories.create_user(floor.hospital, Role.PROVIDER)
        factories.create_appointment(provider=other, patient=floor.patient, starts_at=tomorrow())
        assert str(other) in self.ask(dana, **given(floor))

    @pytest.mark.parametrize("wrong", [{"provider": ""}, {"date": ""}, {"duration": "9999"}])
    def test_nothing_while_the_form_says_too_little(
        self, dana: Client, floor: Cast, wrong: dict[str, str]
    ) -> None:
        assert self.ask(dana, **given(floor, **wrong)) == ""


class TestRescheduling:
    def move(self, client: Client, visit: Appointment, **data: Any) -> Any:
        address = reverse("wards:appointment_reschedule", args=[visit.pk])
        return client.post(address, data, headers=HTMX)

    def test_it_has_a_new_time_and_a_reason(self, dana: Client, floor: Cast) -> None:
        visit = factories.create_appointment(provider=floor.priya, status="confirmed")
        when = {"date": tomorrow().date().isoformat(), "time": "10:00", "duration": 45}
        assert self.move(dana, visit, **when).status_code == 422, "without a reason"
        assert self.move(dana, visit, **when, reason="The provider is ill").status_code == 204
        visit.refresh_from_db()
        assert (visit.starts_at, visit.duration, visit.status) == (tomorrow(), 45, "booked")
        assert visit.status_reason == "The provider is ill"

    def test_what_is_over_stays(self, dana: Client, floor: Cast) -> None:
        visit = factories.create_appointment(provider=floor.priya, status="completed")
        when = {"date": tomorrow().date().isoformat(), "time": "10:00", "duration": 45}
        response = self.move(dana, visit, **when, reason="x")
        assert "can no longer become" in response.content.decode()


class TestDays:
    def visits(self, client: Client, query: str) -> list[Appointment]:
        return list(client.get(reverse("wards:arrivals") + query).context["queue"].visits)

    def test_another_day(self, dana: Client, floor: Cast) -> None:
        visit = factories.create_appointment(provider=floor.priya, starts_at=tomorrow())
        assert self.visits(dana, "") == []
        assert self.visits(dana, f"?date={tomorrow().date()}") == [visit]
        for nonsense in ("x", "0001-01-01", "9999-12-31"):
            assert self.visits(dana, f"?date={nonsense}") == []

    def test_by_provider(self, dana: Client, floor: Cast) -> None:
        other = factories.create_user(floor.hospital, Role.PROVIDER, first_name="Adam")
        for provider in (floor.priya, other, floor.priya):
            factories.create_appointment(provider=provider, starts_at=tomorrow())
        response = dana.get(f"/arrivals/?date={tomorrow().date()}&by=provider")
        groups = [(str(who), len(own)) for who, own in response.context["queue"].groups]
        assert groups == [("Adam", 1), ("Priya Prasad", 2)]
        html = response.content.decode()
        assert html.index("Adam") < html.rindex("Priya Prasad")
