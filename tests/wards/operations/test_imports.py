"""Patients from a file: who is taken in, who is not and why."""

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django_scopes import scope, scopes_disabled
from pytest_django.fixtures import Settings

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import (
    PATIENTS,
    cells,
    counts,
    downloaded,
    errors,
    run_import,
    table,
    upload,
)
from wards.base.refused import Refused
from wards.models import BulkOperation, Language, Patient, Role, User
from wards.operations import actions, intake
from wards.operations.imports import PatientImport
from wards.operations.intake import PatientRow

pytestmark = pytest.mark.usefixtures("media")
NOBODY = "“nobody” is not an e-mail address."
JOHN = "001,John,Doe,john@example.com,555-0001,1980-05-15,M"
JANE = "002,Jane,Smith,jane@example.com,555-0002,1985-03-20,F"
BOB = "003,Bob,Johnson,bob@example.com,555-0003,1990-07-10,M"


def test_a_valid_file(floor: Cast) -> None:
    operation = run_import(floor, JOHN, JANE, BOB)
    assert counts(operation) == ("completed", 3, 3, 0)
    assert (operation.success_rate(), operation.error_message) == (100.0, "")
    assert operation.duration() > 0
    jane = Patient.objects.get(number="002")
    assert (jane.first_name, jane.last_name, jane.email) == ("Jane", "Smith", "jane@example.com")
    assert (str(jane.date_of_birth), jane.gender, jane.phone) == ("1985-03-20", "F", "555-0002")


def test_each_gets_a_portal_user_who_cannot_sign_in_yet(floor: Cast) -> None:
    floor.hospital.language = Language.ARABIC
    floor.hospital.save()
    run_import(floor, "7,ليلى,حداد,layla@example.com,,,")
    patient = Patient.objects.select_related("user").get(number="7")
    user = patient.user
    assert user is not None
    assert (user.role, user.hospital, user.language) == (Role.PATIENT, floor.hospital, "ar")
    assert (user.first_name, user.email) == ("ليلى", "layla@example.com")
    assert not user.has_usable_password()
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert User.objects.get_by_natural_key(user.username) == user
    assert (patient.language, patient.gender, patient.tags) == ("ar", Patient.Gender.UNKNOWN, [])
    user.full_clean(exclude=["password"])
    patient.full_clean()


def test_missing_fields(floor: Cast) -> None:
    operation = run_import(floor, JOHN, "4,,Doe,a@example.com,,,", "5, , ,,,,", "6,A,B,,,,")
    assert counts(operation) == ("completed", 4, 1, 3)
    assert errors(operation) == [
        (3, "first_name is missing."),
        (4, "first_name is missing. last_name is missing. email is missing."),
        (5, "email is missing."),
    ]
    assert operation.success_rate() == 25.0


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("1,A,B,nobody,,,", NOBODY),
        ("1,A,B,a..b@example.com,,,", "“a..b@example.com” is not an e-mail address."),
        ("1,A,B,a@example.com,call me,,", "“call me” is not a phone number."),
        ("1,A,B,a@example.com,1234,,", "“1234” is not a phone number."),
        (
            "1,A,B,a@example.com,,1980-W20-1,",
            "“1980-W20-1” is not a date of birth as 1980-05-15 or 15/05/1980.",
        ),
        ("1,A,B,a@example.com,,1980-02-30,", "“1980-02-30” is a day that there never was."),
        ("1,A,B,a@example.com,,2999-01-01,", "“2999-01-01” is in the future."),
        ("1,#N/A,B,a@example.com,,,", "“#N/A” is an error of a spreadsheet, and no name."),
        ("1,NULL,B,a@example.com,,,", "first_name is missing."),
        (
            "1000026.0,A,B,a@example.com,,,",
            "“1000026.0” was a number in a spreadsheet: format the column as text.",
        ),
        ("1,A,B,a@example.com,,,X", "“X” is not a gender: M, F, O or U."),
        (f"1,{'A' * 121},B,a@example.com,,,", "first_name has more than 120 characters."),
        (f"{'1' * 81},A,B,a@example.com,,,", "The patient number has more than 80 characters."),
        ("1,A,B", "3 cells instead of 7."),
    ],
)
def test_bad_values(floor: Cast, row: str, error: str) -> None:
    operation = run_import(floor, row, JANE)
    assert counts(operation) == ("completed", 2, 1, 1)
    assert errors(operation) == [(2, error)]


