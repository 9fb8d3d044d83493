"""A bulk send as it is written: to whom, and in which words."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.campaigns import choices
from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.models import Campaign
from messaging.rendering.drafts import WORDS, Draft
from messaging.rendering.fields import body_field, subject_field, written
from wards.base import clock
from wards.models import Hospital
from wards.operations.forms import ACCEPT
from wards.operations.views.matching import Question
from wards.web.forms import Plain, Search

TEMPLATE, OWN = "template", "own"
PASTED_SAMPLE = "+966 50 123 4567\nlayla@example.com"
LETTERS = ("a", "b")
Audience = Campaign.Audience
# Not what concerns only people who work here.
TOPICS = [(topic.value, topic.label) for topic in Topic if topic != Topic.STAFF]
# Which field an audience is about, and what to say where it is empty.
NEEDED = {
    Audience.TAGS: ("tags", gettext_lazy("Choose a tag at least.")),
    Audience.WARD: ("ward", gettext_lazy("Choose a ward.")),
    Audience.APPOINTMENTS: ("day", gettext_lazy("Choose a day.")),
    Audience.LIST: ("people", gettext_lazy("Paste a number or an address at least.")),
    Audience.FILE: ("source", gettext_lazy("Choose a file first.")),
}


class CampaignFilter(Search):
    """Of the list: those that are still to be dealt with, or those that are over."""

    show = forms.ChoiceField(required=False, choices=[("open", "open"), ("ended", "ended")])


class ReasonForm(Plain):
    """Why somebody does not approve."""

    reason = forms.CharField(
        label=gettext_lazy("What should be changed?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class WhenForm(Plain):
    """A moment of the hospital's, or empty for now."""

    at = forms.DateTimeField(
        label=gettext_lazy("Send on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


class VariantForm(Plain):
    """What is said: a template by its code, or own words."""

    origin = forms.ChoiceField(
        label=gettext_lazy("Words"),
        choices=[
            (TEMPLATE, gettext_lazy("From a template")),
            (OWN, gettext_lazy("Words of your own")),
        ],
        initial=TEMPLATE,
        widget=forms.RadioSelect,
    )
    code = forms.ChoiceField(label=gettext_lazy("Template"), required=False)
    subject_en, body_en = subject_field("en"), body_field("en")
    subject_ar, body_ar = subject_field("ar"), body_field("ar")

    def __init__(
        self, hospital: Hospital, templates: dict[str, choices.OfferedTemplate], **given: Any
    ) -> None:
        super().__init__(**given)
        self.hospital, self.templates = hospital, templates
        code = self.fields["code"]
        assert isinstance(code, forms.ChoiceField)
        code.choices = [
            ("", _("Choose a template")),
            *((t.code, t.name) for t in templates.values()),
        ]
        for language in ("en", "ar"):
            for name in (f"subject_{language}", f"body_{language}"):
                described = f"findings-{self.prefix}-{language}"
                self.fields[name].widget.attrs["aria-describedby"] = described

    @property
    def letter(self) -> str:
        return str(self.prefix).upper()

    @property
    def template(self) -> choices.OfferedTemplate | None:
        """The template that is chosen."""
        if self["origin"].value() != TEMPLATE:
            return None
        return self.templates.get(str(self["code"].value() or ""))

    @property
    def is_own(self) -> bool:
        return bool(self["origin"].value() == OWN)

    def draft(self, channel: str) -> Draft:
        """Own words as far as they are written, for a channel."""
        words = {name: written(self, name) for name in WORDS}
        return Draft(self.hospital, "", channel, **words)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.is_own and not cleaned.get("code") and "code" not in self.errors:
            self.add_error("code", _("Choose a template, or write your own words."))
        return cleaned


class CampaignForm(Plain):
    """To whom, about what, by which ways; the words are in `variants`, A and B.

    `kept` is the list or file that a bulk send has already: it need not be given again.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("For you and your colleagues; patients do not see it."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    audience = forms.ChoiceField(
        choices=Audience, initial=Audience.APPOINTMENTS, widget=forms.RadioSelect
    )
    tags = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    ward = forms.TypedChoiceField(
        label=gettext_lazy("Ward"), required=False, coerce=int, empty_value=None
    )
    day = forms.DateField(
        label=gettext_lazy("Day of the appointment"),
        required=False,
        validators=[MaxValueValidator(date(9000, 1, 1), gettext_lazy("Choose a day."))],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    people = forms.CharField(
        label=gettext_lazy("Numbers and e-mail addresses"),
        required=False,
        help_text=gettext_lazy("One on each line, or separated by commas."),
        widget=forms.Textarea(attrs={"rows": 6, "dir": "ltr", "placeholder": PASTED_SAMPLE}),
    )
    source = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPT, "class": "drop-input"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )
    topic = forms.ChoiceField(
        label=gettext_lazy("About"),
        required=False,
        choices=TOPICS,
        initial=Topic.CARE,
        help_text=gettext_lazy(
            "Who does not want to hear of this is left out; news and offers go only to those "
            "who asked for them."
        ),
    )
    channels = forms.MultipleChoiceField(
        choices=[(channel.value, channel.label) for channel in PATIENT_CHANNELS],
        initial=[channel.value for channel in PATIENT_CHANNELS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose a channel at least.")},
    )
    compare = forms.BooleanField(
        label=gettext_lazy("Compare two texts"),
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    share = forms.IntegerField(
        label=gettext_lazy("How many get text B"),
        required=False,
        min_value=1,
        max_value=99,
        initial=50,
        widget=forms.NumberInput(attrs={"type": "range", "step": 1, "class": "form-range"}),
    )

    def __init__(
        self,
        hospital: Hospital,
        *args: Any,
        kept: str = "",
        words: dict[str, dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.hospital, self.kept = hospital, kept
        self.question: Question | None = None  # what the columns of the file are
        self.templates = choices.templates()
        # Counted where they are shown, not each time that the words are looked at.
        self.fields["tags"].choices = choices.tags  # type: ignore[attr-defined]
        self.fields["ward"].choices = _wards  # type: ignore[attr-defined]
        self.fields["day"].initial = clock.today() + timedelta(days=1)
        self.fields["source"].widget.attrs["data-most"] = settings.BULK_MAX_BYTES
        words = words or {}
        self.variants = [
            VariantForm(
                hospital,
                self.templates,
                data=self.data if self.is_bound else None,
                prefix=letter,
                initial=words.get(letter),
            )
            for letter in LETTERS
        ]

    @property
    def chosen(self) -> list[VariantForm]:
        """Those that are sent: A, and B where two are compared."""
        return self.variants if self["compare"].value() else self.variants[:1]

    @property
    def day_value(self) -> date | None:
        """The day as it stands, also in a form that is not finished."""
        field = self.fields["day"]
        try:
            day: date | None = field.clean(self["day"].value())
        except forms.ValidationError:
            return None
        return day

    @property
    def ways(self) -> list[str]:
        """The channels that are chosen and that have words, in their order."""
        chosen = self["channels"].value() or []
        for variant in self.chosen:
            if (template := variant.template) is not None:
                chosen = [channel for channel in chosen if channel in template.channels]
        return [channel.value for channel in PATIENT_CHANNELS if channel in chosen]

    @property
    def share_of_b(self) -> int:
        """In percent; 0 where nothing is compared."""
        return int(self.cleaned_data.get("share") or 50) if len(self.chosen) > 1 else 0

    @property
    def about(self) -> str:
        """The topic: that of the template, or the one that was chosen for own words."""
        template = self.variants[0].template
        return template.category if template else self.cleaned_data.get("topic") or Topic.CARE

    @property
    def parameters(self) -> dict[str, Any]:
        """What the audience is made of."""
        given = self.cleaned_data
        match given["audience"]:
            case Audience.TAGS:
                return {"tags": given["tags"]}
            case Audience.WARD:
                return {"ward": given["ward"]}
            case Audience.APPOINTMENTS:
                return {"day": given["day"].isoformat()}
        return {}

    def is_valid(self) -> bool:
        """Both the audience and the words; all of them are looked at, so that all errors show."""
        return all([super().is_valid(), *(variant.is_valid() for variant in self.chosen)])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        field, words = NEEDED.get(cleaned.get("audience", ""), ("", ""))
        kept = self.kept and field == "source"
        for other, _words in NEEDED.values():
            if other != field:  # is not shown: nobody could see what is wrong with it
                self.errors.pop(other, None)
        if field and not kept and not cleaned.get(field) and field not in self.errors:
            self.add_error(field, words)
        if "channels" not in self.errors and not self.ways:
            self.add_error("channels", _("The template has no words for these channels."))
        for variant in self.chosen:
            if variant.is_own:
                self._check_words(variant)
        return cleaned

    def _check_words(self, variant: VariantForm) -> None:
        """What keeps own words from going out by one of the channels."""
        variant.is_valid()
        for channel in self.ways or [Channel.SMS]:
            for finding in variant.draft(channel).errors:
                if finding.text not in variant.errors.get(finding.field or "__all__", ()):
                    variant.add_error(finding.field or None, finding.text)


def _wards() -> list[tuple[object, str]]:
    return [("", _("Choose a ward")), *((ward.pk, label) for ward, label in choices.wards())]
