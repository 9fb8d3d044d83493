"""The list of patients, and what is written into their books."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wards.base import clock
from wards.base.values import NotUnderstood, contacts
from wards.models import Language, Patient
from wards.web.forms import Plain, Search

MOST_TAGS = 12


class PatientFilter(Search):
    stay = forms.ChoiceField(
        required=False,
        choices=[("in", gettext_lazy("In the hospital")), ("out", gettext_lazy("Not admitted"))],
    )
    ward = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    tag = forms.CharField(required=False, max_length=40)


class PatientForm(Plain):
    """What is known of a patient. `share_email` is offered where another has the same address."""

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=120)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=120)
    number = forms.CharField(
        label=gettext_lazy("Patient number"),
        max_length=80,
        help_text=gettext_lazy("National or hospital number."),
    )
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"), choices=Patient.Gender, initial=Patient.Gender.UNKNOWN
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    share_email = forms.BooleanField(
        label=gettext_lazy("It is somebody else: they share the address"), required=False
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Separated by commas, as: diabetes, interpreter"),
    )

    def clean_date_of_birth(self) -> object:
        born = self.cleaned_data["date_of_birth"]
        if born and not clock.today().replace(year=1890, day=1) < born <= clock.today():
            raise ValidationError(_("Nobody was born then."))
        return born

    def clean_phone(self) -> str:
        try:
            return contacts.phone(str(self.cleaned_data["phone"]))
        except NotUnderstood as fault:
            raise ValidationError(str(fault)) from fault

    def clean_tags(self) -> list[str]:
        given = re.split(r"[,،]", self.cleaned_data["tags"])
        tags = list(dict.fromkeys(tag.strip() for tag in given if tag.strip()))
        if len(tags) > MOST_TAGS or any(len(tag) > 40 for tag in tags):
            raise ValidationError(_("At most 12 tags of 40 letters each."))
        return tags
