"""Booking appointments and moving them, with what would clash shown before it is done."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wards import diary, patient_records
from wards.actions import appointments
from wards.base import clock
from wards.forms import BookForm, RescheduleForm, When
from wards.models import Appointment, Patient, User
from wards.roles import Permission, allows, members_only, requires
from wards.web.dialogs import answered, ask, managed
from wards.web.forms import Search
from wards.web.pages import number, reader, vary


@require_http_methods(["GET", "POST"])
@requires(Permission.BOOK)
def book(request: HttpRequest) -> HttpResponse:
    """Asks who comes to whom and when (`?patient=`, `?provider=`, `?date=` are chosen already)."""
    user = reader(request)
    today = clock.today().isoformat()
    form = BookForm(
        user.hospital_id, request.POST or None, initial={"date": today, **request.GET.dict()}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"hospital": user.hospital, "starts_at": form.starts_at}
        day, given = given["date"], {k: v for k, v in given.items() if k not in ("date", "time")}
        if managed(form, lambda: appointments.book(by=user, **given)):
            said = _("%(patient)s is booked with %(provider)s.") % given
            return answered(request, said, f"{resolve_url('wards:arrivals')}?date={day}")
    search = Search({"q": request.POST.get("find", "")}).value("q")
    chosen = number(form["patient"].value())
    found = patient_records.find(search, chosen)
    return ask(request, "wards/_book.html", form=form, find=search, found=found, chosen=chosen)


@require_http_methods(["GET", "POST"])
@members_only
def reschedule(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Asks for the new time and the reason, then moves the appointment."""
    visit: Appointment = get_object_or_404(
        Appointment.objects.select_related("patient", "provider"), pk=appointment_id
    )
    user = reader(request)
    if not allows(user, Permission.BOOK):
        raise PermissionDenied
    now = timezone.localtime(visit.starts_at)
    known = {"date": now.date(), "time": now.time(), "duration": visit.duration}
    form = RescheduleForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("duration", "reason", "overbook")}
        if managed(
            form,
            lambda: appointments.reschedule(
                appointment=visit, starts_at=form.starts_at, by=user, **given
            ),
        ):
            said = _("%(patient)s has a new time.") % {"patient": visit.patient}
            return answered(request, said, resolve_url("wards:arrivals"))
    return ask(request, "wards/_reschedule.html", form=form, visit=visit)


@require_safe
@requires(Permission.BOOK)
def conflicts(request: HttpRequest) -> HttpResponse:
    """Who is busy at the time in the form so far; nothing while it names none."""
    form = When(request.GET)
    form.is_valid()
    moved = Appointment.objects.filter(pk=number(request.GET.get("appointment")) or 0).first()
    provider = moved.provider if moved else _chosen(request)
    if form.has_error("time", "past"):
        return vary(render(request, "wards/_conflicts.html", {"past": form.errors["time"][0]}))
    if not provider or not {"date", "time", "duration"} <= form.cleaned_data.keys():
        return vary(HttpResponse())
    patient = Patient.objects.filter(pk=number(request.GET.get("patient")) or 0).first()
    clashes = diary.conflicts(
        provider,
        form.starts_at,
        form.cleaned_data["duration"],
        patient=moved.patient if moved else patient,
        exclude=moved,
    )
    context = {"conflicts": clashes, "provider": provider, "form": form}
    return vary(render(request, "wards/_conflicts.html", context))


def _chosen(request: HttpRequest) -> User | None:
    wanted = number(request.GET.get("provider")) or 0
    return User.objects.filter(pk=wanted, hospital=reader(request).hospital_id).first()
