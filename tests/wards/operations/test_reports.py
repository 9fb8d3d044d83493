"""Exports and reports: exact headers, exact figures, one's own hospital, and no formulas."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import cells, counts, downloaded
from wards.actions import admissions
from wards.base.csv_rows import guard
from wards.base.refused import Refused
from wards.models import Admission, Bed, BulkOperation, Ward
from wards.operations import actions
from wards.operations.reports import Report

pytestmark = pytest.mark.usefixtures("media")
Type = BulkOperation.Type


def export(cast: Cast, kind: str) -> list[list[str]]:
    operation = actions.run_now(
        actions.start_export(hospital=cast.hospital, by=cast.mona, kind=kind)
    )
    return whole(operation)


def report(cast: Cast, name: str, **filters: Any) -> list[list[str]]:
    """The rows of a report, the header first; filters are `start`, `end` and `ward`."""
    operation = actions.start_report(hospital=cast.hospital, by=cast.mona, report=name, **filters)
    return whole(actions.run_now(operation))


def whole(operation: BulkOperation) -> list[list[str]]:
    rows = cells(downloaded(operation))
    assert counts(operation) == ("completed", len(rows) - 1, len(rows) - 1, 0)
    return rows


def admit(cast: Cast, bed: Bed, days: int = 0, **patient: str) -> Admission:
    """Admitted at 10:30 UTC some days ago; the patient is Layla."""
    at = timezone.now().astimezone(UTC).replace(hour=10, minute=30, second=0) - timedelta(days)
    who = factories.create_patient(cast.hospital, **{"last_name": "Haddad"} | patient)
    return factories.create_admission(
        ward=bed.ward, bed=bed, patient=who, admitted_at=at, reason="Pain", chief_complaint="Chest"
    )


class TestPatients:
    def test_open_stays(self, floor: Cast) -> None:
        floor.hospital.timezone = "Asia/Riyadh"
        floor.hospital.save()
        stay = admit(floor, floor.bed, email="l@example.com")
        factories.create_admission(ward=floor.other_ward)
        admissions.discharge(admission=admit(floor, floor.spare_bed))
        day = f"{stay.admitted_at:%Y-%m-%d} 13:30"
        assert export(floor, Type.EXPORT_PATIENTS) == [
            ["First Name", "Last Name", "Email", "Bed Number", "Ward", "Admission Date", "Reason",
             "Chief Complaint"],
            ["Layla", "Haddad", "l@example.com", "C-01", "Cardiology", day, "Pain", "Chest"],
        ]  # fmt: skip

    def test_without_a_bed(self, floor: Cast) -> None:
        factories.create_admission(ward=floor.renal, bed=None)
        assert export(floor, Type.EXPORT_PATIENTS)[1][3] == ""

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx"])
    def test_nothing_is_a_formula(self, floor: Cast, text: str) -> None:
        Ward.objects.update(name=text)
        Bed.objects.filter(pk=floor.bed.pk).update(number=text)
        who = factories.create_patient(
            floor.hospital, first_name=text, last_name=text, email=text, phone=text, number=text
        )
        factories.create_admission(
            ward=floor.cardiology, bed=floor.bed, patient=who, reason=text, chief_complaint=text
        )
        tables = [export(floor, Type.EXPORT_PATIENTS), export(floor, Type.EXPORT_OCCUPANCY)]
        tables += [report(floor, name) for name in Report]
        for rows in tables:
            guarded = [cell for row in rows[1:] for cell in row if text.strip() in cell]
            assert guarded
            assert all(cell.startswith(f"'{text}") for cell in guarded)

    def test_nor_behind_what_ends_a_cell_in_other_countries(self, floor: Cast) -> None:
        """PostgreSQL's guard and ours are one."""
        for text in ("A;=HYPERLINK(0)", 'A; "=1', "a\n+1;-2", "=1;=2", "A\t@S", "plain; text"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT wards_cell(%s)", [text])
                assert cursor.fetchone() == (guard(text),)

    def test_names_with_all_that_csv_needs_quotes_for(self, floor: Cast) -> None:
        admit(floor, floor.bed, first_name='Jo"hn, the\nfirst', last_name="حداد")
        assert export(floor, Type.EXPORT_PATIENTS)[1][:2] == ['Jo"hn, the\nfirst', "حداد"]


class TestOccupancy:
    def test_percentages(self, floor: Cast) -> None:
        factories.create_ward(floor.hospital, "Empty")
        factories.create_bed(floor.cardiology, status=Bed.Status.MAINTENANCE)
        factories.create_bed(floor.renal, status=Bed.Status.CLEANING)
        admit(floor, floor.bed)
        admit(floor, floor.renal_bed)
        expected = [
            [
                "Ward Name",
                "Total Beds",
                "Occupied",
                "Available",
                "Maintenance",
                "Occupancy %",
                "Cleaning",
            ],
            ["Cardiology", "3", "1", "1", "1", "33.3", "0"],
            ["Empty", "0", "0", "0", "0", "0.0", "0"],
            ["Renal Ward", "2", "1", "0", "0", "50.0", "1"],
        ]
        assert export(floor, Type.EXPORT_OCCUPANCY) == expected
        assert report(floor, Report.OCCUPANCY) == expected
        assert report(floor, Report.OCCUPANCY, ward=floor.renal) == [expected[0], expected[3]]


class TestPatientList:
    def test_days_admitted_and_filters(self, floor: Cast) -> None:
        old = admit(floor, floor.bed, days=9, email="l@example.com", phone="555-0001")
        new = admit(floor, floor.renal_bed, days=2)
        header, first, second = report(floor, Report.PATIENT_LIST)
        assert header == [
            "First Name", "Last Name", "Email", "Phone", "Ward", "Bed Number", "Admission Date",
            "Days Admitted", "Reason",
        ]  # fmt: skip
        assert first[:6] == ["Layla", "Haddad", "l@example.com", "555-0001", "Cardiology", "C-01"]
        assert first[7:] == [str(old.days), "Pain"]
        day = new.admitted_at.date()
        assert report(floor, Report.PATIENT_LIST, start=day) == [header, second]
        assert report(floor, Report.PATIENT_LIST, end=day - timedelta(1)) == [header, first]
        assert report(floor, Report.PATIENT_LIST, start=day, end=day) == [header, second]
        assert report(floor, Report.PATIENT_LIST, ward=floor.cardiology) == [header, first]

    def test_a_day_is_the_hospitals(self, floor: Cast) -> None:
        floor.hospital.timezone = "Asia/Riyadh"  # UTC+3
        floor.hospital.save()
        stay = admit(floor, floor.bed)
        Admission.objects.filter(pk=stay.pk).update(
            admitted_at=datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
        )
        second = date(2026, 3, 2)
        assert len(report(floor, Report.PATIENT_LIST, start=second, end=second)) == 2
        assert len(report(floor, Report.PATIENT_LIST, end=date(2026, 3, 1))) == 1


class TestAdmissionsAndDischarges:
    def test_length_of_stay_and_filters(self, floor: Cast) -> None:
        ended = admit(floor, floor.bed, days=10)
        admissions.discharge(
            admission=ended, at=ended.admitted_at + timedelta(days=4, hours=1), status="transferred"
        )
        still = admit(floor, floor.renal_bed, days=3)
        header, first, second = report(floor, Report.ADMISSION_DISCHARGE)
        assert header == [
            "Patient Number", "First Name", "Last Name", "Ward", "Bed Number", "Admission Date",
            "Discharge Date", "Length of Stay", "Discharge Status",
        ]  # fmt: skip
        assert first[7:] == ["4", "transferred"]
        assert second[6:] == ["", str(still.days), "admitted"]
        left = ended.admitted_at.date() + timedelta(4)
        table = report(floor, Report.ADMISSION_DISCHARGE, start=left, end=left)
        assert table == [header, first], "by the day of discharge, too"
        assert report(floor, Report.ADMISSION_DISCHARGE, end=date(2000, 1, 1)) == [header]
        assert report(floor, Report.ADMISSION_DISCHARGE, ward=floor.renal) == [header, second]


class TestBedUtilization:
    def test_who_is_in_which_bed(self, floor: Cast) -> None:
        stay = admit(floor, floor.bed, days=5)
        admissions.discharge(admission=admit(floor, floor.spare_bed, days=5))
        rows = report(floor, Report.BED_UTILIZATION)
        assert rows == [
            ["Ward Name", "Bed Number", "Status", "Current Patient", "Days Occupied"],
            ["Cardiology", "C-01", "occupied", "Layla Haddad", str(stay.days)],
            ["Cardiology", "C-02", "available", "", ""],
            ["Renal Ward", "R-01", "available", "", ""],
        ]
        assert report(floor, Report.BED_UTILIZATION, ward=floor.renal) == [rows[0], rows[3]]


class TestRefused:
    def test_what_there_is_not(self, floor: Cast) -> None:
        with pytest.raises(Refused, match="no such report"):
            report(floor, "x")
        with pytest.raises(Refused, match="no such ward"):
            report(floor, Report.OCCUPANCY, ward=floor.other_ward)
        with pytest.raises(Refused, match="before"):
            report(floor, Report.PATIENT_LIST, start=date(2026, 2, 1), end=date(2026, 1, 1))
        with pytest.raises(Refused, match="no such export"):
            actions.start_export(hospital=floor.hospital, by=floor.mona, kind="import_patients")
        assert not BulkOperation.objects.exists()
