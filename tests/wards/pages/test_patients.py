"""The list of patients, a patient's page, and their details."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from tests import factories
from tests.cast import Cast
from wards import patient_records
from wards.actions import admissions
from wards.models import Event, Patient, Role

LIST = "/patients/"


@pytest.fixture
def dana(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.dana)


def listed(client: Client, query: str = "") -> list[Patient]:
    return list(client.get(LIST + query).context["page_obj"].object_list)


def page(client: Client, patient: Patient) -> Any:
    return client.get(reverse("wards:patient", args=[patient.pk]))


class TestList:
    def test_it_is_searched_by_the_beginnings_of_words(self, dana: Client, floor: Cast) -> None:
        maria = factories.create_patient(
            floor.hospital,
            first_name="María José",
            last_name="O'Brien-Smith",
            number="X-77\\1",
            phone="+966 50 123 4567",
        )
        for query in (
            "maría",
            "JOSÉ o'br",
            "smith",
            "x-77\\",
            "77\\1",
            "0501234567",
            "050 123 4567",
            "4567",
            "966501",
        ):
            assert listed(dana, f"?q={query.replace('+', '%2B')}") == [maria], query
        for query in ("ría", "maria x", "5501234567", "' | '", "\\"):
            assert listed(dana, f"?q={query}") == [], query

    def test_the_search_uses_its_index(self, floor: Cast) -> None:
        with scopes_disabled(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = patient_records.matching(Patient.objects.order_by(), "pat").explain()
        assert "patients_by_word" in plan

    def test_filters(self, dana: Client, floor: Cast) -> None:
        factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        out = factories.create_patient(floor.hospital, tags=["diabetes"])
        assert listed(dana, "?stay=in") == [floor.patient]
        assert listed(dana, "?stay=out") == [out]
        assert listed(dana, f"?ward={floor.cardiology.pk}") == [floor.patient]
        assert listed(dana, f"?ward={floor.renal.pk}") == []
        assert listed(dana, "?tag=diabetes") == [out]
        assert len(listed(dana, "?stay=x&ward=x&page=x")) == 2, "nonsense filters nothing"

    def test_nobody_of_another_hospital(self, dana: Client, floor: Cast) -> None:
        assert listed(dana) == [floor.patient]
        assert listed(dana, "?q=zoe") == []

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, floor: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                dana.get(LIST)
            return len(captured)

        factories.create_admission(ward=floor.cardiology)
        dana.get(LIST)
        few = queries()
        for _ in range(30):
            factories.create_admission(ward=floor.cardiology)
        assert queries() == few
        assert len(listed(dana)) == 25
        assert len(listed(dana, "?page=2")) == 7


class TestWhoSeesWhom:
    def test_a_nurse_those_of_their_wards(self, client: Client, floor: Cast) -> None:
        factories.sign_in(client, floor.noor)
        here = factories.create_admission(ward=floor.cardiology)
        there = factories.create_admission(ward=floor.renal)
        admissions.discharge(admission=here)
        assert listed(client) == [here.patient], "also a day after they left"
        assert page(client, here.patient).status_code == 200
        assert page(client, there.patient).status_code == 403

    def test_a_provider_their_own(self, client: Client, floor: Cast) -> None:
        factories.sign_in(client, floor.priya)
        visit = factories.create_appointment(provider=floor.priya)
        stay = factories.create_admission(ward=floor.renal, provider=floor.priya)
        ordered = factories.create_patient(floor.hospital)
        factories.report_result(ordered, "512", flag="HH", provider=floor.priya)
        own = {visit.patient, stay.patient, ordered}
        assert set(listed(client)) == own
        assert {page(client, patient).status_code for patient in own} == {200}
        assert page(client, floor.patient).status_code == 403

    def test_another_hospitals_patient_does_not_exist(self, dana: Client, floor: Cast) -> None:
        assert page(dana, floor.other_patient).status_code == 404


class TestPage:
    def test_it_tells_everything(self, dana: Client, floor: Cast) -> None:
        before = timezone.now() - timedelta(days=40)
        old = factories.create_admission(
            ward=floor.renal, patient=floor.patient, admitted_at=before
        )
        admissions.discharge(admission=old, at=before + timedelta(days=3))
        stay = factories.create_admission(
            ward=floor.cardiology,
            patient=floor.patient,
            bed=floor.bed,
            admitted_at=timezone.now() - timedelta(days=2, hours=1),
        )
        later = factories.create_appointment(provider=floor.priya, patient=floor.patient)
        factories.create_notification(floor.pat, title="Welcome to Rawdah General")
        response = page(dana, floor.patient)
        chart = response.context["chart"]
        assert (chart.stay, chart.past, chart.coming) == (stay, [old], [later])
        html = response.content.decode()
        for words in ("2 days admitted", "C-01", "Patient discharged", "Welcome to Rawdah General"):
            assert words in html

    def test_as_many_queries_for_much_as_for_little(self, dana: Client, floor: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                page(dana, floor.patient)
            return len(captured)

        factories.create_appointment(provider=floor.priya, patient=floor.patient)
        factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        page(dana, floor.patient)
        few = queries()
        for _ in range(5):
            provider = factories.create_user(floor.hospital, Role.PROVIDER)
            factories.create_appointment(provider=provider, patient=floor.patient)
            factories.report_result(floor.patient, provider=provider, ward=floor.renal)
        assert queries() == few


class TestDetails:
    GIVEN = {
        "first_name": "Layla",
        "last_name": "Haddad",
        "number": "10007",
        "gender": "F",
        "language": "ar",
        "email": "layla@example.org",
        "phone": "+966 50 123 4567",
        "date_of_birth": "1984-03-02",
        "tags": "diabetes, interpreter، diabetes",
    }

    def test_somebody_is_registered(self, dana: Client, floor: Cast) -> None:
        response = dana.post(reverse("wards:patient_new"), self.GIVEN)
        layla = Patient.objects.get(number="10007")
        assert response["Location"] == reverse("wards:patient", args=[layla.pk])
        assert layla.tags == ["diabetes", "interpreter"]
        assert Event.objects.get(patient=layla).actor == floor.dana

    def test_and_changed(self, dana: Client, floor: Cast) -> None:
        address = reverse("wards:patient_edit", args=[floor.patient.pk])
        assert dana.get(address).context["form"]["first_name"].value() == "Pat"
        dana.post(address, self.GIVEN)
        floor.patient.refresh_from_db()
        assert str(floor.patient) == "Layla Haddad"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("last_name", ""),
            ("number", "MRN-1"),
            ("phone", "call me"),
            ("date_of_birth", "2999-01-01"),
            ("date_of_birth", "yesterday"),
            ("gender", "X"),
            ("email", "layla"),
            ("tags", "x" * 41),
        ],
    )
    def test_what_is_wrong_is_said(self, dana: Client, floor: Cast, field: str, value: str) -> None:
        response = dana.post(reverse("wards:patient_new"), self.GIVEN | {field: value})
        assert response.status_code == 422
        assert response.context["form"].errors
        assert Patient.objects.count() == 1

    def test_a_shared_address_is_asked_about(self, dana: Client, floor: Cast) -> None:
        factories.create_patient(floor.hospital, email="layla@example.org")
        address = reverse("wards:patient_new")
        response = dana.post(address, self.GIVEN)
        assert "Is it the same person?" in response.content.decode()
        assert 'name="share_email"' in response.content.decode()
        assert dana.post(address, self.GIVEN | {"share_email": "on"}).status_code == 302
