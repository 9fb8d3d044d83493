"""What is asked when a hospital is opened (`manage.py createhospital`)."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from wards.base import text as cleaning
from wards.base.values import NotUnderstood, contacts
from wards.models import Feed, Language, User

# Python has one more than PostgreSQL: that of whatever machine it runs on.
ZONES = sorted(available_timezones() - {"localtime"})


class Line(forms.CharField):
    """One line without what nobody can see, with a letter or digit in it where anything is."""

    def clean(self, value: Any) -> str:
        text = cleaning.line(str(super().clean(value)))
        if value and not any(map(str.isalnum, text)):
            raise ValidationError("Give letters or digits.")
        return text


class NewHospital(forms.Form):
    """A hospital, its first administrator, and the first system that sends it messages."""

    name = Line(max_length=120, label="Name of the hospital")
    name_ar = Line(max_length=120, required=False, label="Its name in Arabic")
    timezone = forms.CharField(initial="UTC", label="Time zone, as Asia/Riyadh")
    language = forms.ChoiceField(
        choices=Language, initial=Language.ENGLISH, label="Language, en or ar"
    )
    phone = Line(max_length=32, required=False, label="Phone")
    facility = Line(
        max_length=180, required=False, label="Sending facility of its HL7 messages (MSH-4)"
    )
    username = forms.CharField(
        max_length=150, validators=[UnicodeUsernameValidator()], label="Administrator's user name"
    )
    first_name = Line(max_length=150, label="Administrator's first name")
    last_name = Line(max_length=150, label="Administrator's last name")
    email = forms.EmailField(label="Administrator's e-mail address")
    password = forms.CharField(strip=False, label="Administrator's password")

    def clean_timezone(self) -> str:
        zone = str(self.cleaned_data["timezone"])
        if zone not in ZONES:
            alike = [name for name in ZONES if zone.casefold() in name.casefold()][:5]
            hint = f" Perhaps: {', '.join(alike)}." if alike else ""
            raise ValidationError(f"There is no time zone {zone!r}.{hint}")
        return zone

    def clean_phone(self) -> str:
        try:
            return contacts.phone(str(self.cleaned_data["phone"]))
        except NotUnderstood as fault:
            raise ValidationError("A phone number has digits, as: +966 11 555 0100") from fault

    def clean_facility(self) -> str:
        facility = str(self.cleaned_data["facility"])
        with scopes_disabled():
            if Feed.objects.filter(facility__iexact=facility, application="").exists():
                raise ValidationError(f"Messages of {facility} belong to another hospital.")
        return facility

    def clean_username(self) -> str:
        name = User.normalize_username(str(self.cleaned_data["username"]))
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(f"The user name {name} is taken.")
        return name

    def clean_password(self) -> str:
        """Not like the person's own names: they are asked before."""
        known = {key: self.cleaned_data.get(key, "") for key in ("username", "first_name")}
        known |= {key: self.cleaned_data.get(key, "") for key in ("last_name", "email")}
        password = str(self.cleaned_data["password"])
        validate_password(password, User(**known))
        return password
