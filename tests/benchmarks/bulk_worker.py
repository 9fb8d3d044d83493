"""What workers do for bulk operations, in a process of its own (worker.py)."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from time import perf_counter

from django.core.files import File
from django.db import connection, transaction

from tests.benchmarks.worker import Verb, serve


def import_(hospital: int, path: str) -> float:
    """As the worker does it, with the check of the whole file that precedes it."""
    from wards.models import Hospital, User
    from wards.operations import actions

    owner, by = Hospital.objects.get(pk=hospital), User.objects.filter(hospital=hospital)[0]
    start = perf_counter()
    with Path(path).open("rb") as file:
        operation = actions.start_import(hospital=owner, by=by, file=File(file, "patients.csv"))
    actions.run_now(operation)
    assert operation.successful_records == operation.total_records, operation.error_message
    return perf_counter() - start


def copy(hospital: int, path: str) -> float:
    """The floor: the rows parsed beforehand, bare COPY into the two tables."""
    from wards.base import csv_rows
    from wards.operations import imports

    read = csv_rows.read(BytesIO(Path(path).read_bytes()), imports.LAYOUT)
    results = [imports.parse(row, date.today()) for row in read]
    parsed = [row for row in results if not isinstance(row, csv_rows.Failure)]
    start = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nextval('wards_user_id_seq'), nextval('wards_patient_id_seq')")
        user, patient = (int(value) for value in cursor.fetchone())
        with cursor.copy(USERS) as lines:
            for number, row in enumerate(parsed, user):
                who = (row.first_name, row.last_name, row.email)
                lines.write_row([number, hospital, f"bare-{number}", *who, "!", "patient", "",
                                 "en", "auto", False, False, True, "2026-01-01"])  # fmt: skip
        with cursor.copy(PATIENTS) as lines:
            for index, row in enumerate(parsed):
                lines.write_row(
                    [patient + index, hospital, *row[1:], "en", "{}", False, user + index]
                )
        for table, last in (("user", user), ("patient", patient)):
            cursor.execute(f"SELECT setval('wards_{table}_id_seq', %s)", [last + len(parsed)])
    return perf_counter() - start


USERS = """COPY wards_user (id, hospital_id, username, first_name, last_name, email, password, role,
code, language, theme, is_superuser, is_staff, is_active, date_joined) FROM STDIN"""
PATIENTS = """COPY wards_patient (id, hospital_id, number, first_name, last_name, email, phone,
date_of_birth, gender, language, tags, deceased, user_id) FROM STDIN"""


def export(hospital: int, path: str) -> float:
    """The history of admissions and discharges."""
    from wards.operations import exports, reports

    return _write(hospital, path, reports.ADMISSION_DISCHARGE, exports.write)


def copy_to(hospital: int, path: str) -> float:
    """The floor: the same query without the guard against formulas."""
    from wards.operations import exports, reports

    bare = reports.ADMISSION_DISCHARGE.replace("wards_cell(", "(")
    return _write(hospital, path, bare, exports.write)


def _write(hospital: int, path: str, query: str, write: Callable[..., int]) -> float:
    from wards.models import Hospital
    from wards.operations.exports import filters

    values = filters(Hospital.objects.get(pk=hospital))
    start = perf_counter()
    with Path(path).open("wb") as file:
        write(file, query, values)
    return perf_counter() - start


VERBS: dict[str, Verb] = {"import": import_, "copy": copy, "export": export, "copy_to": copy_to}


if __name__ == "__main__":
    serve(VERBS)
