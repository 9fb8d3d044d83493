"""One bulk operation: how far it is, live; what came of it; its files; cancel, resume, confirm."""

import csv
from itertools import islice
from typing import BinaryIO, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wards.base.csv_rows import FileRefused, Layout, Row, read
from wards.base.refused import Refused
from wards.models import BulkOperation
from wards.operations import actions, assignments, files, imports, rehearsals
from wards.roles import Permission, allows, members_only
from wards.web import downloads
from wards.web.pages import reader, vary, wants_part

SAMPLE_ROWS = 5
ROWS_A_PAGE = 50
LAYOUTS: dict[str, Layout] = {
    BulkOperation.Type.IMPORT_PATIENTS: imports.LAYOUT,
    BulkOperation.Type.BULK_ASSIGNMENT: assignments.LAYOUT,
}
# Where somebody goes to do the same again.
AGAIN = {
    BulkOperation.Type.IMPORT_PATIENTS: "bulk:import_patients",
    BulkOperation.Type.BULK_ASSIGNMENT: "bulk:assign_patients",
    BulkOperation.Type.BULK_DISCHARGE: "bulk:discharge",
    BulkOperation.Type.EXPORT_PATIENTS: "bulk:export_report",
    BulkOperation.Type.EXPORT_OCCUPANCY: "bulk:export_report",
    BulkOperation.Type.EXPORT_REPORT: "bulk:export_report",
}


def find(request: HttpRequest, operation_id: int) -> BulkOperation:
    """The operation of this hospital (else 404) if the reader may have to do with it (else 403)."""
    operations = BulkOperation.objects.select_related("initiated_by")
    operation: BulkOperation = get_object_or_404(
        operations, pk=operation_id, hospital=reader(request).hospital_id
    )
    if not allows(reader(request), Permission.BULK):
        raise PermissionDenied
    return operation


@require_safe
@members_only
def details(request: HttpRequest, operation_id: int) -> HttpResponse:
    """The page that every start leads to; its live part is fetched again with each step."""
    operation = find(request, operation_id)
    layout = LAYOUTS.get(operation.operation_type)
    search = request.GET.get("q", "")[:80].strip()
    found = rehearsals.find(operation, search) if operation.dry_run and operation.ended else []
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "q": search,
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1),
        "operation": operation,
        "again": AGAIN[BulkOperation.Type(operation.operation_type)],
        "columns": layout.columns if layout else (),
        "sample": _sample(operation, layout) if operation.dry_run and layout else [],
        "duplicates": operation.parameters.get("duplicates", 0),
        "tab": "operations",
        "other_errors": operation.failed_records - operation.parameters.get("duplicates", 0),
    }
    template = "_operation" if wants_part(request) else "operation"
    return vary(render(request, f"wards/bulk/{template}.html", context))


def _sample(operation: BulkOperation, layout: Layout) -> list[Row]:
    """The first rows of the uploaded file; none where it is gone."""
    try:
        with operation.input_file.open("rb") as file:
            rows = read(cast(BinaryIO, file), layout, operation.columns)
            return list(islice(rows, SAMPLE_ROWS))
    except (OSError, ValueError, FileRefused, csv.Error):
        return []


@require_POST
@members_only
def confirm(request: HttpRequest, operation_id: int) -> HttpResponse:
    """Does what the dry run has shown."""
    operation = find(request, operation_id)
    try:
        return redirect(
            "bulk:operation", actions.confirm(operation=operation, by=reader(request)).pk
        )
    except (Refused, OSError) as refusal:
        gone = _("The uploaded file is no longer there: please upload it again.")
        messages.error(request, str(refusal) if isinstance(refusal, Refused) else gone)
    return redirect("bulk:operation", operation.pk)


@require_http_methods(["GET", "POST"])
@members_only
def cancel(request: HttpRequest, operation_id: int) -> HttpResponse:
    """Asks (GET), then ends it; what is done stays done."""
    operation = find(request, operation_id)
    if request.method == "POST":
        try:
            actions.cancel(operation=operation)
            messages.success(request, _("The operation is cancelled. What was done stays done."))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("bulk:operation", operation.pk)
    template = "_cancel" if wants_part(request) else "cancel"
    return vary(render(request, f"wards/bulk/{template}.html", {"operation": operation}))


@require_POST
@members_only
def resume(request: HttpRequest, operation_id: int) -> HttpResponse:
    """Goes on with what failed or was cancelled."""
    operation = find(request, operation_id)
    try:
        actions.resume(operation=operation)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("bulk:operation", operation.pk)


@require_safe
@members_only
def download(request: HttpRequest, operation_id: int, which: str) -> HttpResponseBase:
    """The operation's `input`, `output` or `errors` as a file to save."""
    found = files.stored(find(request, operation_id), which)
    if found is None:
        raise Http404
    return downloads.table(request, *found, ours=which != "input")
