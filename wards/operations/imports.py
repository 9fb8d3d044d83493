"""Patients from a file: each becomes a Patient with a portal user who has no password yet.

Rows are parsed here; `intake` compares them with the hospital and inserts those without fault.
100,000 patients take seconds; `save()` would take minutes (docs/benchmarks.md).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from wards.base import clock
from wards.base.csv_rows import Failure, Layout, Row, read
from wards.base.values import NotUnderstood, contacts, dates, is_blank, people
from wards.models import BulkOperation, Hospital, Patient
from wards.operations import files, intake, whom
from wards.operations.intake import PatientRow
from wards.operations.jobs import Job, Outcome
from wards.operations.whom import Known

LAYOUT = Layout(
    columns=(
        "patient_id", "first_name", "last_name", "email", "phone", "date_of_birth", "gender",
    ),
    required=("first_name", "last_name", "email"),
    example=(
        "001,John,Doe,john@example.com,555-0001,1980-05-15,M",
        "002,Jane,Smith,jane@example.com,555-0002,1985-03-20,F",
        "003,ليلى,حداد,layla@example.com,+966 55 123 4567,1990-07-10,F",
    ),
)  # fmt: skip

V = TypeVar("V")


def parse(row: Row, today: date) -> PatientRow | Failure:
    """The row as a patient, or everything that is wrong with it."""
    if row.wrong:
        return Failure(row.line, row.wrong, row.cells)
    number, first, last, email, phone, born, gender = [
        "" if is_blank(cell) else cell for cell in row.cells
    ]
    wrong: list[str] = []
    first = _name("first_name", first, wrong)
    last = _name("last_name", last, wrong)
    number = _read(people.identifier, number, wrong) or ""
    if len(number) > 80:
        wrong.append(_("The patient number has more than 80 characters."))
    if not email:
        wrong.append(_("%s is missing.") % "email")
    email = _read(contacts.email, email, wrong) or ""
    phone = _read(contacts.phone, phone, wrong) or ""
    birthday = _read(lambda text: dates.birthday(text, today), born, wrong)
    sex = _read(people.gender, gender, wrong)
    if wrong or sex is None:
        return Failure(row.line, " ".join(wrong), row.cells)
    return PatientRow(row.line, number, first, last, email, phone, birthday, sex)


def _name(column: str, text: str, wrong: list[str]) -> str:
    if not text:
        wrong.append(_("%s is missing.") % column)
    elif len(text) > 120:
        wrong.append(_("%s has more than 120 characters.") % column)
    return _read(people.name, text, wrong) or ""


def _read(how: Callable[[str], V], text: str, wrong: list[str]) -> V | None:
    """The value, or None and what is wrong with it."""
    try:
        return how(text)
    except NotUnderstood as fault:
        wrong.append(str(fault))
    return None


class PatientImport(Job[PatientRow | Failure]):
    """A dry run stages and compares, and inserts nothing."""

    together = 2500
    columns = LAYOUT.columns

    def __init__(self, operation: BulkOperation) -> None:
        super().__init__(operation)
        with connection.cursor() as cursor:
            intake.prepare(cursor)

    def close(self) -> None:
        # Connections go back to a pool, and this table would go with them. Where the database is
        # gone, so is the table.
        with suppress(DatabaseError), connection.cursor() as cursor:
            intake.clear(cursor)

    def rows(self) -> Iterator[PatientRow | Failure]:
        today = clock.today()
        with files.place(self.operation, "input").open("rb") as file:
            for row in read(file, LAYOUT, self.operation.columns):
                yield parse(row, today)

    def apply(self, rows: Sequence[PatientRow | Failure]) -> Outcome:
        failures = [row for row in rows if isinstance(row, Failure)]
        patients = [row for row in rows if isinstance(row, PatientRow)]
        if not patients:
            return Outcome(0, failures)
        hospital = self.operation.hospital
        # Two imports of one hospital take turns, and with who registers a patient by hand: neither
        # sees what the other is about to add.
        Hospital.objects.select_for_update(no_key=True).values_list("pk").get(pk=hospital.pk)
        with connection.cursor() as cursor:
            found = intake.compare(cursor, hospital, patients)
            duplicates = [
                _duplicate(row, *found[row.line]) for row in patients if row.line in found
            ]
            noted = self.operation.parameters
            noted["duplicates"] = noted.get("duplicates", 0) + len(duplicates)
            new = [row for row in patients if row.line not in found]
            lost = _without_zeros(hospital, new)
            new = [row for row in new if row.line not in lost]
            if not self.operation.dry_run:
                intake.insert(cursor, hospital, new)
        return Outcome(len(new), sorted([*failures, *duplicates, *lost.values()]))


def _without_zeros(hospital: Hospital, rows: Sequence[PatientRow]) -> dict[int, Failure]:
    """By line, those who are in the books under the same number with other leading zeros.

    Unless the name or the date of birth says that it is somebody else.
    """
    with_zeros = Patient.objects.filter(hospital=hospital, number__gte="0", number__lt="1")
    may_be = with_zeros.exists() or any(row.number.startswith("0") for row in rows)
    nearly = whom.zeros_apart({row.number for row in rows}, hospital) if may_be else {}
    return {
        row.line: _failed(row, _nearly(row.number, other))
        for row in rows
        if (other := nearly.get(row.number))
        and not whom.contradicts(f"{row.first_name} {row.last_name}", row.date_of_birth, other)
    }


def _nearly(number: str, other: Known) -> str:
    words = {"number": number, "patient": str(other)}
    return _("Not a new patient? %(patient)s has the number %(number)s but for its zeros.") % words


def _duplicate(
    row: PatientRow, email_line: int | None, number_line: int | None, email: Any, number: Any
) -> Failure:
    """Says which of a row's values somebody has already."""
    wrong = []
    if email_line:
        wrong.append(_("The same e-mail address is on line %s.") % email_line)
    elif email:
        wrong.append(_("%s is the e-mail address of somebody else already.") % row.email)
    if number_line:
        wrong.append(_("The same patient number is on line %s.") % number_line)
    elif number:
        wrong.append(_("There is a patient with the number %s already.") % row.number)
    return _failed(row, " ".join(wrong))


def _failed(row: PatientRow, reason: str) -> Failure:
    born = row.date_of_birth.isoformat() if row.date_of_birth else ""
    cells = [
        row.number, row.first_name, row.last_name, row.email, row.phone, born, row.gender,
    ]  # fmt: skip
    return Failure(row.line, reason, cells)
