"""Planning duties."""

from datetime import datetime, timedelta
from typing import Any, TypedDict

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from wards.models import Role, User
from wards.web.forms import Plain, offer


class Span(TypedDict):
    """A duty in the roster."""

    starts_at: datetime
    ends_at: datetime
    in_charge: bool


class Hours(Plain):
    """From when until when; what ends before it begins ends on the next day."""

    date = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    begins = forms.TimeField(
        label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=gettext_lazy("Until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    in_charge = forms.BooleanField(
        label=gettext_lazy("In charge"),
        required=False,
        help_text=gettext_lazy("Hears of critical results of wards where nobody is on duty."),
    )

    @property
    def span(self) -> Span:
        """The duty that a valid form describes, without whose it is."""
        given = self.cleaned_data
        last = given["date"] + timedelta(days=given["ends"] <= given["begins"])
        return {
            "starts_at": timezone.make_aware(datetime.combine(given["date"], given["begins"])),
            "ends_at": timezone.make_aware(datetime.combine(last, given["ends"])),
            "in_charge": given["in_charge"],
        }


class DutyForm(Hours):
    """Who is on duty, and when."""

    user: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Who"), empty_label=gettext_lazy("Choose somebody")
    )

    field_order = ("user", "date", "begins", "ends", "in_charge")

    def __init__(self, hospital_id: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(hospital=hospital_id, is_active=True)
        people = people.exclude(role=Role.PATIENT)
        offer(self, "user", people.order_by("last_name", "first_name", "pk"))


class RosterFilter(forms.Form):
    """Which ward and which week: any day of it."""

    ward = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    week = forms.DateField(required=False)
