"""A decision on who somebody is."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from wards.models import IdentityQuestion, Patient

State = IdentityQuestion.State
ANSWERS = [(each, each) for each in (State.MATCHED, State.NEW, State.DISMISSED)]


class DecisionForm(forms.Form):
    """The answer, and with "the same person" one of the candidates."""

    answer = forms.ChoiceField(choices=ANSWERS)
    patient: forms.ModelChoiceField[Patient] = forms.ModelChoiceField(
        queryset=Patient.objects.none(), required=False
    )

    def __init__(self, *args: Any, question: IdentityQuestion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["patient"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = question.candidates.all()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == State.MATCHED and cleaned.get("patient") is None:
            raise forms.ValidationError(_("Choose which of them it is."))
        return cleaned
