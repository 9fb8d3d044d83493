"""Uploads: patients, and patients into beds. A dry run first; its page starts the real thing."""

from collections.abc import Callable

from django.conf import settings
from django.core.files import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from wards.base.csv_rows import Layout
from wards.base.refused import Refused
from wards.models import BulkOperation
from wards.operations import actions, assignments, imports
from wards.operations.forms import AssignmentForm, UploadForm
from wards.roles import Permission, requires
from wards.web.pages import reader

AT_ONCE = 2000  # rows that a dry run tries within the request; more of them wait for the worker
PATIENCE = 10.0  # s
BOM = "\ufeff"  # a spreadsheet takes a CSV without it for another encoding


@require_http_methods(["GET", "POST"])
@requires(Permission.BULK)
def import_patients(request: HttpRequest) -> HttpResponse:
    """Patients from a CSV (`csv_file`)."""
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)

    def start(file: File[bytes]) -> BulkOperation:
        hospital = reader(request).hospital
        assert hospital is not None
        return actions.start_import(hospital=hospital, by=reader(request), file=file, dry_run=True)

    return _upload(request, form, start, "import_patients")


@require_http_methods(["GET", "POST"])
@requires(Permission.BULK)
def assign_patients(request: HttpRequest) -> HttpResponse:
    """Patients into beds from a CSV (`csv_file`); `send_notifications` tells the wards."""
    form = AssignmentForm()
    if request.method == "POST":
        form = AssignmentForm(request.POST, request.FILES)

    def start(file: File[bytes]) -> BulkOperation:
        hospital = reader(request).hospital
        assert hospital is not None
        return actions.start_assignment(
            hospital=hospital,
            by=reader(request),
            file=file,
            notify=form.cleaned_data["send_notifications"],
            dry_run=True,
        )

    return _upload(request, form, start, "assign_patients")


@require_safe
@requires(Permission.BULK)
def import_sample(request: HttpRequest) -> HttpResponse:
    """A file that shows how."""
    return _sample(imports.LAYOUT, "patients-sample.csv")


@require_safe
@requires(Permission.BULK)
def assign_sample(request: HttpRequest) -> HttpResponse:
    """A file that shows how."""
    return _sample(assignments.LAYOUT, "assignments-sample.csv")


def _upload(
    request: HttpRequest,
    form: UploadForm,
    start: Callable[[File[bytes]], BulkOperation],
    page: str,
) -> HttpResponse:
    """The form; with a file that can be read, its dry run."""
    if request.method == "POST" and form.is_valid():
        try:
            operation = start(form.cleaned_data["csv_file"])
        except Refused as refusal:
            form.add_error("csv_file", str(refusal))
        else:
            if operation.total_records <= AT_ONCE:
                actions.run_now(operation, PATIENCE)
            return redirect("bulk:operation", operation.pk)
    most = settings.BULK_MAX_BYTES // 1024**2
    context = {"form": form, "most": most, "tab": page}
    status = 422 if form.is_bound else 200
    return render(request, f"wards/bulk/{page}.html", context, status=status)


def _sample(layout: Layout, name: str) -> HttpResponse:
    return HttpResponse(
        BOM + layout.sample,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
