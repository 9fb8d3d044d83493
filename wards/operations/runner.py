"""Runs operations: chunk by chunk, as `wards.base.jobs` does all long jobs."""

from typing import Any

from django.db.models import Q

from wards import events
from wards.base import clock, jobs
from wards.kinds import Kind
from wards.models import BulkOperation, Event
from wards.operations.assignments import BulkAssignment
from wards.operations.discharges import BulkDischarge
from wards.operations.exports import Export
from wards.operations.imports import PatientImport
from wards.operations.jobs import Job, touch

Status = BulkOperation.Status
JOBS: dict[str, type[Job[Any]]] = {
    BulkOperation.Type.IMPORT_PATIENTS: PatientImport,
    BulkOperation.Type.BULK_ASSIGNMENT: BulkAssignment,
    BulkOperation.Type.BULK_DISCHARGE: BulkDischarge,
    BulkOperation.Type.EXPORT_PATIENTS: Export,
    BulkOperation.Type.EXPORT_OCCUPANCY: Export,
    BulkOperation.Type.EXPORT_REPORT: Export,
}


class Operations(jobs.Kind[BulkOperation]):
    """Operations wait, are done, and end; each end is told."""

    name = "operation"
    model = BulkOperation
    touch = staticmethod(touch)
    owner = "initiated_by"
    related = ("hospital",)
    noted = (
        "total_records", "successful_records", "failed_records", "errors", "error_file",
        "output_file", "error_bytes", "cursor", "parameters",
    )  # fmt: skip

    def waiting(self) -> Q:
        return Q(status__in=BulkOperation.OPEN)

    def begin(self, operation: BulkOperation) -> None:
        operation.status = Status.PROCESSING
        operation.started_at = operation.started_at or clock.now()

    def steps(self, operation: BulkOperation) -> jobs.Steps:
        return JOBS[operation.operation_type](operation).steps()

    def end(self, operation: BulkOperation) -> None:
        _end(operation, Status.COMPLETED, Kind.BULK_OPERATION_COMPLETED)

    def fail(self, operation: BulkOperation) -> None:
        _end(operation, Status.FAILED, Kind.BULK_OPERATION_FAILED)


def run(operation_id: int) -> bool:
    """As `jobs.run`."""
    return jobs.run(Operations(), operation_id)


def due() -> list[int]:
    """As `jobs.due`."""
    return jobs.due(Operations())


def _end(operation: BulkOperation, status: BulkOperation.Status, kind: Kind) -> None:
    operation.status, operation.completed_at = status, clock.now()
    events.record(
        kind,
        hospital=operation.hospital,
        source=Event.Source.SYSTEM,
        actor=operation.initiated_by,
        data={
            "operation": operation.pk,
            "operation_type": operation.operation_type,
            "dry_run": operation.dry_run,
            "total": operation.total_records,
            "successful": operation.successful_records,
            "failed": operation.failed_records,
            "reason": operation.failure,
        },
    )
