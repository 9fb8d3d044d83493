"""The arrivals queue."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wards import selectors
from wards.forms import QueueFilter
from wards.models import User
from wards.roles import Permission, requires
from wards.web.pages import reader, vary, wants_part


@requires(Permission.VIEW_QUEUE)
def arrivals(request: HttpRequest) -> HttpResponse:
    """The appointments of today (`?date=`): everybody's at the front desk, a provider's own."""
    filters = QueueFilter(request.GET)
    chosen = filters.value("provider")
    provider = (
        User.objects.filter(pk=chosen or 0, hospital=reader(request).hospital_id).first()
        if chosen
        else None
    )
    queue = selectors.queue(
        reader(request),
        search=filters.value("q"),
        stage=filters.value("stage"),
        provider=provider,
        day=filters.day,
    )
    context = {
        "queue": queue,
        "search": filters.value("q"),
        "stage": filters.value("stage"),
        "provider": provider,
        "by": filters.value("by"),
    }
    template = "wards/_queue.html" if wants_part(request) else "wards/arrivals.html"
    return vary(render(request, template, context))
