"""What every kind of bulk work has in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from wards.base.csv_rows import Failure
from wards.models import BulkOperation

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
