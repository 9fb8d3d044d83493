"""Character sets: what MSH-18 names, in every usual spelling, and what the bytes really are in.

Bytes that are not in the set they name are read only where one other is certain. Arabic in the
wrong set is still Arabic to look at, only of another name: better refused than guessed.
"""

import re
from typing import NamedTuple

_UNDECLARED = {"", '""', "ASCII", "USASCII", "ISOIR6", "ISO646", "2022IR6"}
_ISO_IR = {100: 1, 101: 2, 109: 3, 110: 4, 144: 5, 127: 6, 126: 7, 138: 8, 148: 9, 203: 15}
_NAMES = {
    **dict.fromkeys(("UTF8", "UNICODE", "UNICODEUTF8", "ISO10646", "ISOIR192"), "utf-8"),
    **dict.fromkeys(("UTF16", "UNICODEUTF16"), "utf-16"),
    **dict.fromkeys(("LATIN1", "ISOLATIN1", "L1"), "iso8859-1"),
    **dict.fromkeys(("ARABIC", "ASMO708", "ISOLATINARABIC"), "iso8859-6"),
    **{f"ISOIR{number}": f"iso8859-{part}" for number, part in _ISO_IR.items()},
}
_ISO = re.compile(r"(?:ISO)?8859(?:P|PART)?0?([1-9]|1[0134568])(?:19\d\d)?")
_WINDOWS = re.compile(r"(?:WINDOWS|WIN|MSWIN|CP|MS|X?CP)?(125[0-8])")

_FOREIGN_BYTES = re.compile(rb"[\x80-\xff]")
_SHIFT = re.compile(rb"[\x0e\x0f\x1b]")  # into another set, whose text looks like ASCII
# Degrees, micro and the like: the same in Windows-1252 and 1256.
_SIGNS = frozenset((b"\xa0", b"\xb0", b"\xb1", b"\xb2", b"\xb3", b"\xb5", b"\xb7"))
_WORD = re.compile(rb"[A-Za-z\xc0-\xff]{2,}")  # below \xc0 all have signs: degrees, micro
_FOREIGN = re.compile(rb"[\xc0-\xff]+")
_ARABIC = re.compile("[\u0621-\u063a\u0640-\u064a\u0671-\u06d3]+")  # vowel signs prove nothing
_SINGLE = re.compile("iso8859-|cp")  # a byte a character: nothing in them is ever malformed


class Decoded(NamedTuple):
    """A message's text; `codec` is what it was in, `is_as_named` whether MSH-18 says so."""

    text: str
    codec: str
    is_as_named: bool = True
    is_whole: bool = True  # nothing was lost


def codec_of(name: str) -> str | None:
    """Python's name for a character set; "" for ASCII and nothing, None for one we cannot read."""
    key = re.sub(r"[\s_\-/.():]", "", name.upper())
    if key in _UNDECLARED:
        return ""
    if found := _ISO.fullmatch(key):
        return f"iso8859-{found[1]}"
    if found := _WINDOWS.fullmatch(key):
        return f"cp{found[1]}"
    return _NAMES.get(key)


def decode(raw: bytes, name: str) -> Decoded:
    """The text of a message whose MSH-18 says `name`."""
    named = codec_of(name)
    if wide := _wide(raw):
        return _strict(raw, wide, is_as_named=named == "utf-16") or _broken(raw, wide)
    if raw.isascii() and (named is not None or not _SHIFT.search(raw)):
        codec = named if named and named != "utf-16" else "utf-8"
        return Decoded(raw.decode("ascii"), codec, is_as_named=named is not None)
    utf8 = _strict(raw, "utf-8", is_as_named=named in ("", "utf-8"))
    if utf8 and named is not None:
        # Long enough to be no accident: in no other set does text look like this.
        return utf8
    is_single = named and _SINGLE.match(named) and not _is_foreign(raw, named)
    if is_single and (decoded := _strict(raw, named or "")):
        return decoded
    guessed = _certain(raw)
    if guessed is None and named == "" and not _arabic_words(raw):
        guessed = "cp1252"
    if guessed is None and named == "utf-8" and _SIGNS.issuperset(_FOREIGN_BYTES.findall(raw)):
        guessed = "cp1252"
    if guessed and (decoded := _strict(raw, guessed, is_as_named=False)):
        return decoded
    return _broken(raw, named or "iso8859-1")  # which keeps every byte, for a look


def _wide(raw: bytes) -> str | None:
    """UTF-16, which says so itself."""
    start = raw[2:8] if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw[:6]
    return {b"M\0S\0H\0": "utf-16-le", b"\0M\0S\0H": "utf-16-be"}.get(start)


def _strict(raw: bytes, codec: str, *, is_as_named: bool = True) -> Decoded | None:
    try:
        return Decoded(raw.decode(codec), codec, is_as_named)
    except UnicodeDecodeError:
        return None


def _broken(raw: bytes, codec: str) -> Decoded:
    return Decoded(raw.decode(codec, errors="replace"), codec, is_whole=False)


def _is_foreign(raw: bytes, codec: str) -> bool:
    """Whether text that is said to be in a Western set is Arabic, or in the other Arabic set."""
    if codec == "cp1256":
        return _certain(raw) == "iso8859-6"
    return codec in ("iso8859-1", "iso8859-15", "cp1252") and bool(_arabic_words(raw))


def _arabic_words(raw: bytes) -> list[bytes]:
    """Words without a single Latin letter: in Western sets there are none."""
    return [word for word in _WORD.findall(raw) if _FOREIGN.fullmatch(word)]


def _certain(raw: bytes) -> str | None:
    """The one Arabic set in which every such word is Arabic; None where both or neither are."""
    words = _arabic_words(raw)
    if any(_FOREIGN.search(word) for word in _WORD.findall(raw) if not _FOREIGN.fullmatch(word)):
        return None  # there are Western words, too
    fitting = [codec for codec in ("cp1256", "iso8859-6") if _all_arabic(words, codec)]
    return fitting[0] if len(fitting) == 1 else None


def _all_arabic(words: list[bytes], codec: str) -> bool:
    try:
        return bool(words) and all(_ARABIC.fullmatch(word.decode(codec)) for word in words)
    except UnicodeDecodeError:
        return False
