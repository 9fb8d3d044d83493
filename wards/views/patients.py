"""Patients: finding one, the list, a patient's page, and their details."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wards import patient_records
from wards.actions import patients
from wards.forms import PatientFilter, PatientForm
from wards.identity.matching import final
from wards.models import Patient, Ward
from wards.roles import Permission, allows, members_only, requires, wards_of
from wards.web.dialogs import managed
from wards.web.forms import Search
from wards.web.pages import number, reader, vary, wants_part

PAGE_SIZE = 25


@require_safe
@members_only
def patient_list(request: HttpRequest) -> HttpResponse:
    """The patients the reader may see: `?q=`, `?stay=`, `?ward=`, `?tag=`, 25 a page (`?page=`)."""
    user = reader(request)
    if not patient_records.may_read(user):
        raise PermissionDenied
    filters = PatientFilter(request.GET)
    chosen = {name: filters.value(name) for name in ("q", "stay", "ward", "tag")}
    found = patient_records.listed(
        user,
        search=chosen["q"],
        stay=chosen["stay"],
        ward=number(chosen["ward"]),
        tag=chosen["tag"],
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **chosen,
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1),
        "wards": Ward.objects.all() if allows(user, Permission.MANAGE_PATIENTS) else wards_of(user),
        "chosen_ward": number(chosen["ward"]),
        "filtered": any(chosen.values()),
    }
    template = "wards/_patients.html" if wants_part(request) else "wards/patients.html"
    return vary(render(request, template, context))


@require_safe
@members_only
def patient(request: HttpRequest, patient_id: int) -> HttpResponse:
    """One patient: where they are, what was and what comes, and everything that happened."""
    person = _patient(request, patient_id)
    if person.merged_into_id:
        return redirect("wards:patient", final(person).pk)
    context = {"chart": patient_records.chart(person), "patient": person}
    template = "wards/_chart.html" if wants_part(request) else "wards/patient.html"
    return vary(render(request, template, context))


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PATIENTS)
def register(request: HttpRequest) -> HttpResponse:
    """Takes somebody into the books."""
    user = reader(request)
    assert user.hospital is not None
    hospital = user.hospital
    form = PatientForm(request.POST or None, initial={"language": hospital.language})
    if request.method == "POST" and form.is_valid():
        made: list[Patient] = []
        given = form.cleaned_data
        if managed(
            form,
            lambda: made.append(patients.register_patient(hospital=hospital, by=user, **given)),
        ):
            messages.success(request, _("%(patient)s is registered.") % {"patient": made[0]})
            return redirect("wards:patient", made[0].pk)
    return _form(request, form)


@require_http_methods(["GET", "POST"])
@members_only
def edit(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Changes what is known of a patient."""
    person = final(get_object_or_404(Patient, pk=patient_id))
    user = reader(request)
    if not allows(user, Permission.MANAGE_PATIENTS):
        raise PermissionDenied
    known = {
        name: getattr(person, name) for name in PatientForm.base_fields if name != "share_email"
    }
    form = PatientForm(request.POST or None, initial=known | {"tags": ", ".join(person.tags)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if managed(form, lambda: patients.update_patient(patient=person, by=user, **given)):
            messages.success(
                request, _("The details of %(patient)s are saved.") % {"patient": person}
            )
            return redirect("wards:patient", person.pk)
    return _form(request, form, person)


@require_safe
@members_only
def find(request: HttpRequest) -> HttpResponse:
    """The first few that match `?find=`, to choose one of them for admission or an appointment."""
    user = reader(request)
    if not (allows(user, Permission.MANAGE_STAYS) or allows(user, Permission.BOOK)):
        raise PermissionDenied
    search = Search({"q": request.GET.get("find", "")}).value("q")
    chosen = number(request.GET.get("patient"))
    context = {
        "found": patient_records.find(search, chosen),
        "find": search,
        "chosen": chosen,
        "purpose": request.GET.get("for", ""),
    }
    return vary(render(request, "wards/_found.html", context))


def _patient(request: HttpRequest, patient_id: int) -> Patient:
    """The patient of this hospital (else 404) if the reader may see them (else 403).

    Of a merged one nothing is seen: the page goes on to the one that survives.
    """
    person: Patient = get_object_or_404(Patient.objects.select_related("user"), pk=patient_id)
    if not person.merged_into_id and not patient_records.patients_of(reader(request)).contains(
        person
    ):
        raise PermissionDenied
    return person


def _form(request: HttpRequest, form: PatientForm, person: Patient | None = None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "patient": person}
    return vary(render(request, "wards/patient_form.html", context, status=status))
