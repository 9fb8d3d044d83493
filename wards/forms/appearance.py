"""What people choose about how pages look."""

from django import forms

from wards.models import Language, User


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=Language)


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=User.Theme)
