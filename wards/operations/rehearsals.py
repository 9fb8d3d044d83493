"""Rehearsals: who would go where, row by row, so that somebody can look before it is done."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from wards.base.csv_rows import guard, unguard
from wards.base.storage import private
from wards.models import BulkOperation
from wards.operations import files

COLUMNS = ("line", "patient_id", "patient", "date_of_birth", "bed", "ward")
LENGTH = "rehearsed_bytes"


def note(operation: BulkOperation, rows: Iterable[Sequence[str]]) -> None:
    """Adds rows to the operation's output, each cell by the columns above.

    What lies beyond the length that is kept was written by a worker that died before its commit.
    """
    done: int = operation.parameters.get(LENGTH, 0)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not done:
        writer.writerow(COLUMNS)
    writer.writerows([guard(cell) for cell in row] for row in rows)
    path = files.place(operation, "output")
    with open(path, "r+b" if path.exists() else "w+b", opener=private) as file:
        file.truncate(done)
        file.seek(done)
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
        operation.parameters[LENGTH] = file.tell()


def find(operation: BulkOperation, search: str) -> list[list[str]]:
    """The rows that have every word of the search in them; all of them for none."""
    words = search.casefold().split()
    return [row for row in _rows(operation) if _has(row, words)]


def _has(row: Sequence[str], words: Sequence[str]) -> bool:
    text = " ".join(row[1:]).casefold()
    return all(word in text for word in words)


def _rows(operation: BulkOperation) -> Iterator[list[str]]:
    """None where the file is gone."""
    if not operation.output_file:
        return
    with suppress(OSError), files.place(operation, "output").open(newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        for row in rows:
            yield [unguard(cell) for cell in row]
