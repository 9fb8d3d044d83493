"""The first segment: whose message, of what type, in which characters and separators.

Reading never fails: whatever arrives must be answered as well as its header allows. What is wrong
with a header is said by `check`, after the message has been stored; what is only odd, by `unread`.
"""

import re
import string
from dataclasses import dataclass, replace
from typing import NamedTuple

from wards.base import text as cleaning
from wards.feeds.content import Unread
from wards.feeds.refusals import Code, Rejected
from wards.hl7.charsets import codec_of, decode

VERSIONS = frozenset(
    "2.1 2.2 2.3 2.3.1 2.4 2.5 2.5.1 2.6 2.7 2.7.1 2.8 2.8.1 2.8.2 2.9 2.9.1".split()  # noqa: SIM905
)
_VERSION = re.compile(r"(?:HL7)?[ _]?V?[ .]?(2(?:\.\d+){0,2})\b", re.IGNORECASE)
_DIGITS = re.compile("2[1-9]1?")  # 25, 251
_ADT = "A01 A02 A03 A04 A05 A06 A08 A11 A12 A13 A18 A28 A30 A31 A34 A35 A36 A39 A40 A41 A42 A46 A47"
HANDLED = {
    "ADT": frozenset(_ADT.split()),
    "ORU": frozenset(("R01", "R30", "R31", "R32", "W01")),
    "SIU": frozenset(("S12", "S13", "S14", "S15", "S26")),
}
LONGEST = {3: 180, 4: 180, 10: 199}  # characters, as Hl7Message's columns
_START = "\ufeff \t\r\n\x0b"  # may stand before a message
SHOWN = 40  # characters of a value in a reason or a note


