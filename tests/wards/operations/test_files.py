"""Patients from files as spreadsheets, phones and other systems write them."""

from datetime import date
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.wards.operations.bulk import PATIENTS, counts, errors, upload
from tests.workbooks import workbook
from wards.models import Patient
from wards.operations import actions

pytestmark = pytest.mark.usefixtures("media")
FILES = Path("tests/data/files")
JANE = "002,Jane,Smith,jane@example.com,555-0002,1985-03-20,F"
CASES = {  # case 12: what is read of each row, or said of it
    "D1": "1980-05-15", "D2": "1980-05-15", "D3": "1980-05-15", "D4": "+966 50 123 4567",
    "D5": "+966 50 123 4567", "D6": "F", "D7": "966501234567",
    "D8": "“0501234567/8” are several phone numbers: give one.",
}  # fmt: skip


def test_values_as_spreadsheets_and_phones_write_them(floor: Cast) -> None:
    content = (FILES / "12-values-as-spreadsheets-and-phones-write-them.csv").read_bytes()
    operation = actions.run_now(
        actions.start_import(hospital=floor.hospital, by=floor.mona, file=upload(content))
    )
    found = {
        patient.number: str(patient.date_of_birth or patient.phone or patient.gender)
        for patient in Patient.objects.filter(number__in=CASES)
    }
    assert errors(operation) == [(9, CASES["D8"])]
    assert found == {number: value for number, value in CASES.items() if number != "D8"}


def test_s15_a_row_in_wrong_letters_sinks_no_other(floor: Cast) -> None:
    """Case 10."""
    content = (FILES / "10-error-file-opened-without-bom-and-saved.csv").read_bytes()
    more = f"\n,,{JANE}\n".encode()
    operation = actions.run_now(
        actions.start_import(hospital=floor.hospital, by=floor.mona, file=upload(content + more))
    )
    assert counts(operation) == ("completed", 2, 1, 1)
    assert "was opened in another encoding" in errors(operation)[0][1]


def test_a_workbook(floor: Cast) -> None:
    book = workbook(("People", [PATIENTS.split(","), [25, "ليلى", "حداد", "l@example.com",
                     966501234567, date(1990, 7, 10), "أنثى"]]))  # fmt: skip
    file = upload(book, "patients.xlsx")
    operation = actions.start_import(hospital=floor.hospital, by=floor.mona, file=file)
    assert (operation.input_file.name or "").endswith("/input.xlsx")
    assert counts(actions.run_now(operation)) == ("completed", 1, 1, 0)
    patient = Patient.objects.get(number="25")
    assert (patient.first_name, patient.phone, patient.gender) == ("ليلى", "966501234567", "F")
    assert str(patient.date_of_birth) == "1990-07-10"
