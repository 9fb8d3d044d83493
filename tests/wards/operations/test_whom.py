"""Safety S3: whom the rows of a file mean. Never somebody else, and never by a row's id."""

from datetime import date

import pytest
from django.test import Client

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import counts, errors, run_assignment, run_import, upload
from wards.models import Admission, BulkOperation, Patient
from wards.operations import actions, rehearsals, whom
from wards.operations.whom import Known

pytestmark = pytest.mark.usefixtures("media")
BULK = "/hospital/bulk"


def run(cast: Cast, file: str, *, dry_run: bool = False) -> BulkOperation:
    operation = actions.start_assignment(
        hospital=cast.hospital, by=cast.mona, file=upload(file), dry_run=dry_run
    )
    return actions.run_now(operation)


def test_s03_a_number_that_lost_its_zeros_admits_nobody(floor: Cast) -> None:
    """01-assign-leading-zero-lost: 25 was taken for the stranger whose row is the 25th."""
    meant = factories.create_patient(floor.hospital, number="0025")
    stranger = factories.create_patient(floor.hospital, pk=25, number="MRN-77")
    operation = run(
        floor,
        "patient_id,bed_id,reason,chief_complaint\n25,CARD/C-01,Emergency,HIV test positive\n",
    )
    assert errors(operation) == [(2, "There is no patient 25; did you mean 0025?")]
    assert not Admission.objects.filter(patient__in=[meant, stranger]).exists()


def test_s03_zeros_are_asked_about_only_where_one_patient_is_meant(floor: Cast) -> None:
    for number in ("0025", "025", "00077", "MRN-8"):
        factories.create_patient(floor.hospital, number=number)
    factories.create_patient(floor.other_hospital, number="0099")
    operation = run_assignment(floor, *(f"{n},C-01,," for n in ("25", "077", "99", "8", "000")))
    assert [error for _line, error in errors(operation)] == [
        "There is no patient 25.",
        "There is no patient 077; did you mean 00077?",
        "There is no patient 99.",
        "There is no patient 8.",
        "There is no patient 000.",
    ]


def test_s03_the_zeros_of_thousands_of_rows_take_one_question(
    floor: Cast, django_assert_num_queries: object
) -> None:
    factories.create_patient(floor.hospital, number="00500")
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = whom.zeros_apart({str(n) for n in range(1, 1000)}, floor.hospital)
    assert {number: each.number for number, each in found.items()} == {"500": "00500"}


def test_s03_a_bed_is_no_row_of_the_database(floor: Cast) -> None:
    """02-assign-bed-number-is-taken-for-an-id."""
    patient = factories.create_patient(floor.hospital, number="1000026")
    factories.create_bed(floor.renal, pk=8_000_008, number="R-08")
    operation = run(
        floor,
        "patient_id,bed_id,reason,chief_complaint\n"
        f"1000026,8000008,Routine,Broken left arm\n{patient.pk},C-01,,\n",
    )
    assert errors(operation) == [
        (2, "There is no bed 8000008."),
        (3, f"There is no patient {patient.pk}."),
    ]
    assert not Admission.objects.exists()


def test_s03_nobody_is_imported_twice_for_want_of_zeros(floor: Cast) -> None:
    factories.create_patient(
        floor.hospital,
        number="0025",
        first_name="Layla",
        last_name="Haddad",
        date_of_birth=date(1980, 5, 15),
    )
    operation = run_import(
        floor,
        "25,Layla,Haddad,a@example.org,,1980-05-15,F",
        "00025,Layla,Haddad,b@example.org,,,F",
        "025,Omar,Farouk,c@example.org,,,M",  # somebody else
        "26,Layla,Haddad,d@example.org,,,F",
    )
    assert counts(operation)[2:] == (2, 2)
    assert errors(operation) == [
        (line, f"Not a new patient? Layla Haddad (0025) has the number {n} but for its zeros.")
        for line, n in ((2, "25"), (3, "00025"))
    ]
    assert set(Patient.objects.values_list("number", flat=True)) >= {"0025", "025", "26"}


@pytest.mark.parametrize(
    ("name", "born", "admitted"),
    [
        ("Pat Patel", "", True),
        ("PATEL Pat", "1980-05-15", True),
        ("", "1980-05-15", True),
        ("", "", True),
        ("بات باتيل", "", True),  # another script says nothing
        ("Lena Okafor", "", False),
        ("Priya Patel", "", False),  # the sister
        ("Pat Patel", "1955-01-31", False),  # the father
        ("", "1955-01-31", False),
    ],
)
def test_s03_number_and_name_that_contradict_each_other(
    floor: Cast, name: str, born: str, admitted: bool
) -> None:
    Patient.objects.filter(pk=floor.patient.pk).update(date_of_birth=date(1980, 5, 15))
    operation = run(floor, f"patient_id,bed_id,name,date_of_birth\nMRN-1,C-01,{name},{born}\n")
    assert counts(operation)[2:] == ((1, 0) if admitted else (0, 1))
    assert Admission.objects.exists() is admitted
    if not admitted:
        (said,) = (error for _line, error in errors(operation))
        assert "contradict" in said
        assert "Pat Patel (MRN-1)" in said, "who it would have been"


