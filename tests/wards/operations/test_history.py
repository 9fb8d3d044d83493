"""Reports and the history of bulk operations, as browsers and scripts read them."""

from datetime import timedelta

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import cells
from wards.models import BulkOperation

pytestmark = pytest.mark.usefixtures("media")
BULK = "/hospital/bulk"


@pytest.fixture
def mona(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.mona)


def newest() -> BulkOperation:
    operation = BulkOperation.objects.order_by("pk").last()
    assert operation is not None
    return operation


def text(response: HttpResponseBase) -> str:
    return b"".join(response).decode("utf-8-sig")


class TestExports:
    @pytest.mark.parametrize(
        ("path", "header"),
        [
            ("patients", "First Name,Last Name,Email,Bed Number,Ward,Admission Date,Reason"),
            (
                "occupancy",
                "Ward Name,Total Beds,Occupied,Available,Maintenance,Occupancy %,Cleaning",
            ),
        ],
    )
    def test_a_click(self, mona: Client, floor: Cast, path: str, header: str) -> None:
        response = mona.get(f"{BULK}/export/{path}/")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"].startswith("attachment")
        assert text(response).startswith(header)
        assert newest().operation_type == f"export_{path}"

    def test_a_report_of_one_ward(self, mona: Client, floor: Cast) -> None:
        for ward in (floor.cardiology, floor.renal):
            factories.create_admission(ward=ward)
        day = timezone.localdate().isoformat()
        data = {
            "report_type": "patient_list",
            "ward": floor.renal.pk,
            "start_date": day,
            "end_date": day,
        }
        rows = cells(text(mona.post(f"{BULK}/export-report/", data)))
        assert [row[4] for row in rows] == ["Ward", "Renal Ward"]

    def test_hidden_dates_are_left_out(self, mona: Client, floor: Cast) -> None:
        data = {"report_type": "occupancy", "start_date": "2026-05-02", "end_date": "2026-05-01"}
        assert text(mona.post(f"{BULK}/export-report/", data)).startswith("Ward Name")

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({}, "This field is required."),
            ({"report_type": "secrets"}, "Select a valid choice."),
            (
                {
                    "report_type": "patient_list",
                    "start_date": "2026-05-02",
                    "end_date": "2026-05-01",
                },
                "The last day is before the first.",
            ),
            ({"report_type": "patient_list", "start_date": "soon"}, "Enter a valid date."),
        ],
    )
    def test_what_is_wrong_is_said(
        self, mona: Client, floor: Cast, data: dict[str, str], words: str
    ) -> None:
        response = mona.post(f"{BULK}/export-report/", data)
        assert response.status_code == 422
        assert words in text(response)

    def test_another_hospitals_ward_is_no_choice(self, mona: Client, floor: Cast) -> None:
        data = {"report_type": "occupancy", "ward": str(floor.other_ward.pk)}
        assert mona.post(f"{BULK}/export-report/", data).status_code == 422


class TestHistory:
    def shown(self, client: Client, query: str = "") -> list[int]:
        response = client.get(f"{BULK}/operations/{query}")
        return [operation.pk for operation in response.context["operations"]]

    def test_filters(self, mona: Client, floor: Cast) -> None:
        old = factories.create_operation(
            floor.hospital,
            status="failed",
            created_at=timezone.now() - timedelta(days=40),
        )
        new = factories.create_operation(floor.hospital, operation_type="export_report")
        theirs = factories.create_operation(floor.other_hospital)
        day = (timezone.now() - timedelta(days=20)).date().isoformat()
        assert self.shown(mona) == [new.pk, old.pk]
        assert theirs.pk not in self.shown(mona)
        assert self.shown(mona, "?type=export_report") == [new.pk]
        assert self.shown(mona, "?status=failed") == [old.pk]
        assert self.shown(mona, "?status=in_progress") == [new.pk]
        assert self.shown(mona, f"?since={day}") == [new.pk]
        assert self.shown(mona, f"?until={day}") == [old.pk]
        assert self.shown(mona, "?type=nonsense&since=never&page=99") == [new.pk, old.pk]

    def test_cards(self, mona: Client, floor: Cast) -> None:
        for status in ("pending", "processing", "completed", "failed", "cancelled"):
            factories.create_operation(floor.hospital, status=status)
        counts = mona.get(f"{BULK}/operations/?status=failed").context["counts"]
        assert counts == {"total": 5, "completed": 1, "in_progress": 2, "failed": 1}

    def test_nothing_yet(self, mona: Client, floor: Cast) -> None:
        assert "Nothing has been done in bulk yet" in text(mona.get(f"{BULK}/operations/"))

    def test_cancelling_and_going_on(self, mona: Client, floor: Cast) -> None:
        operation = factories.create_operation(floor.hospital)
        mona.post(f"{BULK}/operations/{operation.pk}/cancel/")
        operation.refresh_from_db()
        assert operation.status == "cancelled"
        mona.post(f"{BULK}/operations/{operation.pk}/resume/")
        operation.refresh_from_db()
        assert operation.status == "pending"

    def test_a_file_that_is_not_there(self, mona: Client, floor: Cast) -> None:
        operation = factories.create_operation(floor.hospital)
        assert mona.get(f"{BULK}/operations/{operation.pk}/output.csv").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_old_addresses_lead_here(client: Client, db: None, method: str) -> None:
    response = getattr(client, method)("/hospital_wards/bulk/operations/?status=failed&page=2")
    assert response["Location"] == "/hospital/bulk/operations/?status=failed&page=2"
    assert response.status_code == (302 if method == "get" else 307)
