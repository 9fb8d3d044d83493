"""CSV files as rows of text, and text that is safe in a spreadsheet. Knows no database."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from wards.base.refused import Refused

LONGEST_LINE = 1024 * 1024  # bytes; what no line of a table is, a file without line ends is
# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Which characters end a cell depends on the reader's country: behind each a formula may begin. As
# wards_cell() does it in PostgreSQL (migration 0020).
_INNER = re.compile(r"([;\t\n\r][\s\"]*)(?=[=+@-])")
_GUARDED = re.compile(r"([;\t\n\r][\s\"]*)'(?=[=+@-])")
BINARY = {b"PK\x03\x04": "Excel", b"\xd0\xcf\x11\xe0": "Excel", b"%PDF": "PDF"}
BOM, UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# Columns that our own error files add: one may correct such a file and upload it again.
OURS = ("line", "error")


class FileRefused(Refused):
    """The file as a whole cannot be read; nothing of it is done."""


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
    """A record: the line it begins on (the header's is 1) and its cells in the layout's order."""

    line: int
    cells: list[str]
    wrong: str = ""  # why the cells do not fit the header


class Failure(NamedTuple):
    """A row that cannot be done: where, why (for the reader), and its cells."""

    line: int
    reason: str
    cells: list[str]


def guard(cell: str) -> str:
    """The cell as text for a spreadsheet: an apostrophe before what would be a formula."""
    cell = f"'{cell}" if cell.startswith(FORMULA) else cell
    return _INNER.sub(r"\1'", cell)


def unguard(cell: str) -> str:
    """What was guarded on its way out, as it was; anything else as it is. Trims."""
    cell = _GUARDED.sub(r"\1", cell.strip())
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def check(file: BinaryIO, layout: Layout) -> int:
    """Reads the whole file; how many rows it has. Raises FileRefused, with a line if there is one.

    Afterwards `read` does not raise: a file is refused before any of its rows is done.
    """
    total = sum(1 for _cells in islice(_records(file, layout), settings.BULK_MAX_ROWS + 1))
    if total > settings.BULK_MAX_ROWS:
        raise FileRefused(_("The file has more than %(n)s rows.") % {"n": settings.BULK_MAX_ROWS})
    if not total:
        raise FileRefused(_("The file has a header but no rows."))
    return total


def read(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    """The rows below the header, one by one in constant memory; blank lines are left out."""
    pick = None
    for line, cells, header in _records(file, layout):
        pick = pick or _header(header, layout)
        if len(cells) == len(header):
            yield Row(line, pick(cells))
        else:
            counts = {"found": len(cells), "wanted": len(header)}
            wrong = _("%(found)s cells instead of %(wanted)s.") % counts
            yield Row(line, _texts(cells[: len(header)]), wrong)


def header(file: BinaryIO) -> tuple[str, ...]:
    """What the first line names, in lower case, for files whose columns are their own affair.

    Without our own columns. Raises FileRefused as `check` does.
    """
    try:
        names = next(csv.reader(_lines(file), strict=True), [])
    except csv.Error as fault:
        raise _refused_quotes(1, fault) from fault
    lower = (name.strip().lower() for name in names)
    return tuple(name for name in lower if name not in OURS)


def _records(file: BinaryIO, layout: Layout) -> Iterator[tuple[int, list[str], list[str]]]:
    """(the line it begins on, its cells as they stand, the header) of each record but the first."""
    reader = csv.reader(_lines(file), strict=True)
    done = 0  # physical lines; a cell may span several
    try:
        header = next(reader, [])
        _header(header, layout)
        done = reader.line_num
        for cells in reader:
            line, done = done + 1, reader.line_num
            if cells:
                yield line, cells, header
    except csv.Error as fault:
        raise _refused_quotes(done + 1, fault) from fault


def _texts(cells: list[str]) -> list[str]:
    """What `unguard` makes of each; nearly always there is nothing to take off."""
    cells = [cell.strip() for cell in cells]
    return [unguard(cell) for cell in cells] if "'" in "".join(cells) else cells


def _refused_quotes(line: int, fault: csv.Error) -> FileRefused:
    if "unexpected end" in str(fault) or "field limit" in str(fault):
        return FileRefused(
            _("Line %(line)s: a quotation mark is opened and never closed.") % {"line": line}
        )
    return FileRefused(
        _('Line %(line)s: inside quotation marks, a quotation mark is written twice ("").')
        % {"line": line}
    )


def _lines(file: BinaryIO) -> Iterator[str]:
    """The file's lines as text. Raises FileRefused at the first that is none."""
    file.seek(0)
    number = 0
    for number, raw in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1):
        text = _first(raw) if number == 1 else raw
        if b"\0" in raw:
            raise FileRefused(
                _("Line %(line)s has a NUL byte: this is no text file.") % {"line": number}
            )
        if len(raw) == LONGEST_LINE:
            raise FileRefused(_("Line %(line)s is longer than any table's.") % {"line": number})
        try:
            yield text.decode()
        except UnicodeDecodeError:
            raise FileRefused(
                _("Line %(line)s is not UTF-8: save the file as “CSV UTF-8”.") % {"line": number}
            ) from None
    if not number:
        raise FileRefused(_("The file is empty."))


def _first(raw: bytes) -> bytes:
    """The first line without its byte order mark; files that are something else are named."""
    for begin, program in BINARY.items():
        if raw.startswith(begin):
            raise FileRefused(
                _("This is a file of %(program)s, whatever its name: save it as CSV.")
                % {"program": program}
            )
    if raw.startswith(UTF_16):
        raise FileRefused(_("The file is UTF-16: save it as “CSV UTF-8”."))
    return raw.removeprefix(BOM)


def _header(header: list[str], layout: Layout) -> Callable[[list[str]], list[str]]:
    """What puts a row's cells into the layout's order. Raises FileRefused for another header."""
    names = [name.strip().lower() for name in header]
    known = {*layout.columns, *OURS}
    if not known & set(names):
        raise _refused_header(_("The file has no header."), layout)
    if missing := [name for name in layout.required if name not in names]:
        raise _refused_header(_("Line 1: missing: %s.") % ", ".join(missing), layout)
    if unknown := [name for name in names if name not in known]:
        raise _refused_header(_("Line 1: unknown: %s.") % _few(unknown), layout)
    if twice := [name for name in layout.columns if names.count(name) > 1]:
        raise _refused_header(_("Line 1: twice: %s.") % ", ".join(twice), layout)
    if tuple(names) == layout.columns:
        return _texts
    places = [names.index(name) if name in names else None for name in layout.columns]
    return lambda cells: _texts(["" if place is None else cells[place] for place in places])


def _refused_header(what: str, layout: Layout) -> FileRefused:
    wanted = _("The first line names the columns, separated by commas: %s") % ",".join(
        layout.columns
    )
    return FileRefused(f"{what} {wanted}")


def _few(names: Iterable[str], most: int = 5) -> str:
    """The first names, each at a length that fits a message."""
    names = [name[:30] or "“”" for name in names]
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
