"""The pages that start bulk operations, as scripts and browsers use them."""

import json
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import (
    ASSIGNMENTS,
    PATIENTS,
    cells,
    run_discharge,
    run_import,
    table,
    upload,
)
from wards.models import Admission, Bed, BulkOperation, Patient
from wards.operations.views import discharge as discharge_page

pytestmark = pytest.mark.usefixtures("media")
BULK = "/hospital/bulk"
ANN, BEN = "1,Ann,Lee,ann@example.com,,,F", "2,Ben,Ode,ben@example.com,,,M"
FAULTY = ["3,Cid,,cid@example.com,,,", "4,Dee,Fox,ann@example.com,,,"]


@pytest.fixture
def mona(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.mona)


def newest() -> BulkOperation:
    operation = BulkOperation.objects.order_by("pk").last()
    assert operation is not None
    return operation


def text(response: HttpResponseBase) -> str:
    return b"".join(response).decode("utf-8-sig")


class TestImport:
    def test_a_dry_run_comes_first(self, mona: Client, floor: Cast) -> None:
        file = table(PATIENTS, [ANN, BEN, *FAULTY])
        response = mona.post(f"{BULK}/import-patients/", {"csv_file": file}, follow=True)
        page = text(response)
        assert "Import 2 patients" in page
        assert '<dd class="num" data-figure="duplicates">1</dd>' in page
        assert "last_name is missing." in page
        assert "cid@example.com" in page, "the first rows are shown"
        assert not Patient.objects.filter(first_name="Ann").exists()

    def test_confirming_imports_once(self, mona: Client, floor: Cast) -> None:
        dry = run_import(floor, ANN, dry_run=True)
        first = mona.post(f"{BULK}/operations/{dry.pk}/confirm/")
        again = mona.post(f"{BULK}/operations/{dry.pk}/confirm/")
        assert first["Location"] == again["Location"] == f"{BULK}/operations/{newest().pk}/"
        assert not newest().dry_run

    @pytest.mark.parametrize(
        ("content", "name", "words"),
        [
            (b"", "patients.csv", "The file is empty."),
            (PATIENTS + "\n", "patients.csv", "no rows"),
            ("a,b\n1,2\n", "patients.csv", "The file has no header."),
            (PATIENTS + "\n1,2\n", "patients.docx", "The file must be CSV or XLSX."),
            (b"PK\x03\x04", "patients.csv", "The workbook is damaged"),
            (PATIENTS + '\n1,"A', "patients.csv", "Line 2: a quotation mark is opened"),
            (PATIENTS.encode() + b"\n\xff", "patients.csv", "Line 2 is not UTF-8"),
        ],
    )
    def test_a_bad_file_is_refused(
        self, mona: Client, floor: Cast, content: str | bytes, name: str, words: str
    ) -> None:
        data = {"csv_file": upload(content, name)}
        response = mona.post(f"{BULK}/import-patients/", data)
        assert response.status_code == 422
        assert words in text(response)
        assert not BulkOperation.objects.exists()

    def test_no_file(self, mona: Client, floor: Cast) -> None:
        assert "Choose a file first." in text(mona.post(f"{BULK}/import-patients/"))

    @pytest.mark.parametrize("page", ["import-patients", "assign-patients"])
    def test_the_sample_is_a_file_that_is_taken(self, mona: Client, page: str) -> None:
        response = mona.get(f"{BULK}/{page}/sample.csv")
        assert response["Content-Disposition"].startswith("attachment")
        sample = upload(text(response))
        assert mona.post(f"{BULK}/{page}/", {"csv_file": sample}).status_code == 302

    def test_the_rows_with_errors_are_corrected_and_uploaded_again(
        self, mona: Client, floor: Cast
    ) -> None:
        operation = run_import(floor, ANN, *FAULTY)
        errors = text(mona.get(f"{BULK}/operations/{operation.pk}/errors.csv"))
        assert [row[0] for row in cells(errors)] == ["line", "3", "4"]
        corrected = errors.replace("Cid,,", "Cid,Cole,").replace("ann@", "dee@")
        response = mona.post(
            f"{BULK}/import-patients/", {"csv_file": upload(corrected)}, follow=True
        )
        assert "Import 2 patients" in text(response)


