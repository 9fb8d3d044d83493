"""What people type or paste into any form of ours comes without what nobody can see."""

import pytest
from django import forms
from django.http import QueryDict

from wards.forms.patients import PatientForm
from wards.web.forms import Plain, Search

TYPED = {
    "first_name": "\u202eLay\u200bla\u00a0 ",
    "last_name": "حداد ٢",
    "number": "\u200e٠٠٢٥",
    "date_of_birth": "٢٠٠١-٠٢-٠٣",
    "gender": "F",
    "language": "ar",
    "email": "layla@example.org\u200b",
    "phone": "\u202a+966 50 123 4567\u202c",
}


class Words(Plain):
    secret = forms.CharField(widget=forms.PasswordInput)
    exact = forms.CharField(strip=False)
    body = forms.CharField(widget=forms.Textarea)


def test_s08_a_patient_by_hand() -> None:
    form = PatientForm(TYPED)
    assert form.is_valid(), form.errors
    given = form.cleaned_data
    assert (given["first_name"], given["last_name"]) == ("Layla", "حداد ٢")
    assert (given["email"], given["phone"]) == ("layla@example.org", "+966 50 123 4567")
    assert str(given["date_of_birth"]) == "2001-02-03"
    assert form["first_name"].value() == "Layla", "and so it is shown again"


@pytest.mark.parametrize("prefix", [None, "a"])
def test_texts_keep_their_lines_and_passwords_every_character(prefix: str | None) -> None:
    begin = f"{prefix}-" if prefix else ""
    data = QueryDict(mutable=True)
    data.update(
        {f"{begin}secret": "p\u200b ", f"{begin}exact": " x\u200b", f"{begin}body": "a\u202e\r\nb"}
    )
    form = Words(data, prefix=prefix)
    assert form.is_valid()
    assert form.cleaned_data == {"secret": "p\u200b", "exact": " x\u200b", "body": "a\nb"}


def test_what_is_looked_for() -> None:
    assert Search({"q": "\u200fليلى\u200b  حداد"}).value("q") == "ليلى حداد"


def test_what_was_given_is_left_as_it_was() -> None:
    given = dict(TYPED)
    PatientForm(given)
    assert given == TYPED
