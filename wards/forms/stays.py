"""Admitting, moving and discharging."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wards.models import Bed, Discharge, Patient, User, Ward
from wards.selectors import natural
from wards.web.forms import Plain, offer, providers


class AdmitForm(Plain):
    """Who comes to a ward, into which of its free beds, and why."""

    patient: forms.ModelChoiceField[Patient] = forms.ModelChoiceField(
        Patient.objects.none(),
        label=gettext_lazy("Patient"),
        error_messages={"required": gettext_lazy("Find the patient and choose them.")},
    )
    bed: forms.ModelChoiceField[Bed] = forms.ModelChoiceField(
        Bed.objects.none(),
        label=gettext_lazy("Bed"),
        required=False,
        empty_label=gettext_lazy("No bed yet"),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    chief_complaint = forms.CharField(
        label=gettext_lazy("Chief complaint"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    provider: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Provider"),
        required=False,
        empty_label=gettext_lazy("Nobody yet"),
    )

    def __init__(self, ward: Ward, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "patient", Patient.objects.all())
        offer(self, "bed", Bed.objects.filter(ward=ward, status=Bed.Status.AVAILABLE))
        offer(self, "provider", providers(ward.hospital_id))


class TransferForm(Plain):
    """Where somebody moves to: a free bed of any ward, or a ward where none is free."""

    to = forms.ChoiceField(label=gettext_lazy("New bed"))

    def __init__(self, wards: Iterable[Ward], beds: Iterable[Bed], *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        wards = sorted(wards, key=lambda ward: natural(str(ward)))
        ordered = sorted(beds, key=lambda bed: (bed.ward_id, natural(bed.number)))
        free = {ward: list(own) for ward, own in groupby(ordered, key=lambda bed: bed.ward_id)}
        self.places: dict[str, tuple[Ward, Bed | None]] = {}
        groups: list[Any] = [("", _("Choose a bed"))]
        for ward in wards:
            own: dict[str, tuple[Ward, Bed | None]] = {
                f"bed-{bed.pk}": (ward, bed) for bed in free.get(ward.pk, [])
            }
            own[f"ward-{ward.pk}"] = (ward, None)
            self.places |= own
            options = [
                (key, bed.number if bed else _("No bed yet")) for key, (_w, bed) in own.items()
            ]
            groups.append((str(ward), options))
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = groups

    def clean_to(self) -> tuple[Ward, Bed | None]:
        place = self.places.get(self.cleaned_data["to"])
        if place is None:
            raise ValidationError(_("Choose a bed."))
        return place


class DischargeForm(Plain):
    """How a stay ends."""

    status = forms.ChoiceField(
        label=gettext_lazy("Discharged"),
        choices=[
            (status.value, status.label)
            for status in Discharge.Status
            if status not in (Discharge.Status.SUPERSEDED, Discharge.Status.CANCELLED)
        ],
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class TakeBackForm(forms.Form):
    """Confirms that one step is taken back, and which: the one that was shown."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in ("admission", "transfer", "discharge")],
        widget=forms.HiddenInput,
    )
