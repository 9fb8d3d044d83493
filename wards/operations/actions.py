"""Start, cancel and resume work on many rows.

`start_…` writes down what is wanted, wakes the worker after the commit and returns at once. A file
that cannot be read is refused here, before anything is written.
"""

import time
from collections.abc import Sequence
from datetime import date
from typing import Any, BinaryIO, NamedTuple, cast

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from wards.base import clock, jobs, wakeups
from wards.base.csv_rows import Checked, Columns, FileRefused, Layout, Unmatched, check
from wards.base.refused import Refused
from wards.models import BulkOperation, Hospital, User, Ward
from wards.operations import assignments, files, imports, matching, runner
from wards.operations.jobs import touch
from wards.operations.reports import FILTERS, Report

Type, Status = BulkOperation.Type, BulkOperation.Status
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")  # what it is, its content says


def start_import(
    *,
    hospital: Hospital,
    by: User,
    file: File[bytes],
    dry_run: bool = False,
    columns: Columns | None = None,
) -> BulkOperation:
    """Patients from a file; a dry run only counts and reports, `confirm` then does it for real.

    `columns` is what somebody says that the file's are. Raises Unmatched where they are not known.
    """
    upload = Upload(Type.IMPORT_PATIENTS, imports.LAYOUT, file, columns)
    return _start_file(upload, hospital, by, dry_run=dry_run)


def start_assignment(
    *,
    hospital: Hospital,
    by: User,
    file: File[bytes],
    notify: bool = True,
    dry_run: bool = False,
    columns: Columns | None = None,
) -> BulkOperation:
    """Patients into beds from a file; `notify`: whether the staff of the wards are told.

    A dry run opens the stays and takes them back; `confirm` then does it for real.
    """
    upload = Upload(Type.BULK_ASSIGNMENT, assignments.LAYOUT, file, columns)
    return _start_file(upload, hospital, by, notify=notify, dry_run=dry_run)


def start_discharge(
    *,
    hospital: Hospital,
    by: User,
    admission_ids: Sequence[int],
    notes: str = "",
    notify: bool = True,
) -> BulkOperation:
    """Ends stays; `notify`: whether the staff of the wards are told, patients always are."""
    chosen = list(dict.fromkeys(admission_ids))
    if not chosen:
        raise Refused(_("Nobody is selected."))
    parameters = {"admission_ids": chosen, "notes": notes, "notify": notify}
    return _start(Type.BULK_DISCHARGE, hospital, by, len(chosen), parameters)


def start_export(*, hospital: Hospital, by: User, kind: str) -> BulkOperation:
    """`export_patients` or `export_occupancy`."""
    if kind not in (Type.EXPORT_PATIENTS, Type.EXPORT_OCCUPANCY):
        raise Refused(_("There is no such export."))
    return _start(Type(kind), hospital, by)


def start_report(
    *,
    hospital: Hospital,
    by: User,
    report: str,
    start: date | None = None,
    end: date | None = None,
    ward: Ward | None = None,
) -> BulkOperation:
    """One of `bulk.reports.Report`; filters the report does not know are left out (FILTERS)."""
    if report not in Report.values:
        raise Refused(_("There is no such report."))
    if start and end and start > end:
        raise Refused(_("The last day is before the first."))
    if ward is not None and ward.hospital_id != hospital.pk:
        raise Refused(_("There is no such ward."))
    given = {
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
        "ward": ward.pk if ward else None,
    }
    known = {name: given[name] for name in FILTERS[Report(report)] if given[name]}
    return _start(Type.EXPORT_REPORT, hospital, by, parameters={"report": report, **known})


@transaction.atomic
def confirm(*, operation: BulkOperation, by: User) -> BulkOperation:
    """Starts what a dry run has shown, of the same file; what was started already, if it was."""
    operation = BulkOperation.objects.select_for_update().get(pk=operation.pk)
    if not operation.dry_run or not operation.input_file:
        raise Refused(_("This is no dry run."))
    if operation.status != Status.COMPLETED:
        raise Refused(_("The dry run has not come to its end."))
    if started := operation.parameters.get("started"):
        return BulkOperation.objects.get(pk=started)  # a second click does nothing twice
    given: dict[str, Any] = {"hospital": operation.hospital, "by": by, "columns": operation.columns}
    with operation.input_file.open("rb") as file:
        if operation.operation_type == Type.BULK_ASSIGNMENT:
            notify = operation.parameters.get("notify", True)
            real = start_assignment(file=file, notify=notify, **given)
        else:
            real = start_import(file=file, **given)
    operation.parameters["started"] = real.pk
    operation.save(update_fields=["parameters"])
    touch(operation)
    return real


