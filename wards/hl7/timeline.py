"""The course of a stay: what all that was said of it amounts to, in whatever order it came. Pure.

Every fact is kept, and the stay is read from all of them by the times they speak of. So a hundred
orders of the same messages end in the same state, and a late one can undo nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TypeVar

from wards.feeds.content import Move, Scheduled, Stay
from wards.hl7.segments import Segment
from wards.hl7.values import parse_time
from wards.models import Discharge, StayFact

What = StayFact.What
Place = tuple[str, str]  # the ward's code and the bed's name, "" where there is none


@dataclass(frozen=True)
class Course:
    """Where a stay has come to. Without a place nobody has said that it began."""

    places: tuple[Place, ...] = ()  # the present one is the last
    begin: datetime | None = None
    has_begun: bool = False  # its beginning was told, and not only some later place
    reason: str = ""
    end: datetime | None = None
    status: str = ""
    is_cancelled: bool = False

    @property
    def place(self) -> Place | None:
        """Where the patient is, or was at the end."""
        return self.places[-1] if self.places else None

    @property
    def is_over(self) -> bool:
        """Ended or taken back, also where that is all we know."""
        return self.end is not None or self.is_cancelled

    @property
    def is_open(self) -> bool:
        """The patient is here."""
        return bool(self.places) and not self.is_over


def course(facts: Iterable[StayFact]) -> Course:
    """What the facts of one stay make of it; given in the order in which they came."""
    reached = Course()
    ordered = _ordered(facts)
    for fact in ordered:
        if not _waits(fact, ordered):
            reached = STEPS[What(fact.what)](reached, fact)
    return reached


def is_known(fact: StayFact, facts: Iterable[StayFact]) -> bool:
    """Whether the same was said before."""
    return _content(fact) in map(_content, facts)


def last_change(facts: Iterable[StayFact]) -> datetime | None:
    """The newest time that the facts speak of."""
    return max((fact.at for fact in facts), default=None)


def _ordered(facts: Iterable[StayFact]) -> list[StayFact]:
    """By time, those of one time as they came, repeated ones once.

    An admission is the beginning: where it names no time and others do, the time at which it was
    sent is no reason to put it after them.
    """
    once: dict[tuple[object, ...], StayFact] = {}
    for fact in facts:
        once.setdefault(_content(fact), fact)
    some_timed = any(fact.is_timed for fact in once.values())

    def key(fact: StayFact) -> tuple[bool, datetime]:
        first = some_timed and fact.what == What.ADMITTED and not fact.is_timed
        return not first, fact.at

    return sorted(once.values(), key=key)


def _waits(fact: StayFact, facts: Sequence[StayFact]) -> bool:
    """Whether it is an end that came too late to be believed, and that nothing takes back yet."""
    taken_back = (f.what == What.DISCHARGE_CANCELLED and f.at >= fact.at for f in facts)
    return fact.is_late and not any(taken_back)


def _content(fact: StayFact) -> tuple[object, ...]:
    return (fact.what, fact.at, fact.ward, fact.bed, fact.begin, fact.end, fact.status)


def _admitted(reached: Course, fact: StayFact) -> Course:
    """Begins the stay; of one that has begun here already, tells its beginning once."""
    is_first = not reached.places or reached.is_cancelled
    if reached.has_begun and not is_first:
        return reached
    return replace(
        reached,
        places=((fact.ward, fact.bed),) if is_first else reached.places,
        begin=fact.begin or fact.at,
        has_begun=True,
        reason=reached.reason or fact.reason,
        is_cancelled=False,
    )


def _transferred(reached: Course, fact: StayFact) -> Course:
    """Moves the patient; somebody we know nothing of was admitted before."""
    if reached.is_over:
        return reached
    if not reached.places:
        begin, here = fact.begin or fact.at, ((fact.ward, fact.bed),)
        return replace(reached, places=here, begin=begin, reason=fact.reason)
    return _moved(reached, fact)


def _updated(reached: Course, fact: StayFact) -> Course:
    """Some senders move people with an update. It admits nobody."""
    return _moved(reached, fact) if reached.is_open else reached


def _moved(reached: Course, fact: StayFact) -> Course:
    ward, bed = reached.places[-1]
    if fact.ward == ward and fact.bed in ("", bed):
        return reached
    return replace(reached, places=(*reached.places, (fact.ward, fact.bed)))


def _discharged(reached: Course, fact: StayFact) -> Course:
    """Ends the stay; of a visit without a number only what came after its beginning is of it."""
    if reached.is_over or not (reached.places or fact.visit):
        return reached
    return replace(reached, end=fact.end or fact.at, status=fact.status)


def _admission_cancelled(reached: Course, fact: StayFact) -> Course:
    if reached.is_over or not (reached.places or fact.visit):
        return reached
    return replace(reached, is_cancelled=True)


def _transfer_cancelled(reached: Course, fact: StayFact) -> Course:
    if not reached.is_open or len(reached.places) < 2:
        return reached
    return replace(reached, places=reached.places[:-1])


def _discharge_cancelled(reached: Course, fact: StayFact) -> Course:
    return reached if reached.is_cancelled else replace(reached, end=None, status="")


def _by_hand(reached: Course, fact: StayFact) -> Course:
    """Whatever was said before, people here know where it came to."""
    is_cancelled = fact.status == Discharge.Status.CANCELLED
    return Course(
        places=((fact.ward, fact.bed),),
        begin=fact.begin,
        has_begun=True,
        reason=reached.reason,
        end=None if is_cancelled else fact.end,
        status="" if is_cancelled else fact.status,
        is_cancelled=is_cancelled,
    )


STEPS: dict[What, Callable[[Course, StayFact], Course]] = {
    What.ADMITTED: _admitted,
    What.TRANSFERRED: _transferred,
    What.DISCHARGED: _discharged,
    What.UPDATED: _updated,
    What.ADMISSION_CANCELLED: _admission_cancelled,
    What.TRANSFER_CANCELLED: _transfer_cancelled,
    What.DISCHARGE_CANCELLED: _discharge_cancelled,
    What.BY_HAND: _by_hand,
}


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
