"""Nothing invisible in what comes from outside."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wards.base import text as cleaning

CONTROLS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
ZERO_WIDTH = "\u200b\u2060\ufeff\u00ad\u034f\u180e\U000e0041"


@pytest.mark.parametrize(
    "mark", [*CONTROLS, *ZERO_WIDTH, "\u200c", "\u200d", "\x00", "\x1f", "\x9f"]
)
def test_s08_marks_are_taken_out_of_names_and_numbers(mark: str) -> None:
    assert cleaning.line(f"{mark}SM{mark}ITH{mark}") == "SMITH"
    assert cleaning.line(f"6{mark}.9") == "6.9"


@pytest.mark.parametrize("space", ["\xa0", "\u202f", "\u2003", "\t", "\r\n", "\n", "\u2028", "  "])
def test_s08_spaces_are_plain_ones(space: str) -> None:
    assert cleaning.line(f"{space}Anna{space}Maria{space}") == "Anna Maria"


def test_s08_one_form_of_every_letter() -> None:
    assert cleaning.line("Mu\u0308ller") == cleaning.prose("Mu\u0308ller") == "Müller"


@pytest.mark.parametrize(
    "text", ["محمد", "O'Hara-Smith", "Ægir", "李 小龍", "50 \u0601 ٪", "µmol/L"]
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert cleaning.line(text) == cleaning.prose(text) == text


def test_texts_keep_their_lines_and_runs_of_spaces() -> None:
    assert cleaning.prose(" one\r\n  two\x0bthree\xa0 four ") == "one\n  two\nthree  four"


def test_s08_joiners_stay_where_persian_and_arabic_need_them() -> None:
    word = "می\u200cخواهم"
    assert cleaning.prose(word) == word
    assert cleaning.line(word) == "میخواهم"
    assert cleaning.prose("a\u200cb\u200d \u200cم") == "ab م"


@given(st.text())
def test_s08_whatever_comes_nothing_invisible_is_left(text: str) -> None:
    line, prose = cleaning.line(text), cleaning.prose(text)
    assert not {*line, *prose} & {*CONTROLS, *ZERO_WIDTH, "\x00", "\r", "\x1b"}
    assert "\n" not in line
    assert "  " not in line
    assert {unicodedata.category(c) for c in line if c.isascii()} & {"Cc"} == set()
    assert cleaning.line(line) == line
    assert cleaning.prose(prose) == prose


@pytest.mark.parametrize("text", ["👨‍👩‍👧", "❤️", "1️⃣", "🏳️‍🌈"])
def test_pictures_stay_whole_in_texts(text: str) -> None:
    assert cleaning.prose(text) == text


@pytest.mark.parametrize("text", ["٠٥٠١٢٣", "۰۵۰۱۲۳", "०५०१२३", "０５０１２３", "050\u200e123\xa0"])
def test_digits_of_every_script_are_ours_in_numbers_and_stay_in_names(text: str) -> None:
    assert cleaning.number(text) == "050123"
    assert cleaning.line("خالد ٢") == "خالد ٢"
    assert cleaning.number("m²") == "m²"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أنثى", "انثي"),
        ("إيقاف", "ايقاف"),
        ("الهويّة", "الهويه"),
        ("José", "JOSE"),
        ("ذكـــر", "ذكر"),
    ],
)
def test_what_people_write_in_several_ways_compares_as_one(one: str, other: str) -> None:
    assert cleaning.folded(one) == cleaning.folded(other)
