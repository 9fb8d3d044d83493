"""Booking, moving and calling off appointments."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wards.base import clock
from wards.models import Appointment, Patient, User
from wards.web.forms import Clean, Plain, offer, providers


class When(Plain):
    """A time in the hospital's time zone, and how long. `overbook`: although somebody is busy."""

    date = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    time = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    duration = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        min_value=Appointment.SHORTEST,
        max_value=Appointment.LONGEST,
        initial=30,
        widget=forms.NumberInput(attrs={"step": 5}),
    )
    overbook = forms.BooleanField(label=gettext_lazy("Book it all the same"), required=False)

    @property
    def starts_at(self) -> datetime:
        """The beginning, of a valid form."""
        given = datetime.combine(self.cleaned_data["date"], self.cleaned_data["time"])
        return timezone.make_aware(given)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "date" in given and "time" in given and self.starts_at < clock.now():
            self.add_error("time", ValidationError(_("That time has passed."), "past"))
        return given


class BookForm(When):
    """A new appointment: who with whom, when, and why."""

    patient: forms.ModelChoiceField[Patient] = forms.ModelChoiceField(
        Patient.objects.none(),
        label=gettext_lazy("Patient"),
        error_messages={"required": gettext_lazy("Find the patient and choose them.")},
    )
    provider: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Provider"),
        empty_label=gettext_lazy("Choose a provider"),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)
    financial_clearance = forms.BooleanField(
        label=gettext_lazy("Financially cleared"), required=False
    )
    consent_verified = forms.BooleanField(label=gettext_lazy("Consent verified"), required=False)

    def __init__(self, hospital_id: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "patient", Patient.objects.all())
        offer(self, "provider", providers(hospital_id))


class RescheduleForm(When):
    """Another time for an appointment; the patient and the provider will read the reason."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class CancelForm(Clean, forms.ModelForm[Appointment]):
    """Why an appointment is called off: the patient and the provider will read it."""

    class Meta:
        model = Appointment
        fields = ("status_reason",)
        labels = {"status_reason": gettext_lazy("Reason")}

    status_reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"class": "form-control", "autofocus": True, "autocomplete": "off"}
        ),
    )
