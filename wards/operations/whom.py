"""Who is meant: what a row of a file says of somebody, held against the patients it may mean.

A key finds only what it says it is: a number is no database id, and 25 is not 0025. What could mean
several people means none of them until somebody says which.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from django.utils.translation import get_language

from wards.base import bidi
from wards.identity.contradiction import Births, births
from wards.identity.names import Likeness, Name, compare
from wards.models import Hospital, Patient

ZEROS = 12  # leading zeros that a spreadsheet may have taken; numbers have up to 80 places
FEW = 5  # candidates that a sentence lists


class Known(NamedTuple):
    """A patient, as far as a row can be held against one."""

    id: int
    number: str
    first_name: str
    last_name: str
    born: date | None

    def __str__(self) -> str:
        name = bidi.isolated(f"{self.first_name} {self.last_name}".strip(), get_language() or "en")
        return f"{name} ({self.number})" if self.number else name


class Verdict(NamedTuple):
    """Whom of the candidates a row means: one; several, who are listed; or none."""

    one: Known | None = None
    several: Sequence[Known] = ()


def known(patient: Patient) -> Known:
    """A patient of ours as one of the candidates."""
    return Known(
        patient.pk, patient.number, patient.first_name, patient.last_name, patient.date_of_birth
    )


def birthday(text: str) -> date | None:
    """The date of birth that a cell has, as 1980-05-15; None where it is none."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def contradicts(name: str, born: date | None, known: Known) -> bool:
    """Whether name or date of birth in a row are not those of the patient whose number it has."""
    likeness = _likeness(name, known)
    return (
        likeness in (Likeness.DIFFERENT, Likeness.FAMILY)
        or births(born, known.born) is Births.DIFFERENT
    )


def decide(name: str, born: date | None, pool: Sequence[Known]) -> Verdict:
    """Whom of those who share an address a row means.

    A name is heard, so that a family may share a phone. One who is not known at that address is
    none of them.
    """
    possible = [each for each in pool if births(born, each.born) is not Births.DIFFERENT]
    if name:
        alike = {each: _likeness(name, each) for each in possible}
        same = [each for each, likeness in alike.items() if likeness is Likeness.SAME]
        # A name in another script says nothing for and nothing against anybody.
        possible = same or [e for e, likeness in alike.items() if likeness is Likeness.SILENT]
    if len(possible) == 1:
        return Verdict(possible[0])
    return Verdict(several=possible)


def listed(candidates: Iterable[Known]) -> str:
    """The candidates by name and number, the first few of them."""
    every = sorted(candidates)
    return ", ".join(map(str, every[:FEW])) + (" …" if len(every) > FEW else "")


def zeros_apart(numbers: Collection[str], hospital: Hospital | int) -> dict[str, Known]:
    """For numbers that nobody has, the one patient whose number differs in leading zeros alone.

    Only where there is exactly one: it is for a question, and is never taken for who is meant.
    One query.
    """
    wanted = {number: number.lstrip("0") for number in numbers if _may_have_lost(number)}
    bare = set(wanted.values())
    if not bare:
        return {}
    forms = [digits.zfill(len(digits) + zeros) for digits in bare for zeros in range(ZEROS + 1)]
    alike: dict[str, list[Known]] = {}
    for patient in Patient.objects.filter(hospital=hospital, number__in=forms, merged_into=None):
        alike.setdefault(patient.number.lstrip("0"), []).append(known(patient))
    return {
        number: alike[digits][0]
        for number, digits in wanted.items()
        if len(alike.get(digits, ())) == 1
    }


def _may_have_lost(number: str) -> bool:
    return number.isascii() and number.isdigit() and number.strip("0") != ""


def _likeness(name: str, known: Known) -> Likeness:
    first, _, rest = name.partition(" ")
    if (first, rest) == (known.first_name, known.last_name):
        return Likeness.SAME  # at once: there may be a hundred thousand
    return compare(Name(first, rest), Name(known.first_name, known.last_name))
