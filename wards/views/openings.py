"""Where alerts lead: to the thing itself as it is now, or words that say why it is not shown.

A link outlives what it was made for: the appointment has another day, the patient is on another
ward, the reader's duty has ended. So an alert names the thing, and it is looked for when opened.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wards import patient_records
from wards.base import clock
from wards.models import Admission, Appointment
from wards.roles import Permission, allows, members_only, wards_of
from wards.web.pages import reader, vary


@require_safe
@members_only
def stay(request: HttpRequest, admission_id: int) -> HttpResponse:
    """The patient's place on the board, else their page."""
    found: Admission = get_object_or_404(
        Admission.objects.select_related("patient", "ward"), pk=admission_id
    )
    user = reader(request)
    if found.discharged_at is None and wards_of(user).contains(found.ward):
        board = reverse("wards:board", args=[found.ward_id])
        return redirect(f"{board}#patient-{found.patient_id}")
    if patient_records.patients_of(user).contains(found.patient):
        return redirect("wards:patient", found.patient_id)
    if found.discharged_at is not None:
        why = _("The patient has left, and you may no longer read about them.")
    else:
        why = _("The patient is on a ward in which you are not on duty now.")
    return _not_shown(request, why)


@require_safe
@members_only
def appointment(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Its row in the queue of the day that it is on now."""
    visit = get_object_or_404(Appointment, pk=appointment_id)
    user = reader(request)
    own = visit.provider_id == user.pk or allows(user, Permission.VIEW_ALL_APPOINTMENTS)
    if not (own and allows(user, Permission.VIEW_QUEUE)):
        return _not_shown(request, _("This appointment is with somebody else now."))
    day = timezone.localtime(visit.starts_at).date()
    query = "" if day == clock.today() else f"?date={day.isoformat()}"
    return redirect(f"{reverse('wards:arrivals')}{query}#appointment-{visit.pk}")


def _not_shown(request: HttpRequest, why: str) -> HttpResponse:
    return vary(render(request, "wards/not_shown.html", {"why": why}))
