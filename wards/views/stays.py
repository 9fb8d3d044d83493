"""What is done on a ward's board: admit, move, discharge, take back, and see to the beds."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wards import patient_records
from wards.actions import admissions, beds, corrections
from wards.base.refused import Refused
from wards.forms import AdmitForm, DischargeForm, TakeBackForm, TransferForm
from wards.models import Admission, Bed, User, Ward
from wards.roles import Permission, allows, members_only, wards_of
from wards.web.dialogs import answered, ask, managed
from wards.web.forms import Search
from wards.web.pages import number, reader, vary

UNDO: dict[str, Callable[..., None]] = {
    "admission": corrections.cancel_admission,
    "transfer": corrections.cancel_transfer,
    "discharge": corrections.cancel_discharge,
}


@require_http_methods(["GET", "POST"])
@members_only
def admit(request: HttpRequest, ward_id: int) -> HttpResponse:
    """Asks who comes (`?bed=`, `?patient=` are chosen already), then opens the stay."""
    ward = _ward(request, get_object_or_404(Ward, pk=ward_id))
    user = reader(request)
    form = AdmitForm(ward, request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"hospital": ward.hospital, "ward": ward}
        if managed(form, lambda: admissions.admit(by=user, **given)):
            said = _("%(patient)s is admitted to %(ward)s.") % given
            return answered(request, said, _board(ward))
    search = Search({"q": request.POST.get("find", "")}).value("q")
    chosen = number(form["patient"].value())
    found = patient_records.find(search, chosen)
    return ask(
        request, "wards/_admit.html", form=form, ward=ward, find=search, found=found, chosen=chosen
    )


@require_http_methods(["GET", "POST"])
@members_only
def transfer(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Asks for the new bed, then moves the patient there."""
    stay, user = _stay(request, admission_id), reader(request)
    free = Bed.objects.filter(status=Bed.Status.AVAILABLE)
    form = TransferForm(Ward.objects.all(), free, request.POST or None)
    if request.method == "POST" and form.is_valid():
        ward, bed = form.cleaned_data["to"]
        if managed(form, lambda: admissions.transfer(admission=stay, ward=ward, bed=bed, by=user)):
            said = _("%(patient)s moves to %(ward)s.") % {"patient": stay.patient, "ward": ward}
            return answered(request, said, _board(stay.ward))
    return ask(request, "wards/_transfer.html", form=form, stay=stay)


@require_http_methods(["GET", "POST"])
@members_only
def discharge(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Asks how the stay ends, then ends it."""
    stay, user = _stay(request, admission_id), reader(request)
    form = DischargeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if managed(form, lambda: admissions.discharge(admission=stay, by=user, **given)):
            said = _("%(patient)s is discharged.") % {"patient": stay.patient}
            return answered(request, said, _board(stay.ward))
    return ask(request, "wards/_discharge.html", form=form, stay=stay)


@require_http_methods(["GET", "POST"])
@members_only
def take_back(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Asks whether the last step of a stay did not happen, then undoes it."""
    stay, user = _stay(request, admission_id), reader(request)
    step, move = _last_step(stay)
    form = TakeBackForm(request.POST or None, initial={"step": step})
    if request.method == "POST" and form.is_valid():
        undo = UNDO[form.cleaned_data["step"]]
        if managed(form, lambda: undo(admission=stay, by=user)):
            return answered(request, _("It has been taken back."), _board(stay.ward))
    return ask(request, "wards/_take_back.html", form=form, stay=stay, step=step, move=move)


@require_POST
@members_only
def bed_status(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Takes an empty bed out of use, or back into it."""
    bed: Bed = get_object_or_404(Bed.objects.select_related("ward"), pk=bed_id)
    ward = _ward(request, bed.ward)
    status, refused = request.POST.get("status", ""), ""
    if status not in Bed.Status.values:
        return HttpResponse(status=422)
    try:
        bed = beds.set_bed_status(bed=bed, status=status, by=reader(request))
    except Refused as refusal:
        refused = str(refusal)
    said = refused or f"{bed.number}: {bed.get_status_display()}"
    return answered(request, said, _board(ward), "error" if refused else "success")


@require_safe
@members_only
def stay_menu(request: HttpRequest, admission_id: int) -> HttpResponse:
    """What may be done with a stay: fetched when the menu of its card opens."""
    context = {"stay": _stay(request, admission_id)}
    return vary(render(request, "wards/menus/stay.html", context))


@require_safe
@members_only
def bed_menu(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The same of a bed."""
    bed: Bed = get_object_or_404(Bed.objects.select_related("ward"), pk=bed_id)
    _ward(request, bed.ward)
    return vary(render(request, "wards/menus/bed.html", {"bed": bed}))


def may_manage(user: User, ward: Ward) -> bool:
    """Whether the user admits, moves and discharges in this ward."""
    return allows(user, Permission.MANAGE_STAYS) and wards_of(user).contains(ward)


def _ward(request: HttpRequest, ward: Ward) -> Ward:
    if not may_manage(reader(request), ward):
        raise PermissionDenied
    return ward


def _stay(request: HttpRequest, admission_id: int) -> Admission:
    """The stay in this hospital (else 404), in a ward where the reader may act (else 403)."""
    stays = Admission.objects.select_related("patient", "ward", "bed", "discharge")
    stay: Admission = get_object_or_404(stays, pk=admission_id)
    _ward(request, stay.ward)
    return stay


def _last_step(stay: Admission) -> tuple[str, object]:
    """What would be taken back first, and the transfer where it is one."""
    if stay.discharged_at is not None:
        return "discharge", None
    moves = stay.transfers.select_related("from_ward", "from_bed", "to_ward", "to_bed")
    move = moves.order_by("-id").first()
    return ("transfer" if move else "admission"), move


def _board(ward: Ward) -> str:
    return resolve_url("wards:board", ward.pk)
