"""What a patient wants to hear: the page for the front desk and themselves, and the way out."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.contacts import (
    addresses,
    consent,
    decisions,
    ledger,
    preferences,
    unsubscribing,
)
from messaging.models import NotificationPreference
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event, Language, Patient, User
from wards.roles import Permission, allows, members_only
from wards.web.dialogs import managed
from wards.web.forms import Plain
from wards.web.pages import reader, vary

SHOWN = 8  # changes
KEEPERS = (Permission.MANAGE_PATIENTS, Permission.SEND_MESSAGES)


class Switch(forms.BooleanField):
    """A checkbox that takes effect when the form is saved, drawn as a switch."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.widget.attrs["role"] = "switch"


class PreferenceForm(Plain):
    """A switch for every channel and kind; the order is that of the page."""

    sms = Switch(label=Channel.SMS.label)
    whatsapp = Switch(label=Channel.WHATSAPP.label)
    email = Switch(label=Channel.EMAIL.label)
    preferred_channel = forms.ChoiceField(
        label=gettext_lazy("Try first"),
        required=False,
        choices=[("", gettext_lazy("No preference"))]
        + [(channel.value, channel.label) for channel in PATIENT_CHANNELS],
        widget=forms.RadioSelect,
    )
    confirmations = Switch(
        label=gettext_lazy("Appointments"),
        help_text=gettext_lazy("Confirmed, moved or cancelled, and how it went."),
    )
    reminders = Switch(
        label=gettext_lazy("Reminders"),
        help_text=gettext_lazy("A day and two hours before an appointment."),
    )
    results = Switch(
        label=gettext_lazy("Test results"),
        help_text=gettext_lazy("That a result is there, never what it says."),
    )
    billing = Switch(
        label=gettext_lazy("Billing"),
        help_text=gettext_lazy("Invoices, payment reminders and receipts."),
    )
    marketing = Switch(
        label=gettext_lazy("News and offers"),
        help_text=gettext_lazy("Only for those who ask for it."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language)

    CHANNELS = tuple(channel.value for channel in PATIENT_CHANNELS)
    KINDS = ("confirmations", "reminders", "results", "billing", "marketing")

    def clean(self) -> dict[str, object]:
        given = self.cleaned_data
        first = given.get("preferred_channel")
        if first and not given.get(first):
            self.add_error("preferred_channel", _("This channel is switched off."))
        return given


@require_http_methods(["GET", "POST"])
@members_only
def preferences_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Shows and changes what a patient hears, for those who keep the books and the patient."""
    user = reader(request)
    patient = _patient(user, patient_id)
    form = PreferenceForm(
        request.POST if request.method == "POST" else None, initial=_known(patient)
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if managed(form, lambda: preferences.change(patient=patient, by=user, **given)):
            messages.success(request, _("Saved. It holds for what is sent from now on."))
            return redirect("messaging:preferences", patient.pk)
    context = {
        "patient": patient,
        "own": patient.user_id == user.pk,
        "form": form,
        "channels": _channels(patient, form),
        "decides": _decides(user),
        "kinds": [form[name] for name in form.KINDS],
        "changes": _changes(patient),
    }
    status = 422 if request.method == "POST" else 200
    return vary(render(request, "messaging/preferences.html", context, status=status))


@require_POST
@members_only
def consent_change(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Says, with a `reason`, that nothing goes to the address of a `channel`, or that it may."""
    user = reader(request)
    patient = _patient(user, patient_id)
    if not _decides(user):
        raise PermissionDenied
    channel, reason = request.POST.get("channel", ""), request.POST.get("reason", "")
    key = ledger.key(patient.hospital_id, channel, addresses.address_of(patient, channel))
    if key is None:
        messages.error(request, _("There is no such address any more."))
        return redirect("messaging:preferences", patient.pk)
    verb = decisions.allow if request.POST.get("do") == "allow" else decisions.refuse
    try:
        verb(key=key, by=user, reason=reason, patient=patient)
        messages.success(request, _("Saved. It holds for what is sent from now on."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("messaging:preferences", patient.pk)


@csrf_exempt  # the signed link is what counts; mail programs post without ever having seen a page
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ends e-mails to whoever got the link: asks on GET, does it on POST (RFC 8058: one click).

    `again` in the POST takes it back. Scanners of mail follow links, so a GET changes nothing.
    """
    link = unsubscribing.of_token(token)
    if link is None:
        raise Http404
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate((link.patient or link.hospital).language)
    if request.method == "POST":
        unsubscribing.switch(link, on="again" in request.POST)
    context = {
        "hospital": link.hospital,
        "news": link.field == "marketing",
        "subscribed": unsubscribing.subscribed(link),
    }
    response = vary(render(request, "messaging/unsubscribe.html", context))
    response["X-Robots-Tag"] = "noindex"
    return response


def _decides(user: User) -> bool:
    """Whether somebody may say what stands against an address: who keeps the books or writes."""
    return any(
        allows(user, each) for each in (Permission.MANAGE_PATIENTS, Permission.SEND_MESSAGES)
    )


def _channels(patient: Patient, form: PreferenceForm) -> list[tuple[Any, ...]]:
    """For each channel: its switch, address, what the books have, and what stands against it."""
    found = {name: addresses.address_of(patient, name) for name in form.CHANNELS}
    keys = {name: ledger.key(patient.hospital_id, name, text) for name, text in found.items()}
    against = decisions.against([*keys.values()])
    return [
        (form[name], found[name], _given(patient, name), against.get(key, []) if key else [])
        for name, key in keys.items()
    ]


def _patient(user: User, patient_id: int) -> Patient:
    """The patient of this hospital (else 404) if it is the reader or one of theirs (else 403)."""
    everybody = Patient.objects.select_related("hospital", "preference")
    patient: Patient = get_object_or_404(everybody, pk=patient_id)
    if patient.user_id != user.pk and not _decides(user):
        raise PermissionDenied
    return patient


def _known(patient: Patient) -> dict[str, object]:
    made: NotificationPreference = consent.preference_of(patient)
    names = set(PreferenceForm.base_fields) - {"language"}
    return {name: getattr(made, name) for name in names} | {"language": patient.language}


def _given(patient: Patient, channel: str) -> str:
    """What the books have, whether or not it can be written to."""
    return patient.email if channel == Channel.EMAIL else patient.phone


def _changes(patient: Patient) -> list[Event]:
    """The latest changes, each with `switched`: what was switched (or set) to what, in words."""
    made = Event.objects.filter(patient=patient, kind=Kind.PREFERENCES_CHANGED)
    events = list(made.select_related("actor").order_by("-id")[:SHOWN])
    labels = {name: field.label for name, field in PreferenceForm.base_fields.items()}
    for event in events:
        event.switched = [  # type: ignore[attr-defined]
            (labels[name], _in_words(value)) for name, value in event.data["set"].items()
        ]
    return events


def _in_words(value: bool | str) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return str(Channel(value).label) if value else _("No preference")
