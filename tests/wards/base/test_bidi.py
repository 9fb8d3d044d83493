"""Isolates: names and values cannot turn the sentence around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wards.base.bidi import FSI, PDI, cut, direction, isolated, plain


@pytest.mark.parametrize(
    ("text", "language", "is_isolated"),
    [
        ("Layla Haddad", "en", False),
        ("6.9 mmol/L", "en", False),
        ("يوسف المطيري", "en", True),
        ("Ali يوسف", "en", True),
        ("يوسف المطيري", "ar", False),
        ("Layla", "ar", True),
        ("6.9 mmol/L", "ar", True),
        ("+966 11 555", "ar", True),
        ("", "en", False),
        ("", "ar", False),
    ],
)
def test_s08_what_could_turn_the_sentence_is_isolated(
    text: str, language: str, is_isolated: bool
) -> None:
    assert (isolated(text, language) != text) is is_isolated
    assert plain(isolated(text, language)) == text


def test_s08_a_sentence_runs_as_its_own_words_do() -> None:
    arrived = isolated("يوسف المطيري", "en") + " has arrived"
    assert direction(arrived, "en") == "ltr"
    assert direction(isolated("Layla", "ar") + " وصلت", "ar") == "rtl"
    assert direction(isolated("Layla", "ar"), "ar") == "rtl"
    assert direction("12:30", "ar") == "rtl"
    assert direction("12:30", "en") == "ltr"
    assert direction("Written before isolates", "ar") == "ltr"


@given(st.lists(st.text(alphabet="ab نور1 .", max_size=12), max_size=6), st.integers(4, 40))
def test_s08_what_is_cut_closes_what_it_opened(names: list[str], longest: int) -> None:
    text = " and ".join(isolated(name, "en") for name in names)
    short = cut(text, longest)
    assert len(short) <= longest
    assert short.count(FSI) == short.count(PDI)


def test_s08_a_long_name_is_cut_inside_its_isolate() -> None:
    title = isolated("نورة" * 100, "en") + " has arrived"
    short = cut(title, 255)
    assert len(short) <= 255
    assert short.count(FSI) == short.count(PDI) == 1
