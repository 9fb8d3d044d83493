"""The verbs of an appointment as views: POST moves it, the row in the queue shows the outcome."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wards.actions import appointments
from wards.base import clock
from wards.base.refused import Refused
from wards.forms import CancelForm
from wards.models import Appointment
from wards.roles import Permission, allows, members_only
from wards.selectors import appointments_of
from wards.web.pages import back, reader, toast, trigger, vary, wants_part

Status = Appointment.Status


class Verb(NamedTuple):
    """A move: what does it, who may, where it leads, and what is said afterwards."""

    action: Callable[..., Appointment]
    permission: Permission
    leads_to: str
    done: str | Promise


VERBS: dict[str, Verb] = {
    "arrive": Verb(
        appointments.arrive,
        Permission.MANAGE_QUEUE,
        Status.ARRIVED,
        _("%(provider)s has been told that %(patient)s is here."),
    ),
    "confirm": Verb(
        appointments.confirm,
        Permission.MANAGE_QUEUE,
        Status.CONFIRMED,
        _("The appointment of %(patient)s is confirmed."),
    ),
    "start": Verb(
        appointments.start,
        Permission.TREAT,
        Status.IN_PROGRESS,
        _("The visit of %(patient)s has begun."),
    ),
    "complete": Verb(
        appointments.complete,
        Permission.TREAT,
        Status.COMPLETED,
        _("The visit of %(patient)s is completed."),
    ),
    "no_show": Verb(
        appointments.no_show,
        Permission.MANAGE_QUEUE,
        Status.NO_SHOW,
        _("%(patient)s is noted as not having come."),
    ),
    "cancel": Verb(
        appointments.cancel,
        Permission.MANAGE_QUEUE,
        Status.CANCELLED,
        _("The appointment of %(patient)s is cancelled."),
    ),
}


def offered(visit: Appointment, may: Mapping[str, bool]) -> list[str]:
    """The verbs that the state machine, the clock and the reader's permissions allow now."""
    now, zone = clock.now(), timezone.get_current_timezone()
    books = may[Permission.BOOK] and visit.may_become(Status.BOOKED)
    return ["reschedule"] * books + [
        name
        for name, verb in VERBS.items()
        if may[verb.permission]
        and visit.may_become(verb.leads_to)
        and visit.can_be(verb.leads_to, now, zone)
    ]


@require_POST
@members_only
def move(request: HttpRequest, appointment_id: int, verb: str) -> HttpResponse:
    """Applies a verb that needs nothing but a click."""
    visit = _visit(request, appointment_id, verb)
    return _apply(request, visit, verb)


@require_http_methods(["GET", "POST"])
@members_only
def cancel(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Asks for the reason (GET), then cancels."""
    visit = _visit(request, appointment_id, "cancel")
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        response = _apply(request, visit, "cancel", reason=form.cleaned_data["status_reason"])
        return trigger(response, "wb-close-dialog")
    template = "wards/_cancel.html" if wants_part(request) else "wards/cancel.html"
    response = render(request, template, {"form": form, "visit": visit})
    if request.method == "POST":
        response.status_code = 422
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog-content", "innerHTML"
    return response


@require_safe
@members_only
def menu(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """What else may be done with an appointment: fetched when the menu of its row opens."""
    visit: Appointment = get_object_or_404(Appointment, pk=appointment_id)
    if not appointments_of(reader(request)).contains(visit):
        raise PermissionDenied
    return vary(render(request, "wards/menus/visit.html", {"visit": visit}))


def _visit(request: HttpRequest, appointment_id: int, verb: str) -> Appointment:
    """The appointment of this hospital (else 404) if the reader may use the verb (else 403)."""
    visits = Appointment.objects.select_related("patient", "provider")
    visit: Appointment = get_object_or_404(visits, pk=appointment_id)
    user = reader(request)
    if not (allows(user, VERBS[verb].permission) and appointments_of(user).contains(visit)):
        raise PermissionDenied
    return visit


def _apply(request: HttpRequest, visit: Appointment, verb: str, **more: str) -> HttpResponse:
    """Does it and answers with the row as it is now; 409 and the reason where it was refused."""
    refused = ""
    try:
        visit = VERBS[verb].action(appointment=visit, by=reader(request), **more)
    except Refused as refusal:
        refused = str(refusal)
        visit = appointments_of(reader(request)).get(pk=visit.pk)
    words = {"patient": visit.patient, "provider": visit.provider}
    said = refused or str(VERBS[verb].done) % words
    if not wants_part(request):
        (messages.error if refused else messages.success)(request, said)
        return back(request, "wards:arrivals")
    context = {"visit": visit, "fresh": not refused}
    response = render(request, "wards/_moved.html", context, status=409 if refused else 200)
    return toast(response, said, "error" if refused else "success")
