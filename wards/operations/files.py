"""Where the files of an operation are, and how its error file grows."""

import csv
import io
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db.models.fields.files import FieldFile

from wards.base import bidi
from wards.base.csv_rows import OURS, Failure, guard
from wards.base.storage import private
from wards.base.tables.packages import is_one as is_workbook
from wards.base.tables.writing import BOM
from wards.models import BulkOperation

FILES = {"input": "input_file", "output": "output_file", "errors": "error_file"}


def place(operation: BulkOperation, which: str) -> Path:
    """The path of the operation's file, always the same: who does it again writes over it."""
    field: FieldFile = getattr(operation, FILES[which])
    if not field:
        field.name = f"bulk/{operation.hospital_id}/{operation.pk}/{which}.csv"
    path = Path(field.storage.path(field.name or ""))
    path.parent.mkdir(settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS, parents=True, exist_ok=True)
    return path


def keep_input(operation: BulkOperation, file: File[bytes]) -> None:
    """Keeps the uploaded file under a name of ours: what people call their files names patients."""
    kind = "xlsx" if is_workbook(cast(BinaryIO, file)) else "csv"
    file.seek(0)
    operation.input_file.save(f"{operation.hospital_id}/{operation.pk}/input.{kind}", file)


def append_errors(
    operation: BulkOperation, failures: Iterable[Failure], columns: tuple[str, ...]
) -> None:
    """Adds rows to the error file, and their length to `error_bytes`.

    What lies beyond that length was written by a worker that died before it could commit.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not operation.error_bytes:
        text.write(BOM)
        writer.writerow([*OURS, *columns])
    for failure in failures:
        writer.writerow(
            [failure.line, guard(bidi.plain(failure.reason)), *map(guard, failure.cells)]
        )
    path = place(operation, "errors")
    try:
        with open(path, "r+b" if path.exists() else "w+b", opener=private) as file:
            file.truncate(operation.error_bytes)
            file.seek(operation.error_bytes)
            file.write(text.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
            operation.error_bytes = file.tell()
    except OSError:
        os.truncate(path, operation.error_bytes)  # no half row is downloaded
        raise


def stored(operation: BulkOperation, which: str) -> tuple[File[bytes], str] | None:
    """The operation's `input`, `output` or `errors`, and what it is called without its ending.

    None where there is no such file. Who may have it is for the view to check.
    """
    field: FieldFile | None = getattr(operation, FILES.get(which, ""), None)
    if not field or not field.storage.exists(field.name or ""):
        return None
    day: date = operation.created_at.date()
    name = f"{operation.operation_type}-{day:%Y-%m-%d}-{operation.pk}"
    return field.open("rb"), name if which == "output" else f"{name}-{which}"


def delete(operation: BulkOperation) -> None:
    """Removes the operation's files and their directory."""
    for which, name in FILES.items():
        if getattr(operation, name):
            place(operation, which).unlink(missing_ok=True)
    folder = place(operation, "input").parent
    if not any(folder.iterdir()):
        folder.rmdir()