@transaction.atomic
def cancel(*, operation: BulkOperation) -> None:
    """Ends it after the chunk that is being done; what is done stays done. Refused when it ended.

    Waits for that chunk, or for an export that is being written.
    """
    cancelled = BulkOperation.objects.filter(pk=operation.pk, status__in=BulkOperation.OPEN).update(
        status=Status.CANCELLED, completed_at=clock.now(), lease_until=None
    )
    if not cancelled:
        raise Refused(_("It has already ended."))
    touch(operation)


@transaction.atomic
def resume(*, operation: BulkOperation) -> None:
    """Goes on with what failed or was cancelled, from the first row that is not done."""
    operation = BulkOperation.objects.select_for_update().get(pk=operation.pk)
    if operation.status not in (Status.FAILED, Status.CANCELLED):
        raise Refused(_("Only what failed or was cancelled can be resumed."))
    operation.status = Status.PENDING
    jobs.begin_anew(operation)
    operation.save()
    touch(operation)
    _wake_worker(operation)


def run_now(operation: BulkOperation, patience: float = 0) -> BulkOperation:
    """Works on it here instead of in the worker, for what is small and waited for.

    Outside a transaction. Where a worker was quicker, waits for that one at most `patience`
    seconds. Returns it as it is afterwards, which may be still open.
    """
    until = time.monotonic() + patience
    runner.run(operation.pk)
    operation.refresh_from_db()
    while not operation.ended and time.monotonic() < until:
        time.sleep(0.05)
        operation.refresh_from_db()
    return operation


class Upload(NamedTuple):
    """A file, what it is for, and what somebody says its columns are."""

    kind: BulkOperation.Type
    layout: Layout
    file: File[bytes]
    columns: Columns | None


def _start_file(
    upload: Upload, hospital: Hospital, by: User, **parameters: object
) -> BulkOperation:
    file = upload.file
    most = settings.BULK_MAX_BYTES
    if file.size > most:  # before anything of it is read
        raise FileRefused(_("The file is larger than %s MB.") % (most // 1024**2))
    if not (file.name or "").lower().endswith(ENDINGS):
        raise FileRefused(_("The file must be CSV or XLSX."))
    checked, known = _check(upload, hospital)
    if known is not None:
        parameters["columns"] = list(known)
    if upload.columns is not None:
        matching.remember(hospital, by, upload.kind, checked.names, upload.columns)
    if noted := checked.noted:
        parameters["read"] = noted
    return _start(upload.kind, hospital, by, checked.total, parameters, file)


def _check(upload: Upload, hospital: Hospital) -> tuple[Checked, Columns | None]:
    """What is in it, and what its columns are where somebody said so, now or before."""
    file, columns = cast(BinaryIO, upload.file), upload.columns
    try:
        return check(file, upload.layout, columns), columns
    except Unmatched as doubt:
        columns = matching.remembered(hospital, upload.kind, doubt.names)
        if columns is None:
            raise
    return check(file, upload.layout, columns), columns


def _start(
    kind: BulkOperation.Type,
    hospital: Hospital,
    by: User,
    total: int = 0,
    parameters: dict[str, object] | None = None,
    file: File[bytes] | None = None,
) -> BulkOperation:
    operation = BulkOperation(
        hospital=hospital,
        initiated_by=by,
        operation_type=kind,
        total_records=total,
        parameters=parameters or {},
    )
    try:
        with transaction.atomic():
            operation.save()
            if file is not None:
                files.keep_input(operation, file)
            touch(operation)
            _wake_worker(operation)
    except Exception:  # no row, no file
        if operation.input_file.name:
            operation.input_file.storage.delete(operation.input_file.name)
        raise
    return operation


def _wake_worker(operation: BulkOperation) -> None:
    """After the commit. With Redis away nobody is woken; the sweep finds it once it is back."""
    from wards.operations.tasks import run_operation

    transaction.on_commit(lambda: wakeups.nudge(run_operation, operation.pk))
