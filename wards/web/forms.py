"""What all our forms share."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from wards.base import text
from wards.models import Role, User

# What is numbers: typed on an Arabic or Persian keyboard, its digits are other characters.
NUMBERS = (
    forms.IntegerField, forms.DateField, forms.TimeField, forms.DateTimeField, forms.DurationField,
)  # fmt: skip


def cleaning(field: forms.Field) -> Callable[[str], str] | None:
    """How what is typed into a field is cleaned; None where every character counts: passwords."""
    widget = field.widget
    if isinstance(widget, forms.PasswordInput) or getattr(field, "strip", True) is False:
        return None
    if isinstance(field, NUMBERS) or getattr(widget, "input_type", "") in ("tel", "number"):
        return text.number
    if isinstance(field, forms.CharField):
        return text.prose if isinstance(widget, forms.Textarea) else text.line
    return None


class Clean(forms.BaseForm):
    """A form that takes what is typed or pasted without what nobody can see.

    Cleaned before anything looks at it, so that the page shows again what was understood.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.data: Any = cast(Any, self.data).copy()
            for name, field in self.fields.items():
                self._take(self.add_prefix(name), cleaning(field))

    def _take(self, key: str, clean: Callable[[str], str] | None) -> None:
        given = self.data.get(key)
        if clean and isinstance(given, str) and (cleaned := clean(given)) != given:
            self.data[key] = cleaned


class Plain(Clean, forms.Form):
    """A form in Bootstrap's clothes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


def dress(form: forms.BaseForm) -> None:
    """Gives every field the class its kind has in Bootstrap."""
    for field in form.fields.values():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput | forms.RadioSelect):
            name = "form-check-input"
        else:
            name = "form-select" if isinstance(widget, forms.Select) else "form-control"
        widget.attrs.setdefault("class", name)


def offer(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    """The rows to choose from; known only inside a hospital's scope."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


def providers(hospital_id: int | None) -> QuerySet[User]:
    """Those who see patients, by name."""
    people = User.objects.filter(hospital=hospital_id, role=Role.PROVIDER, is_active=True)
    return people.order_by("last_name", "first_name", "pk")


class Blank(forms.Form):
    """Nothing but a yes."""


class Search(Clean, forms.Form):
    """Filters in the address: what is not understood is left out, never an error page."""

    q = forms.CharField(required=False, max_length=80)

    def value(self, name: str) -> str:
        """A filter's cleaned value, or the empty string."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")
