"""The form fields of words in two languages."""

from django import forms
from django.utils.translation import gettext_lazy

from wards.models import Language


def _attrs(language: str, **more: object) -> dict[str, object]:
    """What is to be said of the words stands below both fields of a language."""
    direction = "rtl" if language == Language.ARABIC else "ltr"
    described = {"aria-describedby": f"findings-{language}"}
    return {"lang": language, "dir": direction, **described, **more}


def subject_field(language: str) -> forms.CharField:
    """The subject of an e-mail in one language."""
    widget = forms.TextInput(attrs=_attrs(language))
    label = gettext_lazy("Subject")
    return forms.CharField(label=label, required=False, max_length=200, widget=widget)


def body_field(language: str) -> forms.CharField:
    """The text in one language."""
    widget = forms.Textarea(attrs=_attrs(language, rows=5))
    return forms.CharField(label=gettext_lazy("Text"), required=False, widget=widget)


def written(form: forms.Form, name: str) -> str:
    """A field as it will be saved: lines end in one way, nothing hangs over at the ends."""
    value = str(form[name].value() or "")
    return "\n".join(value.splitlines()).strip()
