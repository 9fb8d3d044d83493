"""The first segment: whose message, of what type, in which characters and separators.

Reading never fails: whatever arrives must be answered as well as its header allows. What is wrong
with a header is said by `check`, after the message has been stored.
"""

import re
import string
from dataclasses import dataclass
from typing import NamedTuple

from wards.hl7.refusals import Code, Rejected

VERSIONS = frozenset(
    "2.1 2.2 2.3 2.3.1 2.4 2.5 2.5.1 2.6 2.7 2.7.1 2.8 2.8.1 2.8.2".split()  # noqa: SIM905
)
HANDLED = {
    "ADT": {"A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13"},
    "ORU": {"R01"},
    "SIU": {"S12", "S13", "S14", "S15", "S26"},
}
# HL7 table 0211. Nothing declared means ASCII; in practice it is whatever the sender's machine has.
CHARSETS = {
    "": "",
    "ASCII": "",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
LONGEST = {3: 180, 4: 180, 10: 199}  # characters, as Hl7Message's columns


class Separators(NamedTuple):
    """MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


USUAL = Separators()


@dataclass(frozen=True)
class Header:
    """MSH. `fields[n]` is MSH-n as it came; empty where the message has no usable header."""

    separators: Separators = USUAL
    fields: tuple[str, ...] = ()
    is_decoded: bool = True

    def field(self, number: int) -> str:
        """MSH-`number`, whole and as it came; "" where it is not there."""
        return self.fields[number] if number < len(self.fields) else ""

    def value(self, number: int, component: int = 1) -> str:
        """A component of the first repetition of MSH-`number`."""
        first = self.field(number).split(self.separators.repetition)[0]
        parts = first.split(self.separators.component)
        return parts[component - 1].strip() if component <= len(parts) else ""

    @property
    def application(self) -> str:
        """MSH-3: the namespace, else the universal id."""
        return self.value(3) or self.value(3, 2)

    @property
    def facility(self) -> str:
        """MSH-4: the namespace, else the universal id."""
        return self.value(4) or self.value(4, 2)

    @property
    def type(self) -> str:
        """MSH-9 as in "ADT^A01"."""
        return "^".join(filter(None, (self.value(9), self.value(9, 2))))

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.field(10).strip()

    @property
    def version(self) -> str:
        """MSH-12."""
        return self.value(12)

    @property
    def charset(self) -> str:
        """MSH-18, the first one: that of the whole message."""
        return self.value(18).upper()

    @property
    def codec(self) -> str:
        """Python's name for what to read and answer in."""
        return CHARSETS.get(self.charset) or "utf-8"


def read(raw: bytes) -> tuple[Header, str]:
    """The header and the text of a message; replacement characters where it cannot be decoded."""
    declared = _header(raw.decode("latin-1"))
    text, is_decoded = _decode(raw, declared)
    # PostgreSQL's text has no NUL.
    text = text.replace("\0", "\ufffd").strip("\ufeff \t\r\n")
    header = _header(text)
    return Header(header.separators, header.fields, is_decoded), text


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
    if header.charset not in CHARSETS:
        reason = f"character set {header.charset} is not supported; send UNICODE UTF-8"
        raise Rejected(Code.TABLE_VALUE_NOT_FOUND, reason, "MSH-18")
    if not header.is_decoded:
        reason = f"the message is not in the character set it names, {header.charset}"
        raise Rejected(Code.DATA_TYPE_ERROR, reason, "MSH-18")


def _check_version_and_type(header: Header) -> None:
    if header.version not in VERSIONS:
        reason = f"HL7 version {_shown(header.version)} is not supported; 2.1 to 2.8 are"
        raise Rejected(Code.UNSUPPORTED_VERSION_ID, reason, "MSH-12")
    kind, event = header.value(9), header.value(9, 2)
    reason = f"message type {_shown(header.type)} is not handled here"
    if kind not in HANDLED:
        raise Rejected(Code.UNSUPPORTED_MESSAGE_TYPE, reason, "MSH-9")
    if event and event not in HANDLED[kind]:  # version 2.1 names no event here
        raise Rejected(Code.UNSUPPORTED_EVENT_CODE, reason, "MSH-9")


def _shown(value: str) -> str:
    """A value for a reason: not empty, not endless."""
    return value[:40] or "(empty)"


def _header(text: str) -> Header:
    line = re.split(r"[\r\n]", text.lstrip("\ufeff\xef\xbb\xbf \t\r\n"), maxsplit=1)[0]
    if line[:3] != "MSH" or len(line) < 5:
        return Header()
    separator = line[3]
    encoding = line[4:].split(separator, 1)[0]
    # Some send only the first of the four; the rest is then as always. 2.7 has a fifth.
    separators = Separators(separator, *encoding[:4], *USUAL[len(encoding) + 1 :])
    different = set(separators)
    if not 1 <= len(encoding) <= 5 or len(different) < 5 or different - set(string.punctuation):
        return Header()
    return Header(separators, ("MSH", separator, encoding, *line.split(separator)[2:]))


def _decode(raw: bytes, header: Header) -> tuple[str, bool]:
    """The text, and whether all of it could be decoded."""
    if CHARSETS.get(header.charset) == "":
        try:
            return raw.decode(), True
        except UnicodeDecodeError:
            return raw.decode("latin-1"), True
    try:
        return raw.decode(header.codec), True
    except UnicodeDecodeError:
        return raw.decode(header.codec, errors="replace"), False
