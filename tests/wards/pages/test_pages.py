"""The pages of the wards without a browser: what is read, how often is asked, what is answered."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from wards.actions import admissions
from wards.models import Appointment, Bed, Event, Hospital, Role, User

HTMX = {"HX-Request": "true"}
Status = Appointment.Status


@pytest.fixture
def mona(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.mona)


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.dana)


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


class TestNumberOfQueries:
    """A page asks as often for many rows as for few."""

    def test_of_the_wards(self, mona: Client, cast: Cast) -> None:
        address = reverse("wards:wards")
        factories.create_admission(ward=cast.cardiology)
        mona.get(address)
        few = queries(mona, address)
        for _ in range(5):
            ward = factories.create_ward(cast.hospital)
            factories.create_duty(factories.create_user(cast.hospital), ward)
            factories.create_admission(ward=ward)
        assert queries(mona, address) == few

    def test_of_a_board(self, mona: Client, cast: Cast) -> None:
        address = reverse("wards:board", args=[cast.cardiology.pk])
        factories.create_admission(ward=cast.cardiology, provider=cast.priya)
        mona.get(address)
        few = queries(mona, address)
        for _ in range(10):
            provider = factories.create_user(cast.hospital, Role.PROVIDER)
            factories.create_duty(provider, cast.cardiology)
            factories.create_admission(ward=cast.cardiology, provider=provider)
            factories.create_admission(ward=cast.cardiology, bed=None)
        assert queries(mona, address) == few

    def test_of_the_arrivals(self, dana: Client, cast: Cast) -> None:
        address = reverse("wards:arrivals")
        factories.create_appointment(provider=cast.priya, starts_at=timezone.now())
        dana.get(address)
        few = queries(dana, address)
        for status in Status:
            provider = factories.create_user(cast.hospital, Role.PROVIDER)
            factories.create_appointment(provider=provider, starts_at=timezone.now(), status=status)
        assert queries(dana, address) == few


class TestBoard:
    def board(self, client: Client, cast: Cast, query: str = "") -> Any:
        address = reverse("wards:board", args=[cast.cardiology.pk])
        return client.get(address + query).context["board"]

    def test_it_says_who_lies_where(self, mona: Client, cast: Cast) -> None:
        stay = factories.create_admission(ward=cast.cardiology, bed=cast.bed)
        waiting = factories.create_admission(ward=cast.cardiology, bed=None)
        board = self.board(mona, cast)
        assert [(p.bed.number, p.stay) for p in board.places] == [("C-01", stay), ("C-02", None)]
        assert board.waiting == [waiting]
        assert [str(user) for user in board.on_duty] == ["Noor Nasser"]
        assert (board.total, board.counts["available"], board.counts["occupied"]) == (2, 1, 1)

    def test_beds_are_in_the_order_people_count(self, mona: Client, cast: Cast) -> None:
        for number in ("C-10", "C-9"):
            factories.create_bed(cast.cardiology, number=number)
        numbers = [place.bed.number for place in self.board(mona, cast).places]
        assert numbers == ["C-01", "C-02", "C-9", "C-10"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?state=occupied", ["C-01"]),
            ("?state=available", ["C-02"]),
            ("?q=chest", ["C-01"]),
            ("?q=CHEST pain", ["C-01"]),
            ("?q=c-02", ["C-02"]),
            ("?q=nobody", []),
            ("?state=nonsense", ["C-01", "C-02"]),
        ],
    )
    def test_it_can_be_filtered(
        self, mona: Client, cast: Cast, query: str, expected: list[str]
    ) -> None:
        factories.create_admission(ward=cast.cardiology, bed=cast.bed, reason="Chest pain")
        board = self.board(mona, cast, query)
        assert [place.bed.number for place in board.places] == expected
        assert board.total == 2, "the figures count everything"

    def test_htmx_gets_the_part_and_browsers_the_page(self, mona: Client, cast: Cast) -> None:
        address = reverse("wards:board", args=[cast.cardiology.pk])
        page, part = mona.get(address), mona.get(address, headers=HTMX)
        assert b"<html" in page.content
        assert b"<html" not in part.content
        for response in (page, part):
            assert "HX-Request" in response["Vary"]
            assert "no-store" in response["Cache-Control"], "it names patients"

    def test_who_was_discharged_is_gone(self, mona: Client, cast: Cast) -> None:
        stay = factories.create_admission(ward=cast.cardiology, bed=cast.bed)
        with scope(hospital=cast.hospital.pk):
            admissions.discharge(admission=stay)
        assert [place.stay for place in self.board(mona, cast).places] == [None, None]


class TestArrivals:
    def visits(self, client: Client, query: str = "") -> list[Appointment]:
        return list(client.get(reverse("wards:arrivals") + query).context["queue"].visits)

    def test_a_provider_sees_their_own(self, client: Client, cast: Cast) -> None:
        now = timezone.now()
        mine = factories.create_appointment(provider=cast.priya, starts_at=now)
        other = factories.create_user(cast.hospital, Role.PROVIDER)
        theirs = factories.create_appointment(provider=other, starts_at=now)
        assert self.visits(factories.sign_in(client, cast.priya)) == [mine]
        assert set(self.visits(factories.sign_in(client, cast.dana))) == {mine, theirs}

    def test_today_is_the_hospitals_today(self, dana: Client, cast: Cast) -> None:
        """Half past midnight in Kiritimati is still yesterday in Greenwich."""
        Hospital.objects.filter(pk=cast.hospital.pk).update(timezone="Pacific/Kiritimati")
        zone = timezone.get_fixed_timezone(14 * 60)
        midnight = timezone.localtime(timezone=zone).replace(hour=0, minute=0, second=0)
        today = factories.create_appointment(
            provider=cast.priya, starts_at=midnight + timedelta(minutes=30)
        )
        for minutes in (-30, 24 * 60 + 30):
            factories.create_appointment(
                provider=cast.priya, starts_at=midnight + timedelta(minutes=minutes)
            )
        assert self.visits(dana) == [today]

    def test_it_can_be_filtered(self, dana: Client, cast: Cast) -> None:
        now = timezone.now()
        here = factories.create_appointment(
            provider=cast.priya, patient=cast.patient, starts_at=now, status=Status.ARRIVED
        )
        booked = factories.create_appointment(provider=cast.priya, starts_at=now)
        assert self.visits(dana, "?stage=here") == [here]
        assert self.visits(dana, "?stage=expected") == [booked]
        assert self.visits(dana, "?q=pat mrn-1") == [here]
        assert self.visits(dana, f"?q=a-{booked.pk}") == [booked]
        assert self.visits(dana, f"?provider={cast.noor.pk}") == []
        assert len(self.visits(dana, "?stage=x&provider=x")) == 2, "nonsense filters nothing"


class TestMoves:
    def move(self, client: Client, visit: Appointment, verb: str, **how: Any) -> Any:
        return client.post(reverse(f"wards:appointment_{verb}", args=[visit.pk]), **how)

    def test_arrived_answers_with_the_row_as_it_is_now(self, dana: Client, cast: Cast) -> None:
        visit = factories.create_appointment(provider=cast.priya, patient=cast.patient)
        response = self.move(dana, visit, "arrive", headers=HTMX)
        assert response.status_code == 200
        assert b"<html" not in response.content
        said = json.loads(response["HX-Trigger"])["wb-toast"]["text"]
        assert said == "Priya Prasad has been told that Pat Patel is here."
        with scope(hospital=cast.hospital.pk):
            assert Appointment.objects.get().status == Status.ARRIVED
            assert Event.objects.latest("id").actor == cast.dana

    def test_without_htmx_it_leads_back_to_the_queue(self, dana: Client, cast: Cast) -> None:
        visit = factories.create_appointment(provider=cast.priya)
        response = self.move(dana, visit, "arrive", follow=True)
        assert response.redirect_chain == [(reverse("wards:arrivals"), 302)]
        assert "has been told" in response.content.decode()

    def test_a_second_click_is_refused_with_the_reason(self, dana: Client, cast: Cast) -> None:
        visit = factories.create_appointment(provider=cast.priya, status=Status.ARRIVED)
        response = self.move(dana, visit, "arrive", headers=HTMX)
        assert response.status_code == 409
        said = json.loads(response["HX-Trigger"])["wb-toast"]["text"]
        assert said == "This appointment is Arrived and can no longer become Arrived."

    def test_cancelling_asks_for_the_reason(self, dana: Client, cast: Cast) -> None:
        visit = factories.create_appointment(provider=cast.priya)
        for reason in ("", "   "):
            response = self.move(dana, visit, "cancel", data={"status_reason": reason})
            assert response.status_code == 422
        assert self.move(dana, visit, "cancel", data={"status_reason": "Ill"}).status_code == 302
        with scope(hospital=cast.hospital.pk):
            cancelled = Appointment.objects.get()
        assert (cancelled.status, cancelled.status_reason) == (Status.CANCELLED, "Ill")


class TestHome:
    @pytest.mark.parametrize(
        ("role", "page"),
        [
            (Role.ADMIN, "wards:wards"),
            (Role.HOSPITAL_MANAGER, "wards:wards"),
            (Role.FRONT_DESK, "wards:arrivals"),
            (Role.PROVIDER, "wards:arrivals"),
            (Role.PHARMACIST, "inbox:history"),
            (Role.PATIENT, "inbox:history"),
        ],
    )
    def test_everybody_begins_where_their_work_does(
        self, client: Client, cast: Cast, role: str, page: str
    ) -> None:
        response = factories.sign_in(client, cast.of_role(role)).get(reverse("home"))
        assert response["Location"] == reverse(page)

    def test_a_nurse_begins_on_the_board_of_their_ward(self, client: Client, cast: Cast) -> None:
        factories.sign_in(client, cast.noor)
        board = reverse("wards:board", args=[cast.cardiology.pk])
        assert client.get(reverse("home"))["Location"] == board
        factories.create_duty(cast.noor, cast.renal)
        assert client.get(reverse("home"))["Location"] == reverse("wards:wards")

    def test_an_operator_administers(self, client: Client, cast: Cast) -> None:
        response = factories.sign_in(client, factories.create_operator()).get(reverse("home"))
        assert response["Location"] == reverse("admin:index")


class TestAppearance:
    def test_the_language_is_kept_with_the_user(self, dana: Client, cast: Cast) -> None:
        dana.post(reverse("set_language"), {"language": "ar", "next": "/arrivals/"})
        assert User.objects.get(pk=cast.dana.pk).language == "ar"
        assert 'dir="rtl"' in dana.get(reverse("wards:arrivals")).content.decode()

    @pytest.mark.parametrize("language", ["xx", ""])
    def test_a_language_we_do_not_speak_changes_nothing(
        self, dana: Client, cast: Cast, language: str
    ) -> None:
        dana.post(reverse("set_language"), {"language": language})
        assert User.objects.get(pk=cast.dana.pk).language == "en"

    @pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:x"])
    def test_it_never_leads_elsewhere(self, dana: Client, address: str) -> None:
        response = dana.post(reverse("set_language"), {"language": "en", "next": address})
        assert response["Location"] == "/"

    def test_the_theme_is_kept_with_the_user(self, dana: Client, cast: Cast) -> None:
        dana.post(reverse("wards:theme"), {"theme": "dark"}, headers=HTMX)
        assert User.objects.get(pk=cast.dana.pk).theme == "dark"
        assert 'data-bs-theme="dark"' in dana.get(reverse("wards:arrivals")).content.decode()


def test_s12_without_a_script_nothing_is_said_to_be_live(mona: Client, cast: Cast) -> None:
    html = mona.get(reverse("wards:wards")).content.decode()
    assert "data-live=" not in html.split("<body")[0]
    assert html.count("<noscript>") == 2
    assert "no alert comes by itself" in html


def test_a_bed_of_each_state_is_shown(mona: Client, cast: Cast) -> None:
    for status in Bed.Status:
        factories.create_bed(cast.cardiology, number=f"X-{status}", status=status)
    html = mona.get(reverse("wards:board", args=[cast.cardiology.pk])).content.decode()
    for status in Bed.Status:
        assert f"X-{status}" in html
        assert str(status.label) in html
