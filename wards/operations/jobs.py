"""What every kind of bulk work has in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import ClassVar, Generic, TypeVar

from wards import events
from wards.base.csv_rows import Failure
from wards.base.jobs import Steps
from wards.models import BulkOperation
from wards.operations import files

T = TypeVar("T")


@dataclass
class Outcome:
    """What came of a chunk."""

    successful: int = 0
    failures: list[Failure] = field(default_factory=list)


class Job(Generic[T]):
    """Work of one kind. `rows` are always the same ones in the same order: they are counted.

    `apply` does a chunk of them within the transaction that also notes it as done. It never lets a
    row's fault out: that is a Failure. It may set fields of the operation; they are saved.
    """

    together: int  # rows in a transaction
    columns: ClassVar[tuple[str, ...]] = ()  # of the error file, after line and error

    def __init__(self, operation: BulkOperation) -> None:
        self.operation = operation

    def rows(self) -> Iterator[T]:
        """All rows, also those done already."""
        raise NotImplementedError

    def apply(self, rows: Sequence[T]) -> Outcome:
        """Does these rows."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives back what the job holds."""

    def steps(self) -> Steps:
        """The rows that are not done yet, chunk by chunk."""
        try:
            left = islice(self.rows(), self.operation.cursor, None)
            while chunk := list(islice(left, self.together)):
                yield partial(self._do, chunk)
        finally:
            self.close()

    def _do(self, rows: Sequence[T]) -> bool:
        """Does a chunk and counts it."""
        outcome, operation = self.apply(rows), self.operation
        operation.cursor += len(rows)
        operation.successful_records += outcome.successful
        operation.failed_records += len(outcome.failures)
        if outcome.failures:
            room = BulkOperation.ERRORS_SHOWN - len(operation.errors)
            shown = [{"line": f.line, "error": f.reason} for f in outcome.failures[:room]]
            operation.errors = [*operation.errors, *shown]
            files.append_errors(operation, outcome.failures, self.columns)
        return True


def touch(operation: BulkOperation) -> None:
    """Wakes the pages that show it, and those that show all, after the commit."""
    events.touch(operation.hospital, f"operation.{operation.pk}", "operations")
