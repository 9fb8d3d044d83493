"""What a workbook is packed in: a ZIP of XML, which can be made to unpack to anything.

What it says of its sizes is looked at before, no part is held in memory, and no piece of XML may be
longer than a cell. Document types and entities are refused: no spreadsheet writes any.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from xml.parsers import expat

from django.conf import settings
from django.utils.translation import gettext as _

from wards.base.tables.refusals import FileRefused

SIGN = b"PK\x03\x04"
MOST_PARTS = 1000
UNPACKED = 8  # times what an upload may have
LONGEST_PIECE = 1024 * 1024  # bytes from one tag to the next: no cell holds so much
LARGEST_PART = 16 * 1024 * 1024  # of those that only say how it looks
BLOCK = 1 << 16
BOOK = "xl/workbook.xml"
OTHERS = {  # what else is a ZIP
    "xl/workbook.bin": "Excel (.xlsb)",
    "content.xml": "LibreOffice (.ods)",
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
}
BROKEN = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, KeyError, IndexError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
# The namespaces of what Excel and everybody else writes, and of its "strict" form.
_SPACE = re.compile(r"^http://(schemas\.openxmlformats\.org|purl\.oclc\.org/ooxml)/\S+ ")

Attributes = dict[str, str]


def is_one(file: BinaryIO) -> bool:
    """Whether the file is a ZIP, as workbooks are."""
    file.seek(0)
    return file.read(len(SIGN)) == SIGN


@contextmanager
def opened(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The parts of a workbook. Raises FileRefused for what is none, also while they are read."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _look_over(archive)
            yield archive
    except FileRefused:
        raise
    except BROKEN as fault:
        raise damaged() from fault


def damaged() -> FileRefused:
    return FileRefused(_("The workbook is damaged: open it in Excel and save it again as XLSX."))


def too_much() -> FileRefused:
    return FileRefused(_("The workbook unpacks to more than a list of people can be."))


def _look_over(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    for name, program in OTHERS.items():
        if name in names:
            words = _("This is a file of %(program)s, whatever its name: save it as XLSX or CSV.")
            raise FileRefused(words % {"program": program})
    if BOOK not in names:
        raise FileRefused(_("This is an archive (ZIP): unpack it, and upload what is in it."))
    if len(parts) > MOST_PARTS or len(names) < len(parts):
        raise too_much()
    # Python unpacks no more of a part than it declares.
    if sum(part.file_size for part in parts) > settings.BULK_MAX_BYTES * UNPACKED:
        raise too_much()


def elements(
    archive: zipfile.ZipFile,
    part: str,
    begin: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda name: None,
    text: Callable[[str], None] = lambda text: None,
) -> Iterator[None]:
    """Tells of all elements of a part that begin, end, and have text; stops after each block.

    Names come without their namespace. Nothing is kept.
    """
    parser = _parser(begin, end, text)
    piece = 0
    with archive.open(part) as packed:
        while block := packed.read(BLOCK):
            last = block.rfind(b"<")
            piece = piece + len(block) if last < 0 else len(block) - last
            if piece > LONGEST_PIECE:
                raise too_much()
            parser.Parse(block, False)
            yield
    parser.Parse(b"", True)
    yield


def go_through(
    archive: zipfile.ZipFile, part: str, begin: Callable[[str, Attributes], None]
) -> None:
    """Tells of all elements of a small part that begin."""
    if archive.getinfo(part).file_size > LARGEST_PART:
        raise too_much()
    for _block in elements(archive, part, begin):
        pass


def _parser(
    begin: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> expat.XMLParserType:
    names = _Names()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, given: begin(names[name], given)
    parser.EndElementHandler = lambda name: end(names[name])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    return parser


class _Names(dict[str, str]):
    """Names with their namespace, and without."""

    def __missing__(self, name: str) -> str:
        self[name] = short = _SPACE.sub("", name)
        return short


def _refuse(*given: object) -> None:
    raise damaged()
