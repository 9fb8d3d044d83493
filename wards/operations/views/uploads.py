"""Uploads: patients, and patients into beds. A dry run first; its page starts the real thing."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files import File
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from wards.base import uploads
from wards.base.csv_rows import Layout, Unmatched
from wards.base.refused import Refused
from wards.base.tables.writing import BOM
from wards.models import BulkOperation
from wards.operations import actions, assignments, imports
from wards.operations.forms import AssignmentForm, UploadForm
from wards.operations.views import matching
from wards.roles import Permission, requires
from wards.web import downloads
from wards.web.pages import own_hospital, reader

AT_ONCE = 2000  # rows that a dry run tries within the request; more of them wait for the worker
PATIENCE = 10.0  # s


@require_http_methods(["GET", "POST"])
@requires(Permission.BULK)
def import_patients(request: HttpRequest) -> HttpResponse:
    """Patients from a file (`csv_file`)."""

    def start(form: UploadForm, **given: Any) -> BulkOperation:
        return actions.start_import(dry_run=True, **given)

    return _upload(request, UploadForm, start, "import_patients", imports.LAYOUT)


@require_http_methods(["GET", "POST"])
@requires(Permission.BULK)
def assign_patients(request: HttpRequest) -> HttpResponse:
    """Patients into beds from a file (`csv_file`); `send_notifications` tells the wards."""

    def start(form: UploadForm, **given: Any) -> BulkOperation:
        notify = form.cleaned_data["send_notifications"]
        return actions.start_assignment(notify=notify, dry_run=True, **given)

    return _upload(request, AssignmentForm, start, "assign_patients", assignments.LAYOUT)


@require_safe
@requires(Permission.BULK)
def import_sample(request: HttpRequest) -> FileResponse:
    """A file that shows how."""
    return _sample(request, imports.LAYOUT, "patients-sample")


@require_safe
@requires(Permission.BULK)
def assign_sample(request: HttpRequest) -> FileResponse:
    """A file that shows how."""
    return _sample(request, assignments.LAYOUT, "assignments-sample")


def _upload(
    request: HttpRequest,
    kind: type[UploadForm],
    start: Callable[..., BulkOperation],
    page: str,
    layout: Layout,
) -> HttpResponse:
    """The form; with a file, its dry run, or the question what its columns are."""
    form, question = kind(), None
    if request.method == "POST":
        file = matching.brought(request, "csv_file")
        form = kind(request.POST, {"csv_file": file} if file else None)
        if form.is_valid() and file is not None:
            try:
                operation = _started(request, file, form, start, layout)
            except matching.NotMatchedYet as asked:
                question = asked.question
            except Refused as refusal:
                form.add_error("csv_file", str(refusal))
            else:
                return _done(operation)
    context = {
        "form": form,
        "question": question,
        "most": settings.BULK_MAX_BYTES // 1024**2,
        "tab": page,
    }
    status = 422 if form.is_bound else 200
    return render(request, f"wards/bulk/{page}.html", context, status=status)


def _started(
    request: HttpRequest,
    file: File[bytes],
    form: UploadForm,
    start: Callable[..., BulkOperation],
    layout: Layout,
) -> BulkOperation:
    """The dry run. Raises NotMatchedYet, Refused."""
    who = {"hospital": own_hospital(request), "by": reader(request)}
    try:
        columns = matching.answer(request, file, layout)
        operation = start(form, file=file, columns=columns, **who)
    except Unmatched as doubt:
        raise matching.NotMatchedYet(matching.ask(request, file, layout, doubt)) from doubt
    uploads.drop(request.POST.get("kept", ""), matching.owner(request))
    return operation


def _done(operation: BulkOperation) -> HttpResponse:
    """Its page; what is small is done by then."""
    if operation.total_records <= AT_ONCE:
        actions.run_now(operation, PATIENCE)
    return redirect("bulk:operation", operation.pk)


def _sample(request: HttpRequest, layout: Layout, name: str) -> FileResponse:
    return downloads.table(request, BytesIO(f"{BOM}{layout.sample}".encode()), name)
