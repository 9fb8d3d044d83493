"""Names and birth dates, held against each other: what contradicts, and what does not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wards.identity.contradiction import Births, Person, agrees, births, contradicts
from wards.identity.names import Likeness, Name, compare

SAME, SILENT, DIFFERENT = Likeness.SAME, Likeness.SILENT, Likeness.DIFFERENT
GIVEN, FAMILY = Likeness.GIVEN, Likeness.FAMILY

NAMES = [
    ("Haddad^Layla", "HADDAD^LAYLA", SAME),
    ("Haddad^Layla", "Layla^Haddad", SAME),  # swapped
    ("Haddad^Layla", "Haddad^Layla Fatima", SAME),  # a second name
    ("Haddad^L", "Haddad^Layla", SAME),  # an initial
    ("Haddad^", "Haddad^Layla", SAME),  # half of it
    ("^Layla Haddad", "Haddad^Layla", SAME),  # all in one field
    ("O'Brien^Sean", "OBRIEN^SEÁN", SAME),
    ("Smith-Jones^Ann", "Jones^Ann", SAME),
    ("Müller^Jörg", "Mueller^Joerg", SAME),
    ("Johnson^Mary", "Jonson^Mary", SAME),  # a slip
    ("Al-Mutairi^Mohammed", "Almutairi^Muhammad", SAME),
    ("Harbi^Abdulrahman", "Al Harbi^Abd al-Rahman", SAME),
    ("Haddad^Dr. Layla", "Haddad^Layla", SAME),
    ("van der Berg^Jan", "Berg^Jan", SAME),
    ("المطيري^يوسف", "مطيرى^يوسف", SAME),
    ("فاطمة^احمد", "فاطمه^أحمد", SAME),
    ("الرحمن^عبدالله", "الرحمن^عبد الله", SAME),
    ("المطيري^يُوسُف", "المطيري^يوسف", SAME),  # vowel signs
    ("Haddad^Layla", "Otaibi^Layla", GIVEN),  # married
    ("Haddad^Layla", "Haddad^Omar", FAMILY),  # twins, father and son
    ("Haddad^Sara", "Haddad^Sama", FAMILY),
    ("Kim^Lee", "Kim^Park", FAMILY),
    ("SOMEBODY^ELSE", "IDENT^ONE", DIFFERENT),
    ("Doe^Susan", "Haddad^Layla", DIFFERENT),  # some are called so
    ("محمد^علي", "يوسف^خالد", DIFFERENT),
    ("", "Haddad^Layla", SILENT),
    ("UNKNOWN^TRAUMA", "Haddad^Layla", SILENT),
    ("DOE^JANE", "Haddad^Layla", SILENT),
    ("Haddad^BABY OF", "Otaibi^Omar", SILENT),
    ("Haddad^Baby Boy", "Otaibi^Omar", SILENT),
    ("NEWBORN^NEWBORN", "Haddad^Omar", SILENT),
    ("مجهول^", "المطيري^يوسف", SILENT),
    ("المطيري^يوسف", "Almutairi^Yousef", SILENT),  # another script
    ("12345^", "Haddad^Layla", SILENT),
    ("A^B", "Prasad^Priya", SILENT),  # letters alone
]
BORN = date(1980, 2, 29)
BIRTHS = [
    (BORN, BORN, Births.SAME),
    (None, BORN, Births.SILENT),
    (date(1900, 1, 1), BORN, Births.SILENT),  # what stands for unknown
    (date(1980, 2, 19), BORN, Births.NEAR),  # a slip
    (date(1990, 2, 3), date(1990, 3, 2), Births.NEAR),  # day and month swapped
    (date(1908, 2, 29), BORN, Births.NEAR),  # digits swapped
    (date(1980, 1, 1), BORN, Births.NEAR),  # the year is known
    (date(1955, 5, 5), BORN, Births.DIFFERENT),
    (date(1981, 3, 1), BORN, Births.DIFFERENT),
]


def name(text: str) -> Name:
    family, _, given_name = text.partition("^")
    return Name(given_name, family)


def person(text: str, born: date | None = BORN, sex: str = "U") -> Person:
    return Person(name(text), born, sex)


@pytest.mark.parametrize(("one", "other", "likeness"), NAMES)
def test_s03_names(one: str, other: str, likeness: Likeness) -> None:
    assert compare(name(one), name(other)) is likeness
    assert compare(name(other), name(one)) is likeness


@pytest.mark.parametrize(("one", "other", "said"), BIRTHS)
def test_s03_dates_of_birth(one: date | None, other: date | None, said: Births) -> None:
    assert births(one, other) is said
    assert births(other, one) is said


LAYLA, OTHER_DAY = "Haddad^Layla", date(1955, 5, 5)
# What is said of her who is Layla Haddad, F, 29 February 1980 here; whether it contradicts that in
# a result or an admission, and in a message that is there to correct her details.
SAID = [
    (person(LAYLA), False, False),
    (person(LAYLA, None), False, False),
    (person("", None), False, False),
    (person("Otaibi^Layla"), False, False),  # married
    (person("Otaibi^Layla", None), False, False),
    (person(LAYLA, date(1980, 2, 19)), False, False),
    (person(LAYLA, OTHER_DAY), True, False),  # a namesake, or a corrected date
    (person("", OTHER_DAY), True, False),
    (person("Haddad^Lina"), True, False),  # a twin, or a corrected name
    (person("Haddad^Omar", OTHER_DAY), True, True),  # a father
    (person("Otaibi^Layla", OTHER_DAY), True, True),  # both at once
    (person("Else^Somebody"), True, False),
    (person("Else^Somebody", None), True, True),
    (person("Else^Somebody", OTHER_DAY), True, True),
    (person("UNKNOWN^TRAUMA", None), False, False),
    (person("", None, "M"), True, False),
    (person(LAYLA, None, "M"), False, False),
]


@pytest.mark.parametrize(("said", "in_a_result", "in_an_update"), SAID)
def test_s03_what_contradicts(said: Person, in_a_result: bool, in_an_update: bool) -> None:
    layla = person(LAYLA, sex="F")
    assert contradicts(said, layla) is in_a_result
    assert contradicts(said, layla, corrects=True) is in_an_update


@pytest.mark.parametrize(
    ("said", "is_she"),
    [
        (person(LAYLA), True),
        (person("LAYLA^HADDAD"), True),
        (person("Haddad^Layla Fatima"), True),
        (person(LAYLA, None), False),
        (person(LAYLA, date(1980, 2, 28)), False),
        (person("Haddad^L"), False),
        (person("Haddad^Lina"), False),
        (person("Otaibi^Layla"), False),
        (person("Haddad^"), False),
        (person("UNKNOWN^TRAUMA"), False),
        (person("Layla Haddad^Fatima"), False),
    ],
)
def test_s03_when_name_and_birth_date_say_that_they_are_one(said: Person, is_she: bool) -> None:
    assert agrees(said, person(LAYLA)) is is_she


words = st.text(max_size=12)
people = st.builds(
    Person, st.builds(Name, words, words), st.none() | st.dates(), st.sampled_from("FMOU")
)


@given(people, people)
def test_s03_nobody_contradicts_themselves_and_it_is_the_same_both_ways(
    one: Person, other: Person
) -> None:
    assert not contradicts(one, one)
    assert compare(one.name, other.name) is compare(other.name, one.name)
    assert contradicts(one, other) is contradicts(other, one)
    if contradicts(one, other, corrects=True):
        assert contradicts(one, other), "a correction may say more, never less"
    if agrees(one, other):
        assert not contradicts(one, other)
