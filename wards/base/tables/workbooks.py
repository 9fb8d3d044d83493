"""Workbooks (XLSX), read row by row in constant memory; their texts as a person sees the cells.

Read here and not by a library: the usual one takes half a second for a thousand rows.
Source: ECMA-376 part 1, chapter 18 (SpreadsheetML).
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import BinaryIO, NamedTuple
from zipfile import ZipFile

from django.conf import settings
from django.utils.translation import gettext as _

from wards.base.tables.books import Book, Format, book_of, unescaped
from wards.base.tables.packages import Attributes, elements, is_one, opened, too_much
from wards.base.tables.refusals import FileRefused

__all__ = ["Reading", "is_one", "records"]

MOST_CELLS = 1000  # in a row
SPARE = 100_000  # empty rows that a sheet may have besides
LONGEST_CELL = 100_000  # characters; Excel takes 32,767
MOST_ELEMENTS = 20_000_000
EXACT = 15  # digits that a spreadsheet keeps
PLAIN = Format()
_COLUMN = re.compile("[A-Z]{1,3}")


class Row(NamedTuple):
    number: int
    cells: list[str]
    hidden: bool


@dataclass
class Reading:
    """What of a workbook is read: the first sheet that can be seen and has something in it."""

    sheet: str = ""
    others: tuple[str, ...] = ()  # that can be seen, too, and are not read
    hidden: int = 0  # rows that a filter hides and that are read all the same


def records(file: BinaryIO, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """(the row's number, its cells as text) of every row with something in it.

    Notes in `reading` what it reads. Raises FileRefused.
    """
    with opened(file) as archive:
        book = book_of(archive)
        if not book.sheets:
            raise FileRefused(_("The workbook has no sheet that can be seen."))
        for name, part in book.sheets.items():
            for row in _Sheet(book).rows(archive, part):
                if not reading.sheet:
                    reading.sheet = name
                    reading.others = tuple(other for other in book.sheets if other != name)
                reading.hidden += row.hidden
                yield row.number, row.cells
            if reading.sheet:
                return


class _Sheet:
    """The rows of a sheet as they are read; `begin`, `end` and `text` are told of its elements."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._done: deque[Row] = deque()
        self._number = self._count = self._elements = 0
        self._hidden = self._over = False
        self._cells: dict[int, str] = {}
        self._column = self._length = 0
        self._kind, self._format = "n", PLAIN
        self._formula = self._listens = self._pronounced = False
        self._text: list[str] = []

    def rows(self, archive: ZipFile, part: str) -> Iterator[Row]:
        """Those with something in them."""
        for _block in elements(archive, part, self.begin, self.end, self.text):
            while self._done:
                yield self._done.popleft()
            if self._over:  # what follows is about looks
                return

    def begin(self, name: str, given: Attributes) -> None:
        self._elements += 1
        if name == "c":
            self._begin_cell(given)
        elif name in ("v", "t"):
            self._listens = not self._pronounced
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._pronounced = True
        elif name == "row":
            self._begin_row(given)
        elif self._elements > MOST_ELEMENTS:
            raise too_much()

    def text(self, found: str) -> None:
        if self._listens:
            self._length += len(found)
            if self._length > LONGEST_CELL:
                raise too_much()
            self._text.append(found)

    def end(self, name: str) -> None:
        if name == "c":
            if value := self._value():
                self._cells[self._column] = value
        elif name in ("v", "t"):
            self._listens = False
        elif name == "rPh":
            self._pronounced = False
        elif name == "row" and self._cells:
            cells = [self._cells.get(n, "") for n in range(1, max(self._cells) + 1)]
            self._done.append(Row(self._number, cells, self._hidden))
        elif name == "sheetData":
            self._over = True

    def _begin_row(self, given: Attributes) -> None:
        self._number = int(given["r"]) if "r" in given else self._number + 1
        self._hidden = given.get("hidden") in ("1", "true")
        self._cells, self._column = {}, 0
        self._count += 1
        if self._count > settings.BULK_MAX_ROWS + SPARE or self._elements > MOST_ELEMENTS:
            words = _("The file has more than %(n)s rows.")
            raise FileRefused(words % {"n": settings.BULK_MAX_ROWS})

    def _begin_cell(self, given: Attributes) -> None:
        place = given.get("r", "")
        self._column = _column(place.rstrip("0123456789")) if place else self._column + 1
        if self._column > MOST_CELLS:
            raise FileRefused(_("The sheet has more than %s columns.") % MOST_CELLS)
        self._kind = given.get("t", "n")
        style = int(given.get("s", 0))
        self._format = self._book.formats[style] if style < len(self._book.formats) else PLAIN
        self._formula = False
        self._text.clear()
        self._length = 0

    def _value(self) -> str:
        """What a person sees in the cell, but dates as ISO 8601 has them."""
        text = "".join(self._text)
        if not text:
            if self._formula and self._kind != "str":
                words = _(
                    "Row %(line)s has a formula without its result: open the workbook in Excel and "
                    "save it."
                )
                raise FileRefused(words % {"line": self._number})
            return ""
        match self._kind:
            case "s":
                return self._book.texts[int(text)]
            case "n":
                return _number(text, self._format, self._book.first_day)
            case "b":
                return "TRUE" if text == "1" else "FALSE"
            case "d":
                return text.removesuffix("T00:00:00").replace("T", " ")
        return unescaped(text)


@lru_cache(maxsize=MOST_CELLS)
def _column(letters: str) -> int:
    if not _COLUMN.fullmatch(letters):
        raise ValueError(letters)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str, format: Format, first_day: datetime) -> str:
    """A date, or digits with the zeros or the plus before them that the cell shows."""
    if format.is_date and (date := _date(float(text), first_day)):
        return date
    if not (text.isascii() and text.isdigit()):
        value = float(text)
        if value != int(value):
            return repr(value)
        text = str(int(value))
    if len(text.lstrip("-")) > EXACT:
        return f"{int(text):.6E}"
    return f"+{text}" if format.plus else text.zfill(format.zeros)


def _date(days: float, first_day: datetime) -> str:
    """The day and time of a serial number; "" for what is none.

    Spreadsheets have a 29 February 1900, which there never was.
    """
    if not 0 <= days < 2_958_466:
        return ""
    if days < 60 and first_day.year == 1899:
        days += 1
    moment = first_day + timedelta(seconds=round(days * 86_400))
    if days < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
