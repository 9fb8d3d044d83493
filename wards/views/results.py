"""The page of a result: what every alert of it opens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from wards import result_history
from wards.models import Result
from wards.roles import members_only
from wards.web.pages import reader, vary, wants_part


@require_safe
@members_only
def result(request: HttpRequest, result_id: int) -> HttpResponse:
    """One result: its values and what they mean, its versions, and who was told and took it."""
    about = ("patient", "ward", "provider", "admission__ward", "admission__bed")
    found: Result = get_object_or_404(Result.objects.select_related(*about), pk=result_id)
    if not result_history.may_read(reader(request), found):
        return render(request, "wards/result_closed.html", {"result": found}, status=403)
    context = {"sheet": result_history.sheet(found), "result": found}
    template = "wards/_result.html" if wants_part(request) else "wards/result.html"
    return vary(render(request, template, context))
