"""The list of wards and a ward's board."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from wards import selectors
from wards.forms import BoardFilter
from wards.models import Ward
from wards.roles import Permission, allows, members_only, requires, wards_of
from wards.views.sharing import public, shared
from wards.web.forms import Search
from wards.web.pages import reader, vary, wants_part


@requires(Permission.VIEW_BOARDS)
def wards(request: HttpRequest) -> HttpResponse:
    """The wards the reader may see, with their figures."""
    user, search = reader(request), Search(request.GET).value("q")

    def load() -> dict[str, Any]:
        summaries = selectors.ward_summaries(user, search)
        topics = " ".join(f"ward.{summary.ward.pk}" for summary in summaries)
        return {"summaries": summaries, "search": search, "topics": topics}

    if wants_part(request):
        sees_all = allows(user, Permission.VIEW_ALL_WARDS)
        return shared(request, "wards/_wards.html", load, 0 if sees_all else user.pk)
    return vary(render(request, "wards/wards.html", {**public(request), **load()}))


@members_only
def board(request: HttpRequest, ward_id: int) -> HttpResponse:
    """One ward: beds, patients, who is on duty. `?display=wall` for a screen on the wall."""
    ward = wards_of(reader(request)).filter(pk=ward_id).first()
    if ward is None:
        get_object_or_404(Ward, pk=ward_id)
        raise PermissionDenied
    filters = BoardFilter(request.GET)
    wall = request.GET.get("display") == "wall"

    def load() -> dict[str, Any]:
        search, state = filters.value("q"), filters.value("state")
        board = selectors.board(ward, search=search, state=state)
        return {"board": board, "search": search, "state": state, "wall": wall}

    if wants_part(request):
        return shared(request, "wards/_beds.html", load)
    page = "wards/wall.html" if wall else "wards/board.html"
    return vary(render(request, page, {**public(request), **load()}))