@pytest.mark.parametrize(
    "phone", ["555-0001", "+966 55 123 4567", "(011) 555-0100", "٠٥٥١٢٣٤٥٦٧", "011.555.0100"]
)
def test_phones_as_people_write_them(floor: Cast, phone: str) -> None:
    assert counts(run_import(floor, f"1,A,B,a@example.com,{phone},,"))[2] == 1


def test_e_mail_addresses_that_somebody_has(floor: Cast) -> None:
    factories.create_patient(floor.hospital, email="John@Example.com")
    factories.create_user(floor.hospital, Role.NURSE, email="jane@example.com")
    operation = run_import(floor, JOHN, JANE, BOB)
    assert counts(operation) == ("completed", 3, 1, 2)
    assert errors(operation) == [
        (2, "john@example.com is the e-mail address of somebody else already."),
        (3, "jane@example.com is the e-mail address of somebody else already."),
    ]


def test_e_mail_addresses_that_come_twice(floor: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one chunk or far apart; the first one is taken."""
    for together in (5000, 1):
        monkeypatch.setattr(PatientImport, "together", together)
        mail = f"same{together}@example.com"
        operation = run_import(floor, f",A,B,{mail},,,", f",C,D,{mail.upper()},,,")
        assert counts(operation) == ("completed", 2, 1, 1)
        assert errors(operation) == [(3, "The same e-mail address is on line 2.")]
        assert Patient.objects.get(email=mail).first_name == "A"


def test_patient_numbers_that_exist_or_come_twice(floor: Cast) -> None:
    operation = run_import(
        floor, "MRN-1,A,B,a@example.com,,,", "9,C,D,c@example.com,,,", "9,E,F,e@example.com,,,"
    )
    assert errors(operation) == [
        (2, "There is a patient with the number MRN-1 already."),
        (4, "The same patient number is on line 3."),
    ]


def test_who_is_known_is_looked_up_by_value(floor: Cast) -> None:
    """Not by hospital, nor row by row: both look good to statistics from before its patients."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE wards_patient, wards_user")
        intake.prepare(cursor)
        row = PatientRow(2, "7", "Ann", "Lee", "ann@example.com", "", None, "F")
        assert intake.compare(cursor, floor.hospital, [row]) == {}
        cursor.execute(f"EXPLAIN {intake.FAULTS}", {"hospital": floor.hospital.pk, "first": 2})
        plan = " ".join(line for (line,) in cursor.fetchall())
    for index in ("patients_by_email", "users_by_email", "patient_number_once_a_hospital"):
        assert index in plan
    assert "(hospital_id + 0)" in plan
    assert "(hospital_id =" not in plan


def test_the_same_people_in_another_hospital_do_not_matter(floor: Cast) -> None:
    run_import(floor, JOHN)
    with scope(hospital=floor.other_hospital.pk):
        operation = actions.start_import(
            hospital=floor.other_hospital, by=floor.zed, file=table(PATIENTS, [JOHN])
        )
        assert counts(actions.run_now(operation)) == ("completed", 1, 1, 0)
    with scopes_disabled():
        assert set(Patient.objects.filter(number="001").values_list("hospital", flat=True)) == {
            floor.hospital.pk,
            floor.other_hospital.pk,
        }


def test_formulas_are_kept_as_text(floor: Cast) -> None:
    run_import(floor, '1,"=HYPERLINK(""x"")",@b,a@example.com,+966551234567,,')
    patient = Patient.objects.get(number="1")
    assert (patient.first_name, patient.last_name) == ('=HYPERLINK("x")', "@b")


