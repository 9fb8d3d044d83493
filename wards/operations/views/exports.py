"""Exports and reports: a click, a CSV. PostgreSQL writes the file, which is then streamed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from wards.models import BulkOperation
from wards.operations import actions, files
from wards.operations.forms import ReportForm
from wards.operations.reports import FILTERS, Report
from wards.roles import Permission, requires
from wards.web import downloads
from wards.web.pages import reader

PATIENCE = 15.0  # s; what takes longer is fetched from the page of its operation
# Icon, and what is in it.
REPORTS = {
    Report.OCCUPANCY: (
        "bar-chart",
        _("How full each ward is now: beds in use, free and in maintenance, and the percentage."),
    ),
    Report.PATIENT_LIST: (
        "people",
        _("Everybody who is admitted now: contact, ward and bed, reason, and for how many days."),
    ),
    Report.ADMISSION_DISCHARGE: (
        "arrow-left-right",
        _("Who came and who went: dates, ward, length of stay and how the stay ended."),
    ),
    Report.BED_UTILIZATION: (
        "hospital",
        _("Every bed as it is now: its state, who is in it, and for how many days."),
    ),
}


@require_safe
@requires(Permission.BULK)
def patients(request: HttpRequest) -> HttpResponseBase:
    """The open admissions as CSV."""
    return _export(request, BulkOperation.Type.EXPORT_PATIENTS)


@require_safe
@requires(Permission.BULK)
def occupancy(request: HttpRequest) -> HttpResponseBase:
    """The wards' figures as CSV."""
    return _export(request, BulkOperation.Type.EXPORT_OCCUPANCY)


@require_http_methods(["GET", "POST"])
@requires(Permission.BULK)
def report(request: HttpRequest) -> HttpResponseBase:
    """`report_type`, and optionally `start_date`, `end_date` and `ward`."""
    hospital = reader(request).hospital
    assert hospital is not None
    form = ReportForm(hospital, request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        operation = actions.start_report(
            hospital=hospital,
            by=reader(request),
            report=given["report_type"],
            **_known(given),
        )
        return _deliver(request, operation)
    context = {
        "form": form,
        "reports": [(report, *REPORTS[report], FILTERS[report]) for report in Report],
        "chosen": form["report_type"].value(),
        "tab": "export_report",
    }
    status = 422 if form.is_bound else 200
    return render(request, "wards/bulk/export_report.html", context, status=status)


def _known(given: dict[str, Any]) -> dict[str, Any]:
    """The filters that the report knows; what another one's hidden fields hold is left out."""
    filters = {"start": "start_date", "end": "end_date", "ward": "ward"}
    return {name: given[filters[name]] for name in FILTERS[Report(given["report_type"])]}


def _export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """An address of old: it is asked for by GET and writes, so not from a page of somebody else."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied
    hospital = reader(request).hospital
    assert hospital is not None
    operation = actions.start_export(hospital=hospital, by=reader(request), kind=kind)
    return _deliver(request, operation)


def _deliver(request: HttpRequest, operation: BulkOperation) -> HttpResponseBase:
    """The file; where it is not there yet, or never will be, the page that says so."""
    operation = actions.run_now(operation, PATIENCE)
    found = files.stored(operation, "output") if operation.ended else None
    if found is None:
        if not operation.ended:
            messages.info(request, _("This takes a little longer: the file appears here."))
        return redirect("bulk:operation", operation.pk)
    return downloads.table(request, *found)
