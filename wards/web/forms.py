"""What all our forms share."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from wards.models import Role, User


class Plain(forms.Form):
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


class Search(forms.Form):
    """Filters in the address: what is not understood is left out, never an error page."""

    q = forms.CharField(required=False, max_length=80)

    def value(self, name: str) -> str:
        """A filter's cleaned value, or the empty string."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")