def test_the_error_file_can_be_corrected_and_uploaded_again(floor: Cast) -> None:
    operation = run_import(floor, "1,A,B,nobody,+966551234567,,", JANE, "3,=C,D,,,1990-07-10,M")
    text = downloaded(operation, "errors")
    assert cells(text) == [
        ["line", "error", *PATIENTS.split(",")],
        ["2", NOBODY, "1", "A", "B", "nobody", "'+966551234567", "", ""],
        ["4", "email is missing.", "3", "'=C", "D", "", "", "1990-07-10", "M"],
    ]
    corrected = text.replace("nobody,", "a@example.com,").replace("D,,", "D,d@example.com,")
    again = actions.run_now(
        actions.start_import(hospital=floor.hospital, by=floor.mona, file=upload(corrected))
    )
    assert counts(again) == ("completed", 2, 2, 0)
    assert Patient.objects.get(number="1").phone == "+966551234567"
    assert Patient.objects.get(number="3").first_name == "=C"


def test_only_the_first_20_errors_are_shown_but_all_are_in_the_file(floor: Cast) -> None:
    operation = run_import(floor, *(f"{n},,B,{n}@example.com,,," for n in range(50)))
    assert len(operation.errors) == 20
    assert operation.error_message.splitlines()[0] == "Line 2: first_name is missing."
    assert len(cells(downloaded(operation, "errors"))) == 51


def test_errors_are_in_the_language_of_who_started_it(floor: Cast) -> None:
    floor.mona.language = "ar"
    floor.mona.save()
    operation = run_import(floor, JOHN, "1,A,B,,,,")
    assert operation.failed_records == 1


class TestADryRun:
    def test_it_says_what_would_happen_and_does_nothing(self, floor: Cast) -> None:
        people, users = Patient.objects.count(), User.objects.count()
        twice = JOHN.replace("001", "004")
        operation = run_import(floor, JOHN, JANE, twice, "5,,,,,,", dry_run=True)
        assert operation.dry_run
        assert counts(operation) == ("completed", 4, 2, 2)
        assert [line for line, _error in errors(operation)] == [4, 5]
        assert (Patient.objects.count(), User.objects.count()) == (people, users)

    def test_it_says_the_same_as_the_import(
        self, floor: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(PatientImport, "together", 2)
        rows = [JOHN, "MRN-1,A,B,a@example.com,,,", JANE, JOHN, "x,C,D,a@example.com,,,", BOB, "x,"]
        before = run_import(floor, *rows, dry_run=True)
        after = actions.run_now(actions.confirm(operation=before, by=floor.mona))
        assert not after.dry_run
        assert counts(after) == counts(before) == ("completed", 7, 3, 4)
        assert errors(after) == errors(before)

    def test_what_is_no_dry_run_is_not_confirmed(self, floor: Cast) -> None:
        with pytest.raises(Refused):
            actions.confirm(operation=run_import(floor, JOHN), by=floor.mona)


class TestFilesThatAreRefused:
    def test_nothing_is_kept_of_them(self, floor: Cast) -> None:
        people = Patient.objects.count()
        rows = [f"{n},A,B,{n}@example.com,,," for n in range(100)]
        for bad in (f'{PATIENTS}\n"x', "\n".join([PATIENTS, *rows, '1,"x']), "", JOHN):
            with pytest.raises(Refused):
                actions.start_import(hospital=floor.hospital, by=floor.mona, file=upload(bad))
        assert not BulkOperation.objects.exists()
        assert Patient.objects.count() == people

    def test_another_kind_of_file(self, floor: Cast) -> None:
        with pytest.raises(Refused, match="must be CSV or XLSX"):
            actions.start_import(
                hospital=floor.hospital, by=floor.mona, file=upload(PATIENTS, "patients.docx")
            )

    def test_one_that_is_too_large_is_not_read(self, floor: Cast, settings: Settings) -> None:
        """200 MB, by their size alone."""
        with TemporaryUploadedFile("big.csv", "text/csv", 200 * 1024**2, None) as file:
            file.close()  # reading would raise
            with pytest.raises(Refused, match="larger than 50 MB"):
                actions.start_import(hospital=floor.hospital, by=floor.mona, file=file)
