"""The table of cells (table.txt): each is read right, or refused in the right sentence."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from messaging.contacts import phones
from wards.base import bidi, text
from wards.base.values import NotUnderstood, contacts, dates, is_blank, people, value

TODAY = date(2026, 11, 27)
READERS: dict[str, Callable[[str], object]] = {
    "date": lambda cell: dates.birthday(cell, TODAY),
    "name": people.name,
    "gender": people.gender,
    "id": people.identifier,
    "email": contacts.email,
}


class Cell(NamedTuple):
    line: int
    kind: str
    text: str
    expected: str

    def read(self) -> object:
        kind, _, country = self.kind.partition(":")
        if kind == "phone":
            return phones.number(contacts.phone(self.text), country).e164
        return READERS[kind](self.text)


def cells() -> Iterator[Cell]:
    lines = Path(__file__).with_name("table.txt").read_text().splitlines()
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            kind, cell, expected, reason = (each.strip(" ") for each in line.split("|"))
            assert reason, number
            written = cell.replace("\\s", "\u00a0")
            if "\\u" in written:
                written = written.encode("raw_unicode_escape").decode("raw_unicode_escape")
            yield Cell(number, kind, written, expected)


@pytest.mark.parametrize("cell", list(cells()), ids=lambda cell: f"{cell.line}-{cell.kind}")
def test_s08_every_cell(cell: Cell) -> None:
    if cell.expected.startswith("! "):
        with pytest.raises(NotUnderstood) as refused:
            cell.read()
        said = bidi.plain(str(refused.value))
        assert cell.expected[2:] in said
        assert text.prose(said) == said, "what cannot be seen is said"
    else:
        assert str(cell.read()) == cell.expected


def test_the_table_is_long_enough() -> None:
    kinds = Counter(cell.kind for cell in cells())
    assert kinds.total() >= 120
    assert len([kind for kind in kinds if kind.startswith("phone:")]) >= 12


@pytest.mark.parametrize("cell", ["", "NULL", "nan", "NaN", "None", "N/A", "\\N", "0000-00-00"])
def test_what_stands_for_nothing(cell: str) -> None:
    assert is_blank(cell)
    assert value(cell) == ""


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "####", "Err:502"])
def test_what_a_spreadsheet_writes_for_want_of_a_value(cell: str) -> None:
    assert not is_blank(cell)
    assert value(cell) == ""


@pytest.mark.parametrize("cell", ["Null", "Nan", "#1 Clinic", "#", "0", "-", "NA", "C#"])
def test_what_is_a_value_all_the_same(cell: str) -> None:
    assert value(cell) == cell
