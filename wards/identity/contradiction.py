"""Whether what a message says of somebody contradicts what we know under the same number. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from wards.identity.names import Likeness, Name, are_one, compare, is_slip

UNBORN = date(1901, 1, 1)  # what systems write for an unknown date of birth is before
GUESSED = ((1, 1), (7, 1))  # month and day of dates of birth of which the year alone is known


class Births(Enum):
    """What two dates of birth say of one another."""

    SILENT = auto()
    SAME = auto()
    NEAR = auto()  # one slip of the pen, day and month swapped, or a year that was guessed
    DIFFERENT = auto()


@dataclass(frozen=True)
class Person:
    """Somebody as a message or a row describes them; `sex` is F, M, O or U."""

    name: Name
    born: date | None = None
    sex: str = "U"


def births(one: date | None, other: date | None) -> Births:
    """What the two dates say of one another."""
    if one is None or other is None or min(one, other) < UNBORN:
        return Births.SILENT
    if one == other:
        return Births.SAME
    guessed = any((born.month, born.day) in GUESSED for born in (one, other))
    swapped = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    if swapped or (guessed and one.year == other.year):
        return Births.NEAR
    return Births.NEAR if is_slip(f"{one:%Y%m%d}", f"{other:%Y%m%d}") else Births.DIFFERENT


def contradicts(said: Person, known: Person, *, corrects: bool = False) -> bool:
    """Whether they cannot be taken for one person although they have a number in common.

    `corrects`: the message is there to change what is known (A08 …): it may say another name or
    another date of birth, but not both at once.
    """
    name, born = compare(said.name, known.name), births(said.born, known.born)
    other_born = born is Births.DIFFERENT
    if corrects:
        if name is Likeness.DIFFERENT:
            return born in (Births.DIFFERENT, Births.SILENT)
        return other_born and name in (Likeness.GIVEN, Likeness.FAMILY)
    if name in (Likeness.DIFFERENT, Likeness.FAMILY):
        return True
    if other_born:
        return True
    other_sex = {said.sex, known.sex} == {"F", "M"}
    return other_sex and name is not Likeness.SAME and born is Births.SILENT


def agrees(said: Person, known: Person) -> bool:
    """Whether full name and date of birth both say that they are one person."""
    return (
        are_one(said.name, known.name)
        # Fatima Haddad, and Layla whose family is "Fatima Haddad": all of a name, and not hers.
        and compare(said.name, known.name) is Likeness.SAME
        and said.born is not None
        and births(said.born, known.born) is Births.SAME
    )


def resembles(said: Person, known: Person) -> bool:
    """Whether the name says that they are one person, and the date of birth nothing against it."""
    return (
        compare(said.name, known.name) is Likeness.SAME
        and births(said.born, known.born) is not Births.DIFFERENT
    )
