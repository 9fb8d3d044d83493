"""Which encoding a file of text is in, and its lines as text.

UTF-8 is what is expected. UTF-16 is known by its mark or its zeros. Of the old encodings of Windows
only that is read of which no other one could make sense too; all else is refused, with the line.
"""

import codecs
import io
import re
from collections.abc import Iterator
from functools import cache, partial
from typing import BinaryIO

from django.utils.translation import gettext as _

from wards.base.tables.refusals import FileRefused

LONGEST_LINE = 1024 * 1024  # what no line of a table is, a file without line ends is
HEAD = 8192
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%pdf", "PDF"),
    (b"\xd0\xcf\x11\xe0", "Excel (.xls)"),
    (b"{\\rtf", "Word (RTF)"),
    (b"<html", "HTML"),
    (b"<!doctype html", "HTML"),
    (b"<table", "HTML"),
    (b"<?xml", "XML"),
    (b"begin:vcard", "vCard"),
    (b"\x89png", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x1f\x8b", "gzip"),
)

# The letters of Windows-1256 without those that only Persian and Urdu need, its vowel signs, and
# what may stand beside them. Every other Arabic, Cyrillic, Greek or Chinese encoding has bytes in
# nearly every word that are not among these.
_ARABIC = rb"\xc1-\xd6\xd8-\xdf\xe1\xe3-\xe6\xec\xed\xf0-\xf3\xf5\xf6\xf8\xfa"
_BESIDE = rb"\xa0\xa1\xba\xbf\xab\xbb\x9d\x9e\xfd\xfe"
_RUN = re.compile(rb"[\x80-\xff]+")
_ARABIC_RUN = re.compile(rb"[%s%s]+" % (_ARABIC, _BESIDE))
_ARABIC_WORD = re.compile(rb"[%s]{3,}" % _ARABIC)
_ONLY_THERE = re.compile(rb"[\xdd-\xdf\xec\xed]")  # fa, qaf, kaf, ya: elsewhere in ISO 8859-6
ENOUGH = 10  # letters, and two words, before it can be said
LATIN = ("cp1250", "cp1252", "cp1254", "cp1257")


def lines(file: BinaryIO) -> Iterator[str]:
    """The file's lines as text, with their ends. Raises FileRefused at the first that is none."""
    encoding = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), 1):
            if "\0" in line:
                raise FileRefused(
                    _("Line %(line)s has a NUL byte: this is no text file.") % {"line": number}
                )
            if len(line) == LONGEST_LINE:
                raise FileRefused(_("Line %(line)s is longer than any table's.") % {"line": number})
            yield line.lstrip("\ufeff") if number == 1 else line
    except UnicodeDecodeError:  # only of UTF-16: what else it is was read to the end before
        raise FileRefused(_damaged(number + 1)) from None
    finally:
        text.detach()  # the file is somebody else's to close
    if not number:
        raise FileRefused(_("The file is empty."))


def encoding_of(file: BinaryIO) -> str:
    """Its name for Python. Raises FileRefused where that is not certain, or it is no text."""
    file.seek(0)
    head = file.read(HEAD)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower()
    for sign, kind in SIGNS:
        if start.startswith(sign):
            raise FileRefused(_no_table(kind))
    for mark, name in UTF_16.items():
        if head.startswith(mark):
            return name
    if name := _zeros(head):
        return name
    line = _not_utf_8(file)
    if line is None:
        return "utf-8"
    if name := _of_windows(file):
        return name
    raise FileRefused(
        _("Line %(line)s is not UTF-8: save the file as “CSV UTF-8”.") % {"line": line}
    )


def _no_table(kind: str) -> str:
    if kind == "vCard":
        return _("These are contacts (vCard): export them as CSV, as Google and Outlook do.")
    return _("This is a file of %(program)s, whatever its name: save it as XLSX or CSV.") % {
        "program": kind
    }


def _damaged(line: int) -> str:
    return _("Line %(line)s is damaged: save the file as “CSV UTF-8”.") % {"line": line}


def _zeros(head: bytes) -> str:
    """UTF-16 without a mark: every comma and line end has a zero, always on the same side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if (even + odd) * 10 < len(head) or (even and odd):
        return ""
    return "" if len(head) < 8 else "utf-16-be" if even else "utf-16-le" if odd else ""


def _not_utf_8(file: BinaryIO) -> int | None:
    """The number of the first line that is not UTF-8; None where all are."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, before = 1, b""
    while True:
        block = file.read(1 << 16)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as fault:
            # What the decoder had kept back belongs before this block.
            good = (before + block)[: max(fault.start, 0)] if block else before
            return line + _ends(good)
        if not block:
            return None
        before = decoder.getstate()[0]
        line += _ends(block)


def _ends(text: bytes) -> int:
    """How many lines end in it."""
    return text.count(b"\n") + (0 if b"\n" in text else text.count(b"\r"))


def _of_windows(file: BinaryIO) -> str:
    """ "cp1256" or "cp1252" where nothing else is possible, else ""."""
    arabic = latin = True
    letters = words = 0
    only_there = False
    file.seek(0)
    for raw in iter(partial(file.readline, LONGEST_LINE), b""):
        for found in _RUN.finditer(raw):
            run = found[0]
            latin = latin and _is_latin(raw, found.start(), found.end())
            arabic = arabic and bool(_ARABIC_RUN.fullmatch(run))
            if not (arabic or latin):
                return ""
            letters += len(run)
            words += len(_ARABIC_WORD.findall(run))
            only_there = only_there or bool(_ONLY_THERE.search(run))
    if latin:
        return "cp1252"
    return "cp1256" if only_there and letters >= ENOUGH and words > 1 else ""


def _is_latin(raw: bytes, start: int, end: int) -> bool:
    """Whether these are one or two letters that all encodings of Latin scripts have in common.

    In a word, and in its case: what is a small letter here is a capital in those of DOS.
    """
    if end - start > 2 or not set(raw[start:end]) <= _common():
        return False
    beside = (raw[start - 1 : start] + raw[end : end + 1]).decode("ascii", "replace")
    text = raw[start:end].decode("cp1252")
    return any(c.isascii() and c.isalpha() and c.islower() == text.islower() for c in beside)


@cache
def _common() -> frozenset[int]:
    """The bytes that are the same letter in all of LATIN."""
    found = {}
    for code in range(0x80, 0x100):
        letters = {bytes([code]).decode(name, "replace") for name in LATIN}
        found[code] = len(letters) == 1 and letters.pop().isalpha()
    return frozenset(code for code, same in found.items() if same)
