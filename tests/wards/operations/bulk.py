"""Words for tests of bulk operations: files to upload, what came of them, errors, downloads."""

import csv
import io
from collections.abc import Iterable

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Cast
from wards.models import BulkOperation
from wards.operations import actions, files

PATIENTS = "patient_id,first_name,last_name,email,phone,date_of_birth,gender"
ASSIGNMENTS = "patient_id,bed_id,reason,chief_complaint"


def upload(content: str | bytes, name: str = "patients.csv") -> SimpleUploadedFile:
    data = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile(name, data, "text/csv")


def table(header: str, rows: Iterable[str]) -> SimpleUploadedFile:
    return upload("\n".join([header, *rows, ""]))


def run_import(cast: Cast, *rows: str, dry_run: bool = False) -> BulkOperation:
    """Imports these rows, here and now; as it is afterwards."""
    file = table(PATIENTS, rows)
    operation = actions.start_import(
        hospital=cast.hospital, by=cast.mona, file=file, dry_run=dry_run
    )
    return actions.run_now(operation)


def run_assignment(cast: Cast, *rows: str, notify: bool = True) -> BulkOperation:
    file = table(ASSIGNMENTS, rows)
    operation = actions.start_assignment(
        hospital=cast.hospital, by=cast.mona, file=file, notify=notify
    )
    return actions.run_now(operation)


def run_discharge(cast: Cast, *admissions: int, notify: bool = True) -> BulkOperation:
    operation = actions.start_discharge(
        hospital=cast.hospital, by=cast.mona, admission_ids=admissions, notes="Well", notify=notify
    )
    return actions.run_now(operation)


def counts(operation: BulkOperation) -> tuple[str, int, int, int]:
    """Status, total, successful and failed records."""
    return (
        operation.status,
        operation.total_records,
        operation.successful_records,
        operation.failed_records,
    )


def errors(operation: BulkOperation) -> list[tuple[int, str]]:
    return [(each["line"], each["error"]) for each in operation.errors]


def downloaded(operation: BulkOperation, which: str = "output") -> str:
    found = files.stored(operation, which)
    assert found is not None, which
    with found[0] as file:
        return bytes(file.read()).decode("utf-8-sig")


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))