def test_s03_the_number_of_a_merged_record_is_the_persons(floor: Cast) -> None:
    factories.create_patient(floor.hospital, number="OLD-1", merged_into=floor.patient)
    run_assignment(floor, "OLD-1,C-01,,")
    assert Admission.objects.get().patient == floor.patient


ALI = Known(1, "1001", "Ali", "Dosari", date(1950, 1, 2))
SARA = Known(2, "1002", "Sara", "Dosari", date(2001, 3, 4))
SARA_IN_ARABIC = Known(3, "1003", "سارة", "الدوسري", None)


@pytest.mark.parametrize(
    ("name", "born", "pool", "one"),
    [
        ("Sara Dosari", None, [ALI, SARA], SARA),
        ("Dosari, Sara", None, [ALI, SARA], SARA),
        ("Sara", None, [ALI, SARA], SARA),
        ("Dosari", None, [ALI, SARA], None),
        ("", None, [ALI, SARA], None),
        ("", date(2001, 3, 4), [ALI, SARA], SARA),
        ("", None, [ALI], ALI),
        ("Omar Farouk", None, [ALI, SARA], None),
        ("Omar Farouk", None, [ALI], None),
        ("Sara Dosari", None, [ALI, SARA, SARA_IN_ARABIC], SARA),
        ("علي الدوسري", None, [ALI, SARA], None),
        ("علي الدوسري", None, [ALI], ALI),
        ("Sara Dosari", date(1950, 1, 2), [ALI, SARA], None),
    ],
)
def test_s03_whom_of_a_family_a_row_means(
    name: str, born: date | None, pool: list[Known], one: Known | None
) -> None:
    assert whom.decide(name, born, pool).one == one


class TestRehearsal:
    FILE = "patient_id,bed_id\nMRN-1,CARD/C-01\n0007,RENAL/R-01\nMRN-404,C-02\n"

    def rehearsed(self, floor: Cast) -> BulkOperation:
        factories.create_patient(
            floor.hospital,
            number="0007",
            first_name="=Layla",
            last_name="Haddad",
            date_of_birth=date(1980, 5, 15),
        )
        return run(floor, self.FILE, dry_run=True)

    def test_s03_who_would_go_where(self, floor: Cast, client: Client) -> None:
        operation = self.rehearsed(floor)
        assert not Admission.objects.exists()
        assert rehearsals.find(operation, "") == [
            ["2", "MRN-1", "Pat Patel", "", "CARD/C-01", str(floor.cardiology)],
            ["3", "0007", "=Layla Haddad", "1980-05-15", "RENAL/R-01", str(floor.renal)],
        ]
        page = factories.sign_in(client, floor.mona).get(f"{BULK}/operations/{operation.pk}/")
        assert "Pat Patel" in page.content.decode()
        assert "RENAL/R-01" in page.content.decode()

    def test_s03_and_a_search_in_them(self, floor: Cast, client: Client) -> None:
        operation = self.rehearsed(floor)
        for search, lines in (
            ("layla 0007", ["3"]), ("r-01", ["3"]), ("C-01 pat", ["2"]), ("2", []), ("x", []),
        ):  # fmt: skip
            assert [row[0] for row in rehearsals.find(operation, search)] == lines, search
        mona = factories.sign_in(client, floor.mona)
        page = mona.get(f"{BULK}/operations/{operation.pk}/", {"q": "layla"}).content.decode()
        assert "Layla" in page
        assert "Pat Patel" not in page

    def test_not_what_a_worker_wrote_that_died(self, floor: Cast) -> None:
        operation = self.rehearsed(floor)
        length = operation.parameters[rehearsals.LENGTH]
        rehearsals.note(operation, [["4", "", "Lost", "", "", ""]])
        operation.parameters[rehearsals.LENGTH] = length
        rehearsals.note(operation, [["4", "", "Kept", "", "", ""]])
        assert [row[2] for row in rehearsals.find(operation, "")][2:] == ["Kept"]

    def test_the_real_thing_keeps_no_list(self, floor: Cast) -> None:
        operation = run(floor, self.FILE)
        assert counts(operation)[2:] == (1, 2)
        assert not operation.output_file
