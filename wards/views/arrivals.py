"""The arrivals queue."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wards import queues
from wards.forms import QueueFilter
from wards.models import User
from wards.roles import Permission, allows, requires
from wards.views.sharing import public, shared
from wards.web.pages import number, reader, vary, wants_part

KEPT = "Wardbell-Kept"  # ids of rows that the page's reader has just changed (static/js/rows.js)


@requires(Permission.VIEW_QUEUE)
def arrivals(request: HttpRequest) -> HttpResponse:
    """The appointments of today (`?date=`): everybody's at the front desk, a provider's own."""
    user, filters = reader(request), QueueFilter(request.GET)
    kept = _kept(request)

    def load() -> dict[str, Any]:
        chosen = filters.value("provider")
        people = User.objects.filter(pk=chosen or 0, hospital=user.hospital_id)
        wanted = queues.Wanted(
            search=filters.value("q"),
            stage=filters.value("stage"),
            provider=people.first() if chosen else None,
            day=filters.day,
            by_provider=bool(filters.value("by")),
            rows=int(filters.value("rows") or queues.ROWS),
            kept=kept,
        )
        return {
            "queue": queues.queue(user, wanted),
            "search": wanted.search,
            "stage": wanted.stage,
            "provider": wanted.provider,
            "by": filters.value("by"),
        }

    if wants_part(request):
        sees_all = allows(user, Permission.VIEW_ALL_APPOINTMENTS)
        return shared(request, "wards/_queue.html", load, 0 if sees_all else user.pk, kept)
    return vary(render(request, "wards/arrivals.html", {**public(request), **load()}))


def _kept(request: HttpRequest) -> tuple[int, ...]:
    named = (number(each) for each in request.headers.get(KEPT, "").split(","))
    return tuple(sorted({each for each in named if each is not None})[: queues.KEPT])
