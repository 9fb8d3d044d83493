"""What has to be known of a workbook before its cells can be read."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import join, normpath
from zipfile import ZipFile

from django.conf import settings

from wards.base.tables.packages import BOOK, Attributes, elements, go_through, too_much

MOST_TEXTS, MOST_FORMATS = 4_000_000, 100_000
TEXTS, STYLES, RELATIONS = "xl/sharedStrings.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"
BUILT_IN = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # that show a date
# What is shown besides: in quotes, brackets (colours, countries), behind a backslash.
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Format:
    """How a number is shown, as far as that says what it is."""

    is_date: bool = False
    zeros: int = 0  # digits that it has at least
    plus: bool = False


@dataclass
class Book:
    """Its sheets that can be seen, the texts that cells share, and its styles' formats."""

    sheets: dict[str, str] = field(default_factory=dict)  # by name, the part it is in
    texts: list[str] = field(default_factory=list)
    formats: list[Format] = field(default_factory=list)
    first_day: datetime = datetime(1899, 12, 30)


def book_of(archive: ZipFile) -> Book:
    """Reads it. Raises FileRefused, and what `packages.opened` takes for damage."""
    book = Book()
    parts: dict[str, str] = {}
    names = set(archive.namelist())

    def relation(name: str, given: Attributes) -> None:
        if name.endswith("Relationship"):
            target = normpath(join("/xl", given["Target"])).lstrip("/")
            parts[given["Id"]] = target

    def sheet(name: str, given: Attributes) -> None:
        if name == "sheet" and given.get("state", "visible") == "visible":
            at = next((given[key] for key in given if key.endswith(" id")), "")
            if (part := parts.get(at, "")) in names:
                book.sheets[given["name"]] = part
        elif name == "workbookPr" and given.get("date1904") in ("1", "true"):
            book.first_day = datetime(1904, 1, 1)

    go_through(archive, RELATIONS, relation)
    go_through(archive, BOOK, sheet)
    book.formats = _formats(archive) if STYLES in names else []
    book.texts = _texts(archive) if TEXTS in names else []
    return book


def _formats(archive: ZipFile) -> list[Format]:
    own: dict[int, str] = {}
    styles: list[int] = []
    inside: Counter[str] = Counter()

    def begin(name: str, given: Attributes) -> None:
        inside[name] += 1
        if name == "numFmt":
            own[int(given["numFmtId"])] = given.get("formatCode", "")
        elif name == "xf" and inside["cellXfs"] > inside["cellStyles"]:
            styles.append(int(given.get("numFmtId", 0)))
            if len(styles) > MOST_FORMATS:
                raise too_much()

    go_through(archive, STYLES, begin)
    formats = {number: _format(number, own.get(number, "")) for number in set(styles)}
    return [formats[number] for number in styles]


def _format(number: int, code: str) -> Format:
    if not code:
        return Format(is_date=number in BUILT_IN)
    if _DATE.search(_LITERAL.sub("", code)):
        return Format(is_date=True)
    shown = re.sub(r'[\\"]', "", code)
    zeros = len(shown) if re.fullmatch("0{2,30}", shown) else 0
    return Format(zeros=zeros, plus=bool(re.fullmatch(r"\+[0#]+", shown)))


def _texts(archive: ZipFile) -> list[str]:
    """Of each its runs, without how they are pronounced."""
    texts: list[str] = []
    piece: list[str] = []
    within = {"t": 0, "rPh": 0}
    size = 0

    def begin(name: str, given: Attributes) -> None:
        if name in within:
            within[name] += 1

    def text(found: str) -> None:
        nonlocal size
        if within["t"] and not within["rPh"]:
            size += len(found)
            piece.append(found)

    def end(name: str) -> None:
        if name in within:
            within[name] -= 1
        elif name == "si":
            texts.append(unescaped("".join(piece)))
            piece.clear()

    if archive.getinfo(TEXTS).file_size > 2 * settings.BULK_MAX_BYTES:
        raise too_much()
    for _block in elements(archive, TEXTS, begin, end, text):
        if len(texts) > MOST_TEXTS or size > settings.BULK_MAX_BYTES:
            raise too_much()
    return texts


def unescaped(text: str) -> str:
    """What XML cannot hold is written as its number: _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
