"""Cells: as a spreadsheet takes them for text, and as we take what a spreadsheet wrote."""

import re
from collections.abc import Callable, Sequence

from wards.base import text
from wards.base.tables import garbled, headings

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Which characters end a cell depends on the reader's country: behind each a formula may begin. As
# wards_cell() does it in PostgreSQL (migration 0013).
_INNER = re.compile(r"([;\t\n\r][\s\"]*)(?=[=+@-])")
_GUARDED = re.compile(r"([;\t\n\r][\s\"]*)'(?=[=+@-])")
# How the columns of these names are cleaned. Others that we know are names: one line, digits as
# written. What a file brings of its own is text.
NUMBERS = frozenset({"patient_id", "phone", "date_of_birth", "bed_id"})
TEXTS = frozenset({"chief_complaint"})


def guard(cell: str) -> str:
    """The cell as text for a spreadsheet: an apostrophe before what would be a formula."""
    cell = f"'{cell}" if cell.startswith(FORMULA) else cell
    return _INNER.sub(r"\1'", cell)


def unguard(cell: str) -> str:
    """What was guarded on its way out, as it was; anything else as it is. Trims."""
    cell = _GUARDED.sub(r"\1", cell.strip())
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def cleaning(columns: Sequence[str]) -> Callable[[list[str]], list[str]]:
    """What makes clean cells of a row with these columns; nearly always there is little to do."""
    ways = [_way(column) for column in columns]

    def clean(cells: list[str]) -> list[str]:
        whole = "".join(cells)
        if "'" in whole:
            cells = [unguard(cell) for cell in cells]
        if whole.isascii() and whole.isprintable() and "  " not in whole:
            return [cell.strip() for cell in cells]
        return [way(cell) for way, cell in zip(ways, cells, strict=True)]

    return clean


def complaint(cells: list[str]) -> str:
    """A sentence on the first cell whose letters are wrong; "" where there is none."""
    whole = "\n".join(cells)
    if whole.isascii() and "?" not in whole:
        return ""
    if not garbled.suspicious(whole):
        return ""
    return next(filter(None, map(garbled.complaint, cells)), "")


def _way(column: str) -> Callable[[str], str]:
    if column in NUMBERS:
        return text.number
    known = column in headings.HEADINGS and column not in TEXTS
    return text.line if known else text.prose
