"""When what a message says was so: by this, not by their order, messages are put in order. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TypeVar

from wards.feeds.statements import Move, Scheduled, Stay
from wards.hl7.segments import Segment
from wards.hl7.values import parse_time

Thing = TypeVar("Thing", Stay, Scheduled)
# EVN-6 of these is when what they take back had happened.
TAKES_BACK = (Move.ADMISSION_CANCELLED, Move.TRANSFER_CANCELLED, Move.DISCHARGE_CANCELLED)
ALIVE = ("N", '""')  # PID-30, as it comes


def dated(said: Thing, found: Sequence[Segment], zone: tzinfo) -> Thing:
    """With its place among the other messages of the stay or the appointment.

    EVN-6, else EVN-2, PV1-44 or PV1-45, else MSH-7.
    """
    first = {segment.place: segment for segment in reversed(found)}
    sent_at = next(_times(first, [("MSH", 7)], zone), None)
    if isinstance(said, Scheduled):
        return replace(said, said_at=sent_at)
    own = next(_times(first, _places(said.move), zone), None)
    is_alive = first["PID"].raw(30).strip().upper() in ALIVE
    patient = replace(said.patient, alive=is_alive and not said.patient.deceased)
    return replace(said, said_at=own or sent_at, is_timed=own is not None, patient=patient)


def _places(move: Move) -> list[tuple[str, int]]:
    evn = (2, 6) if move in TAKES_BACK else (6, 2)
    visit = {Move.ADMITTED: 44, Move.DISCHARGED: 45}  # PV1-44 of a transfer is the admission's
    places = [("EVN", number) for number in evn]
    return [*places, ("PV1", visit[move])] if move in visit else places


def _times(
    first: Mapping[str, Segment], places: list[tuple[str, int]], zone: tzinfo
) -> Iterator[datetime]:
    """Those that can be read: a time which only puts in order is no reason to refuse anything."""
    for place, number in places:
        if place in first:
            try:
                time = parse_time(first[place].value(number), zone)
            except ValueError:
                continue
            if time:
                yield time