class TestAssignment:
    def test_a_dry_run_opens_no_stay(self, mona: Client, floor: Cast) -> None:
        rows = ["MRN-1,C-01,Chest pain,", "MRN-1,C-02,,", "MRN-1,X-9,,"]
        response = mona.post(
            f"{BULK}/assign-patients/", {"csv_file": table(ASSIGNMENTS, rows)}, follow=True
        )
        page = text(response)
        assert "Admit 1 patient" in page
        assert "The same patient is on line 2." in page
        assert not Admission.objects.exists()
        floor.bed.refresh_from_db()
        assert floor.bed.status == Bed.Status.AVAILABLE
        assert newest().parameters["notify"] is False, "the switch was off"

    def test_the_switch_is_kept_for_the_real_one(self, mona: Client, floor: Cast) -> None:
        file = table(ASSIGNMENTS, ["MRN-1,C-01,,"])
        data = {"csv_file": file, "send_notifications": "on"}
        mona.post(f"{BULK}/assign-patients/", data)
        mona.post(f"{BULK}/operations/{newest().pk}/confirm/")
        assert newest().parameters == {"notify": True, "dry_run": False}


class TestDischarge:
    def post(self, client: Client, body: Any) -> tuple[int, dict[str, Any]]:
        sent = body if isinstance(body, str) else json.dumps(body)
        response = client.post(f"{BULK}/discharge/", sent, content_type="application/json")
        return response.status_code, response.json()

    def test_json(self, mona: Client, floor: Cast) -> None:
        stays = [factories.create_admission(ward=floor.cardiology).pk for _ in range(2)]
        assert self.post(mona, {"admission_ids": stays}) == (
            200,
            {
                "success": True,
                "message": "Successfully discharged 2 patients",
                "operation_id": newest().pk,
            },
        )
        assert not Admission.objects.filter(discharged_at=None).exists()

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ("{", "This is not JSON."),
            ("[]", "admission_ids must be a list of numbers."),
            ({}, "admission_ids must be a list of numbers."),
            ({"admission_ids": "1"}, "admission_ids must be a list of numbers."),
            ({"admission_ids": [True]}, "admission_ids must be a list of numbers."),
            ({"admission_ids": []}, "Nobody is selected."),
            ({"admission_ids": [2**70]}, f"There is no such admission: {2**70}."),
        ],
    )
    def test_what_is_wrong_is_said(
        self, mona: Client, floor: Cast, body: Any, message: str
    ) -> None:
        assert self.post(mona, body) == (400, {"success": False, "message": message})

    def test_another_hospitals_stay_does_not_exist(self, mona: Client, floor: Cast) -> None:
        ours = factories.create_admission(ward=floor.cardiology).pk
        theirs = factories.create_admission(ward=floor.other_ward).pk
        status, answer = self.post(mona, {"admission_ids": [ours, theirs]})
        assert (status, answer["message"]) == (400, f"There is no such admission: {theirs}.")
        assert Admission.objects.get(pk=ours).discharged_at is None, "all or nothing"

    def test_somebody_was_quicker(self, mona: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, patient=floor.patient).pk
        other = factories.create_admission(ward=floor.cardiology).pk
        run_discharge(floor, stay)
        status, answer = self.post(mona, {"admission_ids": [stay]})
        assert (status, answer["success"]) == (409, False)
        assert answer["message"] == "Pat Patel has already been discharged."
        status, answer = self.post(mona, {"admission_ids": [stay, other]})
        assert (status, answer["success"]) == (200, True)
        assert answer["message"] == ("Successfully discharged 1 patient; 1 could not be discharged")

    def test_more_than_fit_a_request_are_left_to_the_worker(
        self, mona: Client, floor: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(discharge_page, "AT_ONCE", 1)
        stays = [factories.create_admission(ward=floor.cardiology).pk for _ in range(2)]
        status, answer = self.post(mona, {"admission_ids": stays})
        assert (status, answer["message"]) == (202, "Discharging 2 patients")
        assert newest().status == BulkOperation.Status.PENDING

    def test_the_form(self, mona: Client, floor: Cast) -> None:
        stay = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        assert "Pat Patel" in text(mona.get(f"{BULK}/discharge/"))
        data = {"admissions": [stay.pk], "discharge_notes": "Rest."}
        response = mona.post(f"{BULK}/discharge/", data, follow=True)
        assert "Successfully discharged 1 patient" in text(response)
        assert stay.discharge.notes == "Rest."

    def test_the_list_takes_the_same_queries_however_long(
        self, mona: Client, floor: Cast, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(30):
            factories.create_admission(ward=floor.cardiology)
        with django_assert_max_num_queries(9):
            mona.get(f"{BULK}/discharge/")


def test_a_formula_in_a_name_is_shown_as_it_is_and_escaped(mona: Client, floor: Cast) -> None:
    with scope(hospital=floor.hospital.pk):
        dry = run_import(floor, "9,<b>x</b>,=1+1,x@example.com,,,", dry_run=True)
    page = text(mona.get(f"{BULK}/operations/{dry.pk}/"))
    assert "&lt;b&gt;x&lt;/b&gt;" in page
