"""Jobs for tests of the engine: they do what they are given, and can be asked how they are."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db.models import Q

from wards.base import clock, jobs
from wards.models import BulkOperation, User

Chore = Callable[[BulkOperation], object]


class Chores(jobs.Kind[BulkOperation]):
    """Does what it is given, in order; `cursor` says how far it is."""

    name = "chores"
    model = BulkOperation
    owner = "initiated_by"
    noted = ("cursor",)

    def __init__(self, *chores: Chore) -> None:
        self.chores, self.touched, self.closed = chores, 0, 0

    def waiting(self) -> Q:
        return Q(status__in=BulkOperation.OPEN)

    def begin(self, row: BulkOperation) -> None:
        row.status = BulkOperation.Status.PROCESSING

    def steps(self, row: BulkOperation) -> jobs.Steps:
        try:
            for chore in self.chores[row.cursor :]:
                yield partial(self._do, chore, row)
        finally:
            self.closed += 1

    def _do(self, chore: Chore, row: BulkOperation) -> object:
        row.cursor += 1
        return chore(row)

    def end(self, row: BulkOperation) -> None:
        row.status, row.completed_at = BulkOperation.Status.COMPLETED, clock.now()

    def fail(self, row: BulkOperation) -> None:
        row.status, row.completed_at = BulkOperation.Status.FAILED, clock.now()

    def touch(self, row: BulkOperation) -> None:
        self.touched += 1


class Log(list[str]):
    """What was done, in order: `log.chore("a")` does a."""

    def chore(self, name: str, *, progress: bool = True) -> Chore:
        def do(row: BulkOperation) -> bool:
            self.append(name)
            return progress

        return do


def broken(fault: Exception) -> Chore:
    def do(row: BulkOperation) -> object:
        raise fault

    return do


def create_job(by: User) -> BulkOperation:
    assert by.hospital is not None
    return BulkOperation.objects.create(
        hospital=by.hospital, initiated_by=by, operation_type="import_patients"
    )


def how(job: BulkOperation) -> tuple[str, int, int]:
    """Its status, the steps that are done, the attempts."""
    job.refresh_from_db()
    return job.status, job.cursor, job.attempts


def let_lease_run_out(job: BulkOperation) -> None:
    late = clock.now() - timedelta(seconds=1)
    BulkOperation.objects.filter(pk=job.pk).update(lease_until=late)
