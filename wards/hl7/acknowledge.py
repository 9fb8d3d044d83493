"""The answer to a message: HL7 v2 original mode, `MSH` + `MSA` and, where it is not AA, `ERR`.

Senders that ask for enhanced mode (MSH-15, MSH-16) get this answer too: it says that the message is
both safe with us and applied, which is more than a commit acknowledgement would.
"""

import re
import secrets
from datetime import UTC, datetime

from wards.hl7.header import VERSIONS, Header
from wards.hl7.refusals import NotAccepted

APPLICATION = "WARDBELL"
FALLBACK_VERSION = "2.5.1"  # to a sender whose version we do not know
_CONTROLS = re.compile(r"[\x00-\x0c\x0e-\x1f\x7f]")  # in an echo they could end the frame


def acknowledge(header: Header, refusal: NotAccepted | None = None, note: str = "") -> str:
    """The acknowledgement of the message with this header: AA, or the refusal's AE or AR.

    `note` is for people who read an AA: why nothing was to be done.

    In the sender's separators and version, from the receiver they named to them.
    """
    version = header.version if header.version in VERSIONS else FALLBACK_VERSION
    msh = [
        "MSH",
        header.field(2) or "".join(header.separators[1:]),
        *(header.field(5) or APPLICATION, header.field(6), header.field(3), header.field(4)),
        datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000"),
        "",
        _type(header, version),
        secrets.token_hex(10),  # at most 20 characters until version 2.7
        header.field(11) or "P",
        version,
        *([""] * 5 + [header.field(18)] if header.field(18) else []),
    ]
    said = [escape(note, header)] if note else []
    segments = [msh, ["MSA", "AA", header.field(10), *said]]
    if refusal:
        segments[1] = ["MSA", refusal.status, header.field(10), escape(refusal.reason, header)]
        if refusal.status != "AA":
            segments.append(_error(refusal, header, version))
    text = "".join(header.separators.field.join(segment) + "\r" for segment in segments)
    return _CONTROLS.sub(" ", text)


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
    if version in ("2.1", "2.2", "2.3") or not header.value(9, 2):
        return "ACK"
    return header.separators.component.join(("ACK", header.value(9, 2), "ACK"))


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
