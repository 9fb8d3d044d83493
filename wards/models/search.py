"""Finding patients by the beginnings of words, with an index that needs no extension."""

import re

from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, F, Func, TextField, Value

# What tells the lexeme of a phone number from the others.
PHONE = "~"


class Words(Func):
    """The words of a patient's names and number, and the phone number, also backwards.

    As a tsvector of our own, not PostgreSQL's parser's, which takes "MRN-1" and "+966…" apart.
    Backwards, because people give a number with or without the country: its end is always the same.
    """

    template = (
        "array_to_tsvector(array_remove("
        "regexp_split_to_array(lower(%(expressions)s), '[\\s-]+'), ''))"
    )
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()

    def __init__(self) -> None:
        digits = "regexp_replace(%(expressions)s, '\\D', '', 'g')"
        phone = Func(
            F("phone"),
            template=f"({digits} || ' {PHONE}' || reverse({digits}))",
            output_field=TextField(),
        )
        super().__init__(F("first_name"), F("last_name"), F("number"), phone)


def begins_with(search: str) -> Func | None:
    """The condition that every word of `search` begins one of a patient's; None for no words."""
    digits = re.sub(r"[\s+()/-]", "", search)
    words = [digits] if digits.isdecimal() else re.split(r"[\s-]+", search)
    terms = " & ".join(_term(word) for word in words if word)
    return _fits(terms) if terms else None


def phone_ends_with(digits: str) -> Func:
    """The condition that a patient's phone number ends with these digits."""
    return _fits(f"{_quoted(PHONE + digits[::-1])}:*")


def _fits(terms: str) -> Func:
    query = Func(Value(terms), template="lower(%(expressions)s)::tsquery")
    return Func(
        Words(), query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField()
    )


def _term(word: str) -> str:
    """The word as the beginning of a lexeme, or a phone number's end."""
    term = f"{_quoted(word)}:*"
    if word.isdecimal() and len(word) >= 4:
        # 0501… at home is +966501… abroad.
        term = f"({term} | {_quoted(PHONE + word.lstrip('0')[::-1])}:*)"
    return term


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