class Separators(NamedTuple):
    """MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


USUAL = Separators()


def separators_of(line: str) -> Separators | None:
    """Those of a header segment (MSH, FHS, BHS); None where they cannot be used."""
    if len(line) < 5:
        return None
    separator = line[3]
    encoding = line[4:].split(separator, 1)[0].rstrip()
    if encoding == "^~&":  # written somewhere that takes a backslash for its own
        encoding = "^~\\&"
    # Some send only the first of the four; the rest is then as always. 2.7 has a fifth.
    found = Separators(separator, *encoding[:4], *USUAL[len(encoding) + 1 :])
    different = set(found)
    if not 1 <= len(encoding) <= 5 or len(different) < 5 or different - set(string.punctuation):
        return None
    return found


@dataclass(frozen=True)
class Header:
    """MSH. `fields[n]` is MSH-n as it came; empty where the message has no usable header.

    `codec` is what the message is in and is answered in; `is_as_named` whether MSH-18 says that.
    """

    separators: Separators = USUAL
    fields: tuple[str, ...] = ()
    is_decoded: bool = True
    codec: str = "utf-8"
    is_as_named: bool = True

    def field(self, number: int) -> str:
        """MSH-`number`, whole and as it came; "" where it is not there."""
        return self.fields[number] if number < len(self.fields) else ""

    def value(self, number: int, component: int = 1) -> str:
        """A component of the first repetition of MSH-`number`."""
        first = self.field(number).split(self.separators.repetition)[0]
        parts = first.split(self.separators.component)
        return cleaning.line(parts[component - 1]) if component <= len(parts) else ""

    @property
    def application(self) -> str:
        """MSH-3: the namespace, else the universal id."""
        return self.value(3) or self.value(3, 2)

    @property
    def facility(self) -> str:
        """MSH-4: the namespace, else the universal id."""
        return self.value(4) or self.value(4, 2)

    @property
    def kind(self) -> str:
        """MSH-9.1, as in "ADT"."""
        return self.value(9).upper()

    @property
    def event(self) -> str:
        """MSH-9.2, as in "A01"; version 2.1 names none here."""
        return self.value(9, 2).upper()

    @property
    def type(self) -> str:
        """MSH-9 as in "ADT^A01"."""
        return "^".join(filter(None, (self.value(9), self.value(9, 2))))

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return cleaning.line(self.field(10))

    @property
    def processing(self) -> str:
        """MSH-11: P (production), T (training) or D (debugging), or what else came; empty is P."""
        value = self.value(11).upper()
        return value[:1] if value[:1] in ("P", "T", "D") else value or "P"

    @property
    def is_training(self) -> bool:
        """Whether nothing of it is about real people: MSH-11 is T or D."""
        return self.processing in ("T", "D")

    @property
    def version(self) -> str:
        """MSH-12, as in "2.5.1" however it is written; as it came where it is no version 2."""
        if _DIGITS.fullmatch(self.value(12)):
            return ".".join(self.value(12))
        found = _VERSION.match(self.value(12))
        return found[1] if found else self.value(12)

    @property
    def charset(self) -> str:
        """MSH-18, the first one: that of the whole message."""
        return self.value(18).upper()

    def unread(self) -> list[Unread]:
        """What is odd and was read all the same, to be told once a sender."""
        notes = []
        if self.version not in VERSIONS or self.version != self.value(12):
            notes.append(Unread("MSH-12", self.value(12)[:SHOWN] or "(empty)"))
        if not self.is_as_named:
            named = self.charset[:SHOWN] or "(empty)"
            notes.append(Unread("MSH-18", f"{named}, but it is in {self.codec}"))
        if self.processing not in ("P", "T", "D"):
            notes.append(Unread("MSH-11", self.processing[:SHOWN]))
        return notes


def read(raw: bytes) -> tuple[Header, str]:
    """The header and the text of a message; replacement characters where it cannot be decoded."""
    decoded = decode(raw, _header(_first_line(raw)).value(18))
    # PostgreSQL's text has no NUL.
    text = decoded.text.strip(_START).replace("\0", "\ufffd")
    header = replace(
        _header(text),
        is_decoded=decoded.is_whole,
        codec=decoded.codec,
        is_as_named=decoded.is_as_named,
    )
    return header, text


def check(header: Header) -> None:
    """Raises Rejected where this is not a message that we read."""
    if not header.fields:
        raise Rejected(
            Code.SEGMENT_SEQUENCE_ERROR, "not an HL7 v2 message: it does not begin with MSH", "MSH"
        )
    if not header.control_id:
        raise Rejected(Code.REQUIRED_FIELD_MISSING, "MSH-10 (control id) is missing", "MSH-10")
    for number, longest in LONGEST.items():
        if len(header.field(number)) > longest:
            reason = f"MSH-{number} is longer than {longest} characters"
            raise Rejected(Code.DATA_TYPE_ERROR, reason, f"MSH-{number}")
    _check_version_and_type(header)
    if codec_of(header.charset) is None and not header.is_decoded:
        reason = f"character set {header.charset[:SHOWN]} is not supported; send UNICODE UTF-8"
        raise Rejected(Code.TABLE_VALUE_NOT_FOUND, reason, "MSH-18")
    if not header.is_decoded:
        named = header.charset[:SHOWN]
        reason = (
            f"the message is not in the character set it names, {named}"
            if named
            else "the message is not in UTF-8; name its character set in MSH-18"
        )
        raise Rejected(Code.DATA_TYPE_ERROR, reason, "MSH-18")


def _check_version_and_type(header: Header) -> None:
    # Versions of 2 that came after all we know add to what there was: they are read, and noted.
    if header.version and not re.match(r"2(?![\d])", header.version):
        reason = f"HL7 version {header.version[:SHOWN]} is not supported; 2.1 to 2.9 are"
        raise Rejected(Code.UNSUPPORTED_VERSION_ID, reason, "MSH-12")
    reason = f"message type {header.type[:SHOWN] or '(empty)'} is not handled here"
    if header.kind not in HANDLED:
        raise Rejected(Code.UNSUPPORTED_MESSAGE_TYPE, reason, "MSH-9")
    if header.event and header.event not in HANDLED[header.kind]:
        raise Rejected(Code.UNSUPPORTED_EVENT_CODE, reason, "MSH-9")


def _first_line(raw: bytes) -> str:
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(_START.encode("latin-1", errors="ignore"))
    return re.split(rb"[\r\n]", raw, maxsplit=1)[0].decode("latin-1")


def _header(text: str) -> Header:
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if line[:3].upper() != "MSH" or not (separators := separators_of(line)):
        return Header()
    encoding, *fields = line[4:].split(separators.field)
    return Header(separators, ("MSH", separators.field, encoding, *fields))
