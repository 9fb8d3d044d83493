"""A message's segments, and single values out of them.

Our own parser, which takes apart only what is asked for: a segment is a line, and is split into
fields when one of them is read.
"""

import re
from dataclasses import dataclass, field

from wards import cleaning
from wards.hl7.header import Header
from wards.hl7.lines import MAX_SEPARATORS, lines
from wards.hl7.refusals import Code, Failed, Rejected
from wards.hl7.said import Unread
from wards.hl7.separators import Separators
from wards.hl7.values import unescape

__all__ = ["MAX_SEPARATORS", "Segment", "segments"]

KEY_LENGTH = 80  # characters, as the columns that numbers and codes are kept in


@dataclass(frozen=True)
class Message:
    """What all segments of a message share."""

    separators: Separators
    codec: str
    unread: list[Unread] = field(default_factory=list)


class Segment:
    """One segment; `place` is its name."""

    def __init__(self, place: str, text: str, message: Message) -> None:
        self.place, self._text, self.message = place, text, message
        self._fields: list[str] | None = None

    def raw(self, number: int) -> str:
        """A field as it came; "" where it is not there."""
        if self._fields is None:
            self._fields = self._text.split(self.message.separators.field)
            if self.place == "MSH":  # MSH-1 is the separator itself
                self._fields.insert(1, self.message.separators.field)
        return self._fields[number] if number < len(self._fields) else ""

    def value(
        self, number: int, component: int = 1, *, repetition: int = 1, subcomponent: int = 1
    ) -> str:
        """A component's text on one line, "" where it is absent or HL7's explicit null.

        Of a component with subcomponents, the first.
        """
        text = self.raw(number)
        if not text or text == '""':
            return ""
        separators = self.message.separators
        for separator, index in (
            (separators.repetition, repetition),
            (separators.component, component),
            (separators.subcomponent, subcomponent),
        ):
            if separator in text:
                parts = text.split(separator)
                if index > len(parts):
                    return ""
                text = parts[index - 1]
            elif index > 1:
                return ""
        text = cleaning.line(self._plain(text))
        return "" if text == '""' else text

    def text(self, number: int, *, repetition: int = 1) -> str:
        """A whole repetition as people wrote it: stray separators in it are part of the text."""
        separators = self.message.separators
        raw = self._repetition(number, repetition)
        raw = raw.rstrip(separators.component + separators.subcomponent)
        return "" if raw == '""' else cleaning.prose(self._plain(raw))

    def components(self, number: int, *, repetition: int = 1) -> list[str]:
        """The texts of all components of one repetition."""
        raw = self._repetition(number, repetition)
        count = raw.count(self.message.separators.component) + 1
        return [self.value(number, n + 1, repetition=repetition) for n in range(count)]

    def repetitions(self, number: int) -> range:
        """The numbers of a field's repetitions; none where it is empty."""
        raw = self.raw(number)
        count = raw.count(self.message.separators.repetition) + 1 if raw else 0
        return range(1, count + 1)

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
        parts = self.raw(number).split(self.message.separators.repetition)
        return parts[repetition - 1] if repetition <= len(parts) else ""

    def _plain(self, text: str) -> str:
        return unescape(text, self.message.separators, self.message.codec)


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
