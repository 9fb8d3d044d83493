"""Runs operations: chunk by chunk, from where the last worker stopped, one worker at a time."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from wards import events
from wards.base import clock, faults, stopping
from wards.base.csv_rows import FileRefused
from wards.base.storage import is_full
from wards.kinds import Kind
from wards.models import BulkOperation, Event
from wards.operations import files
from wards.operations.assignments import BulkAssignment
from wards.operations.discharges import BulkDischarge
from wards.operations.exports import Export
from wards.operations.imports import PatientImport
from wards.operations.jobs import Job, Outcome

log = structlog.get_logger(__name__)
T = TypeVar("T")

JOBS: dict[str, type[Job[Any]]] = {
    BulkOperation.Type.IMPORT_PATIENTS: PatientImport,
    BulkOperation.Type.BULK_ASSIGNMENT: BulkAssignment,
    BulkOperation.Type.BULK_DISCHARGE: BulkDischarge,
    BulkOperation.Type.EXPORT_PATIENTS: Export,
    BulkOperation.Type.EXPORT_OCCUPANCY: Export,
    BulkOperation.Type.EXPORT_REPORT: Export,
}
# How often it is begun without any progress before it counts as what kills workers.
MAX_ATTEMPTS = 25
# Passes by itself, or with new ids: no database, a deadlock, somebody was quicker.
PASSING = (OperationalError, InterfaceError, IntegrityError)
PROGRESS = (
    "total_records", "successful_records", "failed_records", "errors", "error_file", "output_file",
    "error_bytes", "cursor", "attempts", "lease_until", "parameters",
)  # fmt: skip
END = ("status", "failure", "completed_at", "lease_until")


class Gone(Exception):
    """The operation was cancelled, or another worker is at it."""


def run(operation_id: int) -> bool:
    """Works on the operation until it ends, or is somebody else's; True: it is handed back.

    What passes by itself (no database) is left to the next worker, which goes on from the last
    chunk that was committed; anything else ends the operation as failed, with the reason.
    """
    with scopes_disabled():
        operation = _claim(operation_id)
        if operation is None:
            return False
        with translation.override(operation.initiated_by.language):
            try:
                _work(operation)
            except stopping.Told:
                return _hand_back(operation)
            except Gone:
                log.info("operation_left", operation=operation.pk)
            except PASSING as fault:
                log.warning(
                    "operation_interrupted", operation=operation.pk, fault=faults.place(fault)
                )
            except FileRefused as refused:
                _fail(operation, str(refused))
            except Exception as fault:  # whatever a job does, its operation does not hang
                log.error("operation_failed", operation=operation.pk, fault=faults.place(fault))
                if is_full(fault):
                    _fail(operation, _("There is no room left on the server's disk. Tell your IT."))
                else:
                    _fail(operation, _("An unexpected fault (%s).") % type(fault).__name__)
    return False


def due() -> list[int]:
    """The operations that wait for a worker, or whose worker has not been heard of for a lease."""
    with scopes_disabled():
        found = BulkOperation.objects.filter(_claimable()).order_by("pk")
        return list(found.values_list("pk", flat=True))


def _claimable() -> Q:
    silent = Q(lease_until=None) | Q(lease_until__lt=clock.now())
    return Q(status=BulkOperation.Status.PENDING) | Q(
        silent, status=BulkOperation.Status.PROCESSING
    )


def _claim(operation_id: int) -> BulkOperation | None:
    """The operation, ours from now on; None where there is nothing to do for us."""
    with transaction.atomic():
        operation = (
            BulkOperation.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("hospital", "initiated_by")
            .filter(_claimable(), pk=operation_id)
            .first()
        )
        if operation is None:
            return None
        now = clock.now()
        operation.status = BulkOperation.Status.PROCESSING
        operation.started_at = operation.started_at or now
        operation.worker = uuid.uuid4().hex
        operation.lease_until = now + timedelta(seconds=settings.BULK_LEASE)
        operation.attempts += 1
        operation.save(update_fields=["status", "started_at", "worker", "lease_until", "attempts"])
        _touch(operation)
    if operation.attempts > MAX_ATTEMPTS:
        _fail(operation, _("Given up after %s attempts without progress.") % MAX_ATTEMPTS)
        return None
    return operation


def _work(operation: BulkOperation) -> None:
    job = JOBS[operation.operation_type](operation)
    try:
        for rows in _chunks(job.rows(), operation.cursor, job.together):
            with transaction.atomic():
                _hold(operation)
                _note(operation, job, job.apply(rows), len(rows))
            stopping.look()
    finally:
        job.close()
    _end(operation, BulkOperation.Status.COMPLETED)


def _chunks(rows: Iterator[T], done: int, size: int) -> Iterator[Sequence[T]]:
    remaining = islice(rows, done, None)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _hold(operation: BulkOperation) -> None:
    """Locks the row of the operation until the end of the transaction. Raises Gone."""
    mine = BulkOperation.objects.select_for_update().filter(
        pk=operation.pk, worker=operation.worker, status=BulkOperation.Status.PROCESSING
    )
    if not mine.values_list("pk", flat=True):
        raise Gone


def _note(operation: BulkOperation, job: Job[Any], outcome: Outcome, rows: int) -> None:
    """Writes down a chunk in the transaction that did it."""
    operation.cursor += rows
    operation.successful_records += outcome.successful
    operation.failed_records += len(outcome.failures)
    operation.attempts = 0
    operation.lease_until = clock.now() + timedelta(seconds=settings.BULK_LEASE)
    if outcome.failures:
        room = BulkOperation.ERRORS_SHOWN - len(operation.errors)
        shown = [{"line": f.line, "error": f.reason} for f in outcome.failures[:room]]
        operation.errors = [*operation.errors, *shown]
        files.append_errors(operation, outcome.failures, job.columns)
    operation.save(update_fields=PROGRESS)
    _touch(operation)


def _hand_back(operation: BulkOperation) -> bool:
    """Ends the lease, so that another worker can go on at once."""
    mine = BulkOperation.objects.filter(pk=operation.pk, worker=operation.worker)
    return bool(mine.update(lease_until=None))


def _end(operation: BulkOperation, status: BulkOperation.Status, failure: str = "") -> None:
    """Ends it, unless somebody else did, and records that. Raises Gone."""
    done = status == BulkOperation.Status.COMPLETED
    with transaction.atomic():
        _hold(operation)
        operation.status = status
        operation.failure = failure
        operation.completed_at = clock.now()
        operation.lease_until = None
        operation.save(update_fields=END)
        events.record(
            Kind.BULK_OPERATION_COMPLETED if done else Kind.BULK_OPERATION_FAILED,
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
                "reason": failure,
            },
        )
        _touch(operation)


def _fail(operation: BulkOperation, reason: str) -> None:
    """Ends it as failed. Where even that is not possible, the next worker finds it."""
    try:
        # What a chunk that was rolled back did to the object is not what happened.
        operation.refresh_from_db(from_queryset=BulkOperation.objects.defer("worker"))
        _end(operation, BulkOperation.Status.FAILED, reason)
    except (Gone, *PASSING) as fault:
        log.warning("operation_left", operation=operation.pk, fault=faults.place(fault))


def _touch(operation: BulkOperation) -> None:
    """Wakes the pages that show it, and those that show all."""
    events.touch(operation.hospital, f"operation.{operation.pk}")
    events.touch(operation.hospital, "operations")
