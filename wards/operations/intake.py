"""The SQL of a patient import: who is known already, and thousands of new rows at a time.

Everything goes in by COPY. csv.writer formats the rows: it is written in C and takes a third of
the time of psycopg's `write_row`.
"""

import csv
import io
import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from wards.base import clock, sql
from wards.models import Hospital, Role, User


class PatientRow(NamedTuple):
    """A row without fault as far as the row itself can tell."""

    line: int
    number: str
    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: date | None
    gender: str


# What of a row somebody has already: the line above with the same e-mail address, the line above
# with the same number, and whether the hospital has that address and that number.
Found = tuple[int | None, int | None, bool, bool]


def prepare(cursor: CursorWrapper) -> None:
    """Makes the temporary table of what was read so far. It lasts from one chunk to the next."""
    clear(cursor)
    cursor.execute("CREATE TEMPORARY TABLE incoming (line int, email text, number text)")
    cursor.execute("CREATE INDEX ON incoming (line)")
    cursor.execute("CREATE INDEX ON incoming (email, line)")
    cursor.execute("CREATE INDEX ON incoming (number, line) WHERE number <> ''")


def clear(cursor: CursorWrapper) -> None:
    """Takes it away again."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")


def compare(
    cursor: CursorWrapper, hospital: Hospital, patients: Sequence[PatientRow]
) -> dict[int, Found]:
    """By line, those whom somebody in the hospital or a line above is already."""
    _copy(cursor, STAGE, ((row.line, row.email.lower(), row.number) for row in patients))
    # Where nearly all addresses are empty, the planner expects a match in the first row it reads.
    cursor.execute("SET LOCAL enable_seqscan = off")
    cursor.execute(FAULTS, {"hospital": hospital.pk, "first": patients[0].line})
    return {line: tuple(found) for line, *found in cursor.fetchall()}


def insert(cursor: CursorWrapper, hospital: Hospital, patients: Sequence[PatientRow]) -> None:
    """Each as a Patient with a portal user, whose name is made of an id nobody else can have."""
    cursor.execute(IDS, [len(patients)])
    ids = cursor.fetchall()
    now = clock.now().isoformat()
    # A password that begins with "!" is none (django.contrib.auth.hashers); what follows keeps the
    # tokens made of it from being guessed.
    secret = secrets.token_hex(16)
    language, theme = hospital.language, User.Theme.AUTO.value
    people = zip(ids, patients, strict=True)
    _copy(
        cursor,
        USERS,
        (
            (user, hospital.pk, f"patient-{patient}", row.first_name, row.last_name, row.email,
             language, f"!{secret}{user}", Role.PATIENT.value, "", theme, "f", "f", "t", now)
            for (user, patient), row in people
        ),
    )  # fmt: skip
    people = zip(ids, patients, strict=True)
    _copy(
        cursor,
        PATIENTS,
        (
            (patient, hospital.pk, *row[1:], language, "{}", "f", user)
            for (user, patient), row in people
        ),
    )


def _copy(cursor: CursorWrapper, statement: str, rows: Iterable[Iterable[Any]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    with cursor.copy(statement) as copy:
        copy.write(text.getvalue())


IDS = """
SELECT nextval('wards_user_id_seq'), nextval('wards_patient_id_seq') FROM generate_series(1, %s)
"""
# In CSV, an empty cell is NULL unless the column is said to have none.
STAGE = "COPY incoming (line, email, number) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (number))"
USERS = """
COPY wards_user (id, hospital_id, username, first_name, last_name, email, language, password, role,
    code, theme, is_superuser, is_staff, is_active, date_joined)
FROM STDIN (FORMAT csv, FORCE_NOT_NULL (code))
"""
PATIENTS = """
COPY wards_patient (id, hospital_id, number, first_name, last_name, email, phone, date_of_birth,
    gender, language, tags, deceased, user_id)
FROM STDIN (FORMAT csv, FORCE_NOT_NULL (number, phone))
"""
FAULTS = sql.load("wards/operations/sql/known_already.sql")
