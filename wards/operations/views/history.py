"""The history of bulk operations: what was done to many at once, by whom, with what outcome."""

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from wards.models import BulkOperation
from wards.operations.forms import IN_PROGRESS, OperationFilter
from wards.roles import Permission, requires
from wards.web.pages import reader, vary, wants_part

PAGE_SIZE = 15
Status = BulkOperation.Status


@require_safe
@requires(Permission.BULK)
def operations(request: HttpRequest) -> HttpResponse:
    """`?type=`, `?status=`, `?since=`, `?until=` (days), fifteen a page (`?page=`)."""
    filters = OperationFilter(request.GET)
    all_of_them = BulkOperation.objects.filter(hospital=reader(request).hospital_id)
    found = _narrow(all_of_them, filters).select_related("initiated_by")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    # The cards count what the other filters let through: each says what a click on it shows.
    counts = _counts(_narrow(all_of_them, filters, status=False))
    context = {
        "page_obj": page,
        "operations": page.object_list,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1),
        "counts": counts,
        "types": BulkOperation.Type.choices,
        "statuses": Status.choices,
        "type": filters.value("type"),
        "status": filters.value("status"),
        "since": filters.value("since"),
        "until": filters.value("until"),
        "tab": "operations",
    }
    template = "_operations" if wants_part(request) else "operations"
    return vary(render(request, f"wards/bulk/{template}.html", context))


def moved(request: HttpRequest) -> HttpResponse:
    """From the address that other software knows (/hospital_wards/bulk/…), query and body too."""
    address = request.get_full_path().replace("/hospital_wards/", "/hospital/", 1)
    return redirect(address, preserve_request=request.method != "GET")


def _narrow(
    rows: QuerySet[BulkOperation], filters: OperationFilter, *, status: bool = True
) -> QuerySet[BulkOperation]:
    """Those that the filters let through, with `status=False` whatever their status."""
    if kind := filters.value("type"):
        rows = rows.filter(operation_type=kind)
    if since := filters.moment("since"):
        rows = rows.filter(created_at__gte=since)
    if until := filters.moment("until"):
        rows = rows.filter(created_at__date__lte=until.date())
    chosen = filters.value("status") if status else ""
    if chosen:
        wanted = BulkOperation.OPEN if chosen == IN_PROGRESS else (chosen,)
        rows = rows.filter(status__in=wanted)
    return rows


def _counts(rows: QuerySet[BulkOperation]) -> dict[str, int]:
    """The figures of the cards."""
    by_status = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    return {
        "total": sum(by_status.values()),
        Status.COMPLETED.value: by_status.get(Status.COMPLETED, 0),
        IN_PROGRESS: sum(by_status.get(status, 0) for status in BulkOperation.OPEN),
        Status.FAILED.value: by_status.get(Status.FAILED, 0),
    }
