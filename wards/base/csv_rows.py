"""Files of rows: text as spreadsheets save it, or workbooks. Knows no database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from wards.base import text
from wards.base.tables import cells as cleaning
from wards.base.tables import delimited, headings, workbooks
from wards.base.tables.cells import guard, unguard
from wards.base.tables.refusals import FileRefused, Unmatched
from wards.base.tables.workbooks import Reading

__all__ = ["FileRefused", "Reading", "Unmatched", "guard", "unguard"]

# Columns that our own error files add: one may correct such a file and upload it again.
OURS = ("line", "error")
TITLES = 10  # rows that may stand above the header
SAMPLES = 3  # rows that are shown where somebody is to say what the columns are
Columns = Sequence[str]  # for each column of a file the one that it is; "" where it is left out


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of file; those not `required` may be missing. Any order."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    example: tuple[str, ...]

    @property
    def sample(self) -> str:
        """A file that shows how: the header and some rows."""
        return "\n".join([",".join(self.columns), *self.example, ""])


class Row(NamedTuple):
    """A record: the line it begins on (of a workbook, the row) and its cells in our order."""

    line: int
    cells: list[str]
    wrong: str = ""  # why the cells do not fit the header, or cannot be what was written


class Failure(NamedTuple):
    """A row that cannot be done: where, why (for the reader), and its cells."""

    line: int
    reason: str
    cells: list[str]


class Checked(NamedTuple):
    """What a file holds that can be read."""

    total: int  # rows
    names: tuple[str, ...]  # of the columns, as they stand there
    columns: tuple[str, ...]
    left_out: tuple[str, ...]  # the names of those that nothing is read of
    reading: Reading

    @property
    def noted(self) -> dict[str, object]:
        """What whoever brought the file should know of it; nothing of most."""
        reading = self.reading
        noted = {
            "left_out": list(self.left_out),
            "sheet": reading.sheet if reading.others else "",
            "hidden": reading.hidden,
        }
        return {name: value for name, value in noted.items() if value}


class Table:
    """A file that was opened: what its columns are called, and the rows below. To be read once."""

    def __init__(self, file: BinaryIO) -> None:
        self.reading = Reading()
        self.is_workbook = workbooks.is_one(file)
        if self.is_workbook:
            records = workbooks.records(file, self.reading)
        else:
            records = delimited.records(file)
        first = list(islice(records, TITLES + SAMPLES))
        if not first:
            raise FileRefused(_("The file is empty."))
        at = _header_at([cells for _line, cells in first])
        self.line, header = first[at]
        if wrong := cleaning.complaint(header):
            raise FileRefused(f"{_('Line %s:') % self.line} {wrong}")
        below = [cells for _line, cells in first[at + 1 :]]
        self.samples = tuple(tuple(map(text.prose, cells)) for cells in below[:SAMPLES])
        self.names = _names(header, below)
        self._records = chain(first[at + 1 :], records)

    def count(self, most: int) -> int:
        """How many rows there are, at most so many."""
        return sum(1 for _row in islice(self._records, most))

    def rows(self, columns: Columns, wanted: Columns) -> Iterator[Row]:
        """Those below the header, their cells as `wanted` has the `columns`."""
        width = len(self.names)
        clean = cleaning.cleaning(wanted)
        places = [columns.index(name) if name in columns else width for name in wanted]
        straight = places == list(range(width))
        for line, found in self._records:
            cells = found if len(found) == width else self._fitted(found)
            if len(cells) != width:
                whole = (cells + [""] * width)[:width]
                picked = [unguard([*whole, ""][place]) for place in places]
                yield Row(line, picked, self._counts(len(cells)))
                continue
            picked = cells if straight else [[*cells, ""][place] for place in places]
            yield Row(line, clean(picked), cleaning.complaint(picked))

    def _fitted(self, cells: list[str]) -> list[str]:
        """A workbook keeps no empty cells at the end of a row, a text keeps more than there are."""
        width = len(self.names)
        if self.is_workbook and len(cells) < width:
            return cells + [""] * (width - len(cells))
        return cells if "".join(cells[width:]).strip() else cells[:width]

    def _counts(self, found: int) -> str:
        counts = {"found": found, "wanted": len(self.names)}
        return _("%(found)s cells instead of %(wanted)s.") % counts


def check(file: BinaryIO, layout: Layout, columns: Columns | None = None) -> Checked:
    """Reads the whole file. Raises FileRefused, with a line if there is one.

    Afterwards `read` does not raise: a file is refused before any of its rows is done.
    """
    table = Table(file)
    columns = _matched(table, layout, columns)
    most = settings.BULK_MAX_ROWS
    total = table.count(most + 1)
    if total > most:
        raise FileRefused(_("The file has more than %(n)s rows.") % {"n": most})
    if not total:
        raise FileRefused(_("The file has a header but no rows."))
    named = zip(table.names, columns, strict=True)
    left_out = tuple(name for name, column in named if name and not column and not _is_ours(name))
    return Checked(total, table.names, tuple(columns), left_out, table.reading)


def read(file: BinaryIO, layout: Layout, columns: Columns | None = None) -> Iterator[Row]:
    """The rows below the header, one by one in constant memory; blank ones are left out.

    `columns` says what somebody said that they are; else that is recognized.
    """
    table = Table(file)
    yield from table.rows(_matched(table, layout, columns), layout.columns)


def _is_ours(name: str) -> bool:
    return headings.key(name) in OURS


def _header_at(rows: list[list[str]]) -> int:
    """Which of the first rows names the columns: the one with most headings.

    Where nothing is known, the first that is no title: titles fill a cell or two of many.
    """
    known = [headings.known(cells) for cells in rows[:TITLES]]
    if most := max(known):
        return known.index(most)
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows]
    return next(n for n, count in enumerate(filled) if count * 2 > max(filled))


def _names(header: list[str], below: list[list[str]]) -> tuple[str, ...]:
    """What the columns are called, without those at the end that have neither name nor values."""
    names = [text.line(unguard(name)) for name in header]
    while names and not names[-1] and not any(_at(cells, len(names) - 1) for cells in below):
        names.pop()
    return tuple(names)


def _at(cells: list[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def guess(table: Table, layout: Layout) -> list[str | None]:
    """What each column is; None where that is not known, or two seem to be the same."""
    found: list[str | None] = []
    for place, name in enumerate(table.names):
        column = headings.meaning(name)
        if not name and not any(_at(list(cells), place) for cells in table.samples):
            column = ""
        found.append(column if column is None or column in layout.columns else "")
    return [None if column and found.count(column) > 1 else column for column in found]


def _matched(table: Table, layout: Layout, columns: Columns | None) -> Columns:
    """What each column is. Raises Unmatched where somebody has to say."""
    if columns is not None and len(columns) == len(table.names):
        return columns
    found = guess(table, layout)
    certain = [column for column in found if column is not None]
    if not headings.known(table.names) and (
        len(table.names) < len(layout.required) or headings.looks_like_data(table.names)
    ):
        raise _refused_header(_("The file has no header."), layout)
    if reason := _doubt(table, layout, found):
        refused = _refused_header(f"{_('Line %s:') % table.line} {reason}", layout)
        raise Unmatched(str(refused), table.names, found, table.samples)
    return certain


def _doubt(table: Table, layout: Layout, found: list[str | None]) -> str:
    twice = [name for name in layout.columns if _meanings(table).count(name) > 1]
    unknown = [
        name
        for name, column in zip(table.names, found, strict=True)
        if column is None and headings.meaning(name) not in twice
    ]
    if missing := [name for name in layout.required if name not in found and name not in twice]:
        return _("missing: %s.") % ", ".join(missing)
    if unknown:
        return _("unknown: %s.") % _few(unknown)
    return _("twice: %s.") % ", ".join(twice) if twice else ""


def _meanings(table: Table) -> list[str | None]:
    return [headings.meaning(name) for name in table.names]


def _refused_header(what: str, layout: Layout) -> FileRefused:
    wanted = _("The first line names the columns, separated by commas: %s") % ",".join(
        layout.columns
    )
    return FileRefused(f"{what} {wanted}")


def _few(names: Iterable[str], most: int = 5) -> str:
    """The first names, each at a length that fits a message."""
    names = [name[:30] or "“”" for name in names]
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
