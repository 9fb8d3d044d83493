"""Writing a template, and trying it out."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.contacts import phones
from messaging.rendering.drafts import WORDS, Draft
from messaging.rendering.fields import body_field, subject_field, written
from wards.models import Hospital, Language
from wards.web.forms import Plain


class TemplateForm(Plain):
    """The words of a template; `version` is the number of the one that is edited."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    category = forms.ChoiceField(label=gettext_lazy("About"), choices=Topic)
    subject_en, body_en = subject_field("en"), body_field("en")
    subject_ar, body_ar = subject_field("ar"), body_field("ar")
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, hospital: Hospital, *args: Any, **kwargs: Any) -> None:
        self.hospital = hospital
        self.code, self.channel = kwargs.pop("code", ""), kwargs.pop("channel", "")
        super().__init__(*args, **kwargs)

    @property
    def draft(self) -> Draft:
        """What is written so far, also where it is not valid yet."""
        return Draft(
            self.hospital,
            self._value("code") or self.code,
            self._value("channel") or self.channel or Channel.SMS,
            **{name: self._value(name) for name in WORDS},
        )

    @property
    def words(self) -> dict[str, str]:
        """The words of a valid form."""
        return {name: getattr(self.draft, name) for name in WORDS}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for finding in self.draft.errors:
            self.add_error(finding.field or None, finding.text)
        return cleaned

    def _value(self, name: str) -> str:
        return written(self, name) if name in self.fields else ""


class NewTemplateForm(TemplateForm):
    """A new one: what it is called and where it goes are chosen once."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[(channel.value, channel.label) for channel in PATIENT_CHANNELS],
        initial=Channel.SMS,
        widget=forms.RadioSelect,
    )
    code = forms.RegexField(
        r"^[a-z][a-z0-9_]*$",
        label=gettext_lazy("Code"),
        max_length=60,
        error_messages={"invalid": gettext_lazy("Small letters, digits and underscores only.")},
        help_text=gettext_lazy("Small letters, digits and underscores; rules ask for it by this."),
        widget=forms.TextInput(attrs={"dir": "ltr", "list": "codes", "autocomplete": "off"}),
    )


class TestForm(Plain):
    """Where a test goes, and in which language."""

    address = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"dir": "ltr"}))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=Language, widget=forms.RadioSelect
    )

    def __init__(self, channel: str, hospital: Hospital, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel, self.hospital = channel, hospital
        field = self.fields["address"]
        if channel == Channel.EMAIL:
            field.label = _("Your e-mail address")
            field.widget.input_type = "email"
        else:
            field.label = _("Your phone number")
            field.widget.input_type = "tel"

    def clean_address(self) -> str:
        given = str(self.cleaned_data["address"])
        if self.channel == Channel.EMAIL:
            validate_email(given)
            return given
        number = phones.e164(given, self.hospital)
        if not number:
            raise ValidationError(_("A phone number has digits, as: +966 50 123 4567"))
        return number
