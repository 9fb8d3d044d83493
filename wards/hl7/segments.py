"""A message's segments, and single values out of them; the hl7 library takes them apart."""

import re
from collections.abc import Iterator
from typing import Any

import hl7

from wards.hl7.header import Header
from wards.hl7.refusals import Code, Failed, Rejected
from wards.hl7.values import unescape

READ = frozenset(
    {"MSH", "EVN", "PID", "PV1", "PV2", "ORC", "OBR", "OBX", "SCH", "TQ1", "AIS", "AIP"}
)
# A parsed separator costs some 450 bytes and 4 µs: 5 MB of them would take 2 GB. A real message
# with 1,000 results has some 20,000.
MAX_SEPARATORS = 100_000
KEY_LENGTH = 80  # characters, as the columns that numbers and codes are kept in


class Segment:
    """One segment of a parsed message; `place` is its name."""

    def __init__(self, parsed: Any, header: Header) -> None:
        self._parsed, self._header = parsed, header
        self.place = str(parsed[0])

    def value(self, field: int, component: int = 1, *, repetition: int = 1) -> str:
        """A component's text, "" where it is absent or HL7's explicit null.

        Of a component with subcomponents, the first.
        """
        node = self._parsed[field] if field < len(self._parsed) else ""
        for index in (repetition - 1, component - 1):
            if isinstance(node, str):
                node = "" if index else node
            else:
                node = node[index] if index < len(node) else ""
        while not isinstance(node, str):
            node = node[0] if node else ""
        text = unescape(node, self._header.separators, self._header.codec).strip()
        return "" if text == '""' else text

    def raw(self, number: int) -> str:
        """A field as it came; "" where it is not there."""
        return str(self._parsed[number]) if number < len(self._parsed) else ""

    def components(self, field: int, *, repetition: int = 1) -> list[str]:
        """The texts of all components of one repetition."""
        node = self._parsed[field][repetition - 1] if self.repetitions(field) >= repetition else ""
        count = 1 if isinstance(node, str) else len(node)
        return [self.value(field, number + 1, repetition=repetition) for number in range(count)]

    def repetitions(self, field: int) -> int:
        """How often a field is given; 0 where it is not there."""
        return len(self._parsed[field]) if field < len(self._parsed) else 0

    def key(self, field: int, component: int = 1, *, repetition: int = 1) -> str:
        """A value that names something; Failed where it is too long for that."""
        text = self.value(field, component, repetition=repetition)
        if len(text) > KEY_LENGTH:
            place = f"{self.place}-{field}"
            reason = f"{place} is longer than {KEY_LENGTH} characters"
            raise Failed(Code.DATA_TYPE_ERROR, reason, place)
        return text


def segments(text: str, header: Header) -> Iterator[Segment]:
    """The segments that we read, in order, the header first.

    They may end in CR, LF or both; a line that does not begin like a segment belongs to the text
    before it. Raises Rejected for what cannot be one message.
    """
    if sum(map(text.count, set(header.separators))) > MAX_SEPARATORS:
        raise Rejected(Code.DATA_TYPE_ERROR, f"more than {MAX_SEPARATORS:,} fields in one message")
    separator = re.escape(header.separators.field)
    found = re.split(rf"[\r\n]+(?=[A-Z][A-Z0-9]{{2}}{separator})", text)
    if any(segment.startswith("MSH") for segment in found[1:]):
        raise Rejected(Code.SEGMENT_SEQUENCE_ERROR, "more than one MSH in one message", "MSH")
    read = (segment.replace("\r", "\n") for segment in found if segment[:3] in READ)
    for parsed in hl7.parse("\r".join(read)):
        yield Segment(parsed, header)
