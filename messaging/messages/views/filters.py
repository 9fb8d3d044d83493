"""Saved filters of the list of messages: one's own, under a name, applied by a click."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from messaging.messages import filters as actions
from messaging.messages.forms import SaveFilterForm, canonical
from messaging.models import SavedFilter
from wards.roles import Permission, allows, members_only, requires
from wards.web.dialogs import answered, ask, managed
from wards.web.forms import Blank
from wards.web.pages import reader


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_MESSAGES)
def save(request: HttpRequest) -> HttpResponse:
    """Asks for a name, then keeps the filters of `query`: what is behind the ? of the list."""
    form = SaveFilterForm(request.POST or None, initial={"query": request.GET.urlencode()})
    if request.method == "POST" and form.is_valid():
        name, query = form.cleaned_data["name"], canonical(QueryDict(form.cleaned_data["query"]))
        if managed(form, lambda: actions.save_filter(by=reader(request), name=name, query=query)):
            said = _("“%(name)s” is saved.") % {"name": name}
            return answered(request, said, f"{resolve_url('messaging:messages')}?{query}")
    return ask(request, "messaging/_filter_save.html", form=form)


@require_http_methods(["GET", "POST"])
@members_only
def delete(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Asks, then forgets one's own filter; somebody else's does not exist."""
    user = reader(request)
    saved = get_object_or_404(SavedFilter, pk=filter_id, user=user)
    if not allows(user, Permission.VIEW_MESSAGES):
        raise PermissionDenied
    form = Blank(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        actions.delete_filter(saved=saved)
        said = _("“%(name)s” is deleted.") % {"name": saved}
        return answered(request, said, resolve_url("messaging:messages"))
    return ask(request, "messaging/_filter_delete.html", form=form, saved=saved)
