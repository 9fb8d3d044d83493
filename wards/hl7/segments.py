"""A message's segments, and single values out of them.

Our own parser, which takes apart only what is asked for: a segment is a line, and is split into
fields when one of them is read.
"""

import re
from dataclasses import dataclass, field

from wards.base import text as cleaning
from wards.feeds.content import Unread
from wards.feeds.refusals import Code, Failed, Rejected
from wards.hl7.header import Header, Separators
from wards.hl7.lines import MAX_SEPARATORS, lines
from wards.hl7.values import unescape

__all__ = ["MAX_SEPARATORS", "Segment", "segments"]

_NONE = range(0)
KEY_LENGTH = 80  # characters, as the columns that numbers and codes are kept in


@dataclass(frozen=True)
class Message:
    """What all segments of a message share."""

    separators: Separators
    codec: str
    unread: list[Unread] = field(default_factory=list)


class Segment:
    """One segment; `place` is its name."""

    __slots__ = ("_cells", "_fields", "_text", "message", "place")

    def __init__(self, place: str, text: str, message: Message) -> None:
        self.place, self._text, self.message = place, text, message
        self._fields: list[str] = []
        self._cells: dict[int, list[list[str]]] = {}

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing: a name alone, or with a set id."""
        return not any((self._fields or self._split())[2:])

    def raw(self, number: int) -> str:
        """A field as it came; "" where it is not there."""
        fields = self._fields or self._split()
        return fields[number] if number < len(fields) else ""

    def _split(self) -> list[str]:
        separator = self.message.separators.field
        self._fields = self._text.split(separator)
        if self.place == "MSH":  # MSH-1 is the separator itself
            self._fields.insert(1, separator)
        return self._fields

    def value(
        self, number: int, component: int = 1, *, repetition: int = 1, subcomponent: int = 1
    ) -> str:
        """A component's text on one line, "" where it is absent or HL7's explicit null.

        Of a component with subcomponents, the first.
        """
        text = self.raw(number)
        if not text or (text.isalnum() and text.isascii()):  # most of them, most of the time
            return text if repetition == component == subcomponent == 1 else ""
        parts = self._parts(number, repetition)
        if component > len(parts) or not (text := parts[component - 1]):
            return ""
        separator = self.message.separators.subcomponent
        if separator in text or subcomponent > 1:
            text = _part(text, separator, subcomponent)
        return self._line(text)

    def text(self, number: int, *, repetition: int = 1) -> str:
        """A whole repetition as people wrote it: stray separators in it are part of the text."""
        separators = self.message.separators
        raw = self._repetition(number, repetition)
        if raw.isalnum() and raw.isascii():
            return raw
        raw = raw.rstrip(separators.component + separators.subcomponent)
        return "" if raw == '""' else cleaning.prose(self._plain(raw))

    def components(self, number: int, *, repetition: int = 1) -> list[str]:
        """The texts of all components of one repetition."""
        separator = self.message.separators.subcomponent
        parts = self._parts(number, repetition)
        return [self._line(part.split(separator, 1)[0]) for part in parts]

    def repetitions(self, number: int) -> range:
        """The numbers of a field's repetitions; none where it is empty."""
        raw = self.raw(number)
        return range(1, raw.count(self.message.separators.repetition) + 2) if raw else _NONE

    def key(self, number: int, component: int = 1, *, repetition: int = 1) -> str:
        """A value that names something; Failed where it is too long for that."""
        return self.short(number, self.value(number, component, repetition=repetition))

    def short(self, number: int, text: str) -> str:
        """A key out of field `number`; Failed where it is too long to be kept whole."""
        if len(text) > KEY_LENGTH:
            place = f"{self.place}-{number}"
            reason = f"{place} is longer than {KEY_LENGTH} characters"
            raise Failed(Code.DATA_TYPE_ERROR, reason, place)
        return text

    def note(self, number: int, value: str) -> None:
        """Remembers that a value was not understood: its shape alone, for it may be a name."""
        shape = re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "A", value))[:40]
        self.message.unread.append(Unread(f"{self.place}-{number}", shape))

    def _repetition(self, number: int, repetition: int) -> str:
        raw, separator = self.raw(number), self.message.separators.repetition
        return _part(raw, separator, repetition) if separator in raw or repetition > 1 else raw

    def _parts(self, number: int, repetition: int) -> list[str]:
        """The components of one repetition as they came; a field is taken apart once."""
        cells = self._cells.get(number)
        if cells is None:
            separators = self.message.separators
            repetitions = self.raw(number).split(separators.repetition)
            cells = [each.split(separators.component) for each in repetitions]
            self._cells[number] = cells
        return cells[repetition - 1] if repetition <= len(cells) else []

    def _line(self, text: str) -> str:
        if text.isalnum() and text.isascii():
            return text
        text = cleaning.line(self._plain(text)) if text else ""
        return "" if text == '""' else text

    def _plain(self, text: str) -> str:
        if self.message.separators.escape not in text:
            return text
        return unescape(text, self.message.separators, self.message.codec)


def _part(text: str, separator: str, number: int) -> str:
    parts = text.split(separator)
    return parts[number - 1] if number <= len(parts) else ""


def segments(text: str, header: Header) -> list[Segment]:
    """All segments in order, the header first.

    Raises NotAccepted for what cannot be one message.
    """
    message = Message(header.separators, header.codec)
    found = [Segment(place, line, message) for place, line in lines(text, header.separators)]
    if sum(segment.place == "MSH" for segment in found) > 1:
        raise Rejected(Code.SEGMENT_SEQUENCE_ERROR, "more than one MSH in one message", "MSH")
    if any(segment.place == "DSC" and segment.value(1) for segment in found):
        raise Failed(Code.SEGMENT_SEQUENCE_ERROR, "a part of a message; send it whole", "DSC-1")
    return found
