"""Files of text whose cells are apart by commas, semicolons, tabs or strokes."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from django.utils.translation import gettext as _

from wards.base.tables import encodings, headings
from wards.base.tables.refusals import FileRefused

SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 30  # lines that the separator is chosen by
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)

Records = Iterator[tuple[int, list[str]]]


def records(file: BinaryIO) -> Records:
    """(the line it begins on, its cells) of every record with something in it.

    Raises FileRefused, with the line.
    """
    lines = encodings.lines(file)
    try:
        sample = list(islice(lines, SAMPLE))
        declared = _SEP.fullmatch(sample[0]) if sample else None
        if declared:  # what Excel is told in the first line
            sample[0] = "\n"
        separator = declared[1] if declared else _separator(sample)
        yield from _records(chain(sample, lines), separator)
    finally:
        lines.close()  # type: ignore[attr-defined]  # a generator


def _records(lines: Iterator[str], separator: str) -> Records:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    done = 0  # physical lines; a cell may span several
    try:
        for cells in reader:
            line, done = done + 1, reader.line_num
            if "".join(cells).strip():
                yield line, cells
    except csv.Error as fault:
        raise _refused_quotes(done + 1, fault) from fault


def _refused_quotes(line: int, fault: csv.Error) -> FileRefused:
    if "unexpected end" in str(fault) or "field limit" in str(fault):
        return FileRefused(
            _("Line %(line)s: a quotation mark is opened and never closed.") % {"line": line}
        )
    return FileRefused(
        _('Line %(line)s: inside quotation marks, a quotation mark is written twice ("").')
        % {"line": line}
    )


def _separator(sample: list[str]) -> str:
    """The one that finds the most headings in a row, and then the most rows of one width."""
    return max(SEPARATORS, key=lambda separator: _fitness(sample, separator))


def _fitness(sample: list[str], separator: str) -> tuple[int, float, int]:
    try:
        rows = [row for row in csv.reader(sample, delimiter=separator) if any(row)]
    except csv.Error:
        return 0, 0.0, 0
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0, 0.0, 0
    width, often = widths.most_common(1)[0]
    names = max(headings.known(row) for row in rows)
    return names, round(often / len(rows), 1), width
