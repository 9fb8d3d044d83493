"""Exports and reports: PostgreSQL writes the CSV, we pass it on; memory stays flat."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.db import connection

from wards.base.storage import private, whole
from wards.base.tables.writing import BOM
from wards.models import BulkOperation, Hospital
from wards.operations import files, reports
from wards.operations.jobs import Job, Outcome


def write(file: BinaryIO, query: str, values: dict[str, object] | Sequence[object]) -> int:
    """Writes the result of a query, as those of `reports`, as CSV; how many rows it had.

    With a byte order mark: without, a spreadsheet takes Arabic for something else.
    """
    with connection.cursor() as cursor:
        # The values are put in by psycopg, quoted: COPY takes no parameters.
        file.write(BOM.encode())
        with cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", values) as copy:
            for block in copy:
                file.write(block)
        return int(cursor.rowcount)


def filters(
    hospital: Hospital, start: str | None = None, end: str | None = None, ward: int | None = None
) -> dict[str, object]:
    """The values of the queries' filters; days (ISO 8601, both included) in the hospital's zone."""
    zone = ZoneInfo(hospital.timezone)

    def midnight(day: str | None, plus: int = 0) -> datetime | None:
        if not day:
            return None
        return datetime.combine(date.fromisoformat(day) + timedelta(plus), time.min, zone)

    return {
        "hospital": hospital.pk,
        "zone": hospital.timezone,
        "from": midnight(start),
        "until": midnight(end, plus=1),
        "ward": ward,
    }


class Export(Job[str]):
    """One query into one file. Parameters of a report: `report`, `start`, `end`, `ward`."""

    together = 1

    def rows(self) -> Iterator[str]:
        operation = self.operation
        if operation.operation_type == BulkOperation.Type.EXPORT_PATIENTS:
            yield reports.PATIENTS
        elif operation.operation_type == BulkOperation.Type.EXPORT_OCCUPANCY:
            yield reports.OCCUPANCY
        else:
            yield reports.QUERIES[reports.Report(operation.parameters["report"])]

    def apply(self, rows: Sequence[str]) -> Outcome:
        given = self.operation.parameters
        values = filters(
            self.operation.hospital, given.get("start"), given.get("end"), given.get("ward")
        )
        path = files.place(self.operation, "output")
        with whole(path), open(path, "wb", opener=private) as file:
            count = write(file, rows[0], values)
        self.operation.total_records = count
        return Outcome(count)
