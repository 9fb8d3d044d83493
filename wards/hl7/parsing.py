"""From the text of a message to what it says. Pure: no database, no clock, no settings."""

from collections.abc import Sequence
from datetime import tzinfo

from wards.feeds.content import Parsed, Said
from wards.feeds.refusals import Code, Rejected
from wards.hl7 import laboratory, movements, scheduling, timeline
from wards.hl7.header import HANDLED, SHOWN, Header
from wards.hl7.segments import Segment, segments


def parse(text: str, header: Header, zone: tzinfo) -> Parsed:
    """What the message says; `zone` is that of times which do not name theirs.

    Raises NotAccepted with the reason where it cannot be read.
    """
    found = segments(text, header)
    said = _said(found, header, zone)
    odd = header.unread() + found[0].message.unread
    return Parsed(tuple(said), tuple(dict.fromkeys(odd)))


def _said(found: list[Segment], header: Header, zone: tzinfo) -> Sequence[Said]:
    kind, event = header.kind, header.event
    if kind == "ORU":
        return laboratory.reports(found, zone)
    # Version 2.1 names the event in EVN alone.
    event = event or next((s.value(1).upper() for s in found if s.place == "EVN"), "")
    if event not in HANDLED[kind]:
        reason = f"message type {kind}^{event[:SHOWN]} is not handled here"
        raise Rejected(Code.UNSUPPORTED_EVENT_CODE, reason, "EVN-1")
    if kind == "SIU":
        return [timeline.dated(scheduling.scheduled(found, event, zone), found, zone)]
    if event in movements.MERGES:
        return movements.merges(found, event, zone)
    return [timeline.dated(movements.stay(found, event, zone), found, zone)]
