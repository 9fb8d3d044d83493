"""Words and shapes of bulk operations: states, icons, how long something took."""

from django import template
from django.utils.translation import gettext as _

from wards.models import BulkOperation
from wards.operations.reports import Report

register = template.Library()

Status, Type = BulkOperation.Status, BulkOperation.Type
# State -> (colour, icon). The word always stands next to them.
STATES = {
    Status.PENDING: ("neutral", "hourglass-split"),
    Status.PROCESSING: ("info", "arrow-repeat"),
    Status.COMPLETED: ("success", "check-circle-fill"),
    Status.FAILED: ("error", "x-octagon-fill"),
    Status.CANCELLED: ("warning", "slash-circle"),
}
ICONS = {
    Type.IMPORT_PATIENTS: "person-plus",
    Type.BULK_ASSIGNMENT: "door-open",
    Type.BULK_DISCHARGE: "box-arrow-right",
    Type.EXPORT_PATIENTS: "filetype-csv",
    Type.EXPORT_OCCUPANCY: "bar-chart",
    Type.EXPORT_REPORT: "file-earmark-text",
}


@register.filter
def operation_tone(operation: BulkOperation) -> str:
    """The colour of its state; amber where it is done but not all of it went well."""
    status = Status(operation.status)
    amber = status == Status.COMPLETED and operation.failed_records > 0
    return "warning" if amber else STATES[status][0]


@register.filter
def operation_icon(operation: BulkOperation) -> str:
    return STATES[Status(operation.status)][1]


@register.filter
def type_icon(kind: str) -> str:
    return ICONS[Type(kind)]


@register.filter
def report_name(operation: BulkOperation) -> str:
    """Which report it is; empty for everything else."""
    name = operation.parameters.get("report")
    return str(Report(name).label) if name else ""


@register.filter
def rows_done(operation: BulkOperation) -> int:
    """How many rows are behind it, well or not."""
    return operation.successful_records + operation.failed_records


@register.filter
def thousands(number: int) -> str:
    """A figure that may be large: "20,000"."""
    return f"{number:,}"


@register.filter
def seconds(duration: float) -> str:
    """A duration in one or two units: "0.4 s", "38 s", "2 min 5 s"."""
    if duration < 10:
        return _("%s s") % f"{duration:.1f}"
    minutes, rest = divmod(round(duration), 60)
    if minutes < 1:
        return _("%s s") % rest
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
