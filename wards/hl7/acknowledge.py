"""The answers to a message: `MSH` + `MSA` and, where it is not accepted, `ERR`.

HL7 v2 has two modes. In *original* mode there is one answer: AA, AE or AR, once the message is
applied. A sender that fills MSH-15 or MSH-16 asks for *enhanced* mode, with up to two: a commit
acknowledgement (CA, CE, CR), due as soon as the message is stored, and the application's (AA, AE,
AR), due when it is applied. `is_due` says of each whether the sender wants it:

1. a message that is refused before it is stored, or whose header `check` refuses: CR if due,
   and nothing else;
2. stored: CA if due, at once;
3. applied or refused: AA, AE or AR if due, as its own frame on the same connection.

In original mode the commit acknowledgement is never due and the application's always is.
"""

import re
import secrets
from enum import StrEnum

from wards.base import clock
from wards.feeds.refusals import Held, NotAccepted
from wards.hl7.header import VERSIONS, Header

APPLICATION = "WARDBELL"
FALLBACK_VERSION = "2.5.1"  # to a sender whose version we do not know
_CONTROLS = re.compile(r"[\x00-\x0c\x0e-\x1f\x7f]")  # in an echo they could end the frame


class Mode(StrEnum):
    """What is acknowledged."""

    APPLICATION = "A"  # that it is applied: AA, AE, AR
    COMMIT = "C"  # that it is safe with us: CA, CE, CR


WISHES = {Mode.COMMIT: 15, Mode.APPLICATION: 16}  # MSH fields, HL7 table 0155


def is_enhanced(header: Header) -> bool:
    """Whether the sender asks for enhanced mode."""
    return any(header.value(number) not in ("", '""') for number in WISHES.values())


def is_due(header: Header, mode: Mode, refusal: NotAccepted | None = None) -> bool:
    """Whether the sender wants to hear it: always (AL), never (NE), on error (ER), success (SU).

    In enhanced mode an empty field means never; a wish that is none of these, always.
    """
    if not is_enhanced(header):
        return mode is Mode.APPLICATION
    match header.value(WISHES[mode]).upper():
        case "" | '""' | "NE":
            return False
        case "ER":
            return refusal is not None
        case "SU":
            return refusal is None
        case _:
            return True


def acknowledge(
    header: Header,
    refusal: NotAccepted | None = None,
    note: str = "",
    mode: Mode = Mode.APPLICATION,
) -> str:
    """The acknowledgement of the message with this header: AA, or the refusal's AE or AR.

    With `mode` COMMIT: CA, CE or CR. `note` is for people who read an AA: why nothing was to be
    done. In the sender's separators and version, from the receiver they named to them.
    """
    if isinstance(refusal, Held):
        note, refusal = refusal.reason, None
    version = header.version if header.version in VERSIONS else FALLBACK_VERSION
    said = [escape(note, header)] if note else []
    segments = [_header(header, version), ["MSA", f"{mode}A", header.field(10), *said]]
    if refusal:
        code = f"{mode}{refusal.status[1]}"
        segments[1] = ["MSA", code, header.field(10), escape(refusal.reason, header)]
        segments.append(_error(refusal, header, version))
    text = "".join(header.separators.field.join(segment) + "\r" for segment in segments)
    return _CONTROLS.sub(" ", text)


def _header(header: Header, version: str) -> list[str]:
    """MSH of the answer; it asks for no answer of its own."""
    unanswered = ["NE", "NE"] if is_enhanced(header) else ["", ""]
    return [
        "MSH",
        header.field(2) or "".join(header.separators[1:]),
        *(header.field(5) or APPLICATION, header.field(6), header.field(3), header.field(4)),
        clock.now().strftime("%Y%m%d%H%M%S+0000"),
        "",
        _type(header, version),
        secrets.token_hex(10),  # at most 20 characters until version 2.7
        header.field(11) or "P",
        version,
        *_trimmed(["", "", *unanswered, "", header.field(18)]),
    ]


def _trimmed(fields: list[str]) -> list[str]:
    while fields and not fields[-1]:
        fields = fields[:-1]
    return fields


def escape(text: str, header: Header) -> str:
    """Text as a value in a message with this header's separators."""
    mark = header.separators.escape
    table = {
        ord(character): f"{mark}{letter}{mark}"
        for character, letter in zip(header.separators, "FSRET", strict=True)
    }
    return text.replace("\r", " ").translate(table)


def _type(header: Header, version: str) -> str:
    """MSH-9: the message structure as third component came with 2.3.1."""
    if version in ("2.1", "2.2", "2.3") or not header.event:
        return "ACK"
    return header.separators.component.join(("ACK", header.event, "ACK"))


def _error(refusal: NotAccepted, header: Header, version: str) -> list[str]:
    """ERR, as it was until 2.4 (place and code in one field) and as it is since 2.5."""
    component, subcomponent = header.separators.component, header.separators.subcomponent
    segment, _, field = refusal.place.partition("-")
    code = (str(refusal.code.value), refusal.code.text, "HL70357")
    place = [segment, "1" if segment else "", field]
    if version < "2.5":
        return ["ERR", component.join((*place, subcomponent.join(code)))]
    location = component.join(place).rstrip(component)
    empty = [""] * 3
    reason = escape(refusal.reason, header)
    return ["ERR", "", location, component.join(code), "E", *empty, reason]
