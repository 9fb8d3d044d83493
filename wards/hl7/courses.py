"""A stay made to follow its course: from what it was to what one more fact has made of it.

A bed that is in use here is left out and the ward is told; a stay that is still open here under an
older visit is ended; somebody we know nothing of is admitted where they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from wards.actions import admissions, corrections, hindsight
from wards.base.refused import Refused
from wards.feeds.content import Move, Stay
from wards.hl7.lookup import Lookup
from wards.hl7.timeline import Course, What, last_change
from wards.models import Admission, Bed, Discharge, Event, Hospital, Patient, StayFact, User, Ward

Row = TypeVar("Row")
HL7 = Event.Source.HL7
NOT_HERE = "nothing to do: no such stay here"
ENDED = "nothing to do: the visit has ended"
NOT_MOVED = "nothing to do: the patient has not been transferred"


def older(facts: Sequence[StayFact], hospital: Hospital) -> str:
    """The note for what is older than what we know already."""
    newest = last_change(facts)
    if newest is None:
        return NOT_HERE
    local = timezone.localtime(newest, ZoneInfo(hospital.timezone))
    return f"nothing to do: older than the stay's last change at {local:%Y-%m-%d %H:%M}"


@dataclass
class Case:
    """One message about one stay: `before` it and `after` it. `other` is another open stay."""

    said: Stay
    patient: Patient
    hospital: Hospital
    lookup: Lookup
    fact: StayFact
    facts: Sequence[StayFact]
    stay: Admission | None
    before: Course
    after: Course
    other: Admission | None = None

    @property
    def is_late_end(self) -> bool:
        """A discharge that is older than a transfer from which the patient has not gone yet.

        Until it is taken back it was of another time: a patient is not to vanish from the ward.
        """
        later = (f for f in self.facts if f.at > self.fact.at and f.what == What.TRANSFERRED)
        ends = self.fact.what == What.DISCHARGED and self.before.is_open and self.after.is_over
        return ends and any(later)

    def bring_about(self) -> str:
        """Has the stay follow; returns a note where there was nothing to do."""
        if self.stay is None:
            return self._begin()
        before, after = self.before, self.after
        if after == before:
            return self.note()
        if self.stay.discharged_at is not None and not (after.is_open and before.is_over):
            self._correct_past(self.stay)
            return self.note()
        if self.stay.discharged_at is not None:
            note = self._reopen(self.stay)
            self._complete(self.stay)  # after that: it may begin later than what was its end
            return note
        completed = self._complete(self.stay)
        if after.is_over:
            self._end(self.stay)
            if after.place != before.place:  # a move that came before, but happened after the end
                self._correct_past(self.stay)
        elif after.place != before.place:
            self._move(self.stay)
        elif not completed:
            return self.note()
        return ""

    def _complete(self, stay: Admission) -> bool:
        """When and why it began, where that is known better now; whether it is."""
        before, after = self.before, self.after
        completes = (after.begin, after.reason) != (before.begin, before.reason)
        if completes and after.begin:
            hindsight.complete(
                admission=stay,
                admitted_at=after.begin,
                reason=after.reason,
                provider=self._attending(),
            )
        return completes

    def note(self) -> str:
        """Why the message changes nothing; "" where it only says what we know."""
        move, after = self.said.move, self.after
        if move is Move.UPDATED and self._place() in (after.place, None):
            return ""
        if move is Move.DISCHARGE_CANCELLED:
            return NOT_HERE
        if after.is_over:
            return ENDED
        newest = last_change(self.facts)
        if newest and self.fact.at < newest:
            return older(self.facts, self.hospital)
        return NOT_MOVED if move is Move.TRANSFER_CANCELLED else ""

    def _place(self) -> tuple[str, str] | None:
        """Where the message says that the patient is; a bed that it does not name is no other."""
        ward, bed = self.fact.ward, self.fact.bed
        here = self.after.place
        return here if here and ward == here[0] and not bed else (ward, bed)

    def _begin(self) -> str:
        """A stay that we did not know: open, unless it was over before we heard of it."""
        after = self.after
        if after.place is None or after.begin is None:
            return "" if self.said.move is Move.UPDATED else NOT_HERE
        if after.is_over:
            end = after.end or after.begin
            self.stay = self._past(end, after.status or Discharge.Status.CANCELLED)
            return ENDED
        if self.other and self.other.admitted_at > after.begin:
            self.stay = self._past(self.other.admitted_at, Discharge.Status.SUPERSEDED)
            return "nothing to do: older than the stay that the patient is in"
        self._supersede()
        ward, bed = self._where()
        begin = partial(
            admissions.admit,
            hospital=self.hospital,
            patient=self.patient,
            ward=ward,
            provider=self._attending(),
            reason=after.reason,
            visit_number=self.said.visit.number,
            admitted_at=after.begin,
            told_at=self.fact.at,
            source=HL7,
        )
        self.stay = _into(bed, begin)
        return ""

    def _supersede(self) -> None:
        """The stay under another visit has ended; how, its own discharge may still tell."""
        if self.other and self.after.begin:
            admissions.discharge(
                admission=self.other,
                status=Discharge.Status.SUPERSEDED,
                at=self.after.begin,
                told_at=self.other.changed_at,
                source=HL7,
            )

    def _past(self, ended_at: datetime, status: str) -> Admission:
        ward, bed = self._where()
        return hindsight.record_past(
            hospital=self.hospital,
            patient=self.patient,
            ward=ward,
            bed=bed,
            provider=self._attending(),
            reason=self.after.reason,
            visit_number=self.said.visit.number,
            admitted_at=self.after.begin or ended_at,
            discharged_at=ended_at,
            status=status,
            told_at=max(each.at for each in [*self.facts, self.fact]),
        )

    def _move(self, stay: Admission) -> None:
        """To where they are now; by taking back the last transfer, if it is that."""
        ward, bed = self._where()
        if (ward, bed) == (stay.ward, stay.bed):
            return
        if self.said.move is Move.TRANSFER_CANCELLED:
            last = stay.transfers.order_by("-id").first()
            if last and (last.from_ward_id, last.from_bed_id) == (ward.pk, bed and bed.pk):
                corrections.cancel_transfer(admission=stay, told_at=self.fact.at, source=HL7)
                return
        at, told_at = self.said.at or self.fact.at, self.fact.at
        transfer = partial(admissions.transfer, admission=stay, ward=ward, source=HL7)
        _into(bed, partial(transfer, at=at, told_at=told_at))

    def _end(self, stay: Admission) -> None:
        if self.after.is_cancelled:
            corrections.cancel_admission(admission=stay, told_at=self.fact.at, source=HL7)
            return
        admissions.discharge(
            admission=stay,
            status=self.after.status,
            at=self.after.end,
            told_at=self.fact.at,
            source=HL7,
        )

    def _reopen(self, stay: Admission) -> str:
        """They are still here, or here again under a visit that was taken back."""
        begin = self.after.begin or self.fact.at
        if self.other and self.other.admitted_at > begin:
            return "nothing to do: the patient is already admitted"
        try:
            with transaction.atomic():
                self._open_again(stay, begin)
        except Refused as refused:
            return f"nothing to do: {refused}"
        return ""

    def _open_again(self, stay: Admission, begin: datetime) -> None:
        if self.said.move is Move.DISCHARGE_CANCELLED:
            corrections.cancel_discharge(admission=stay, told_at=self.fact.at, source=HL7)
            if self.after.place != self.before.place:
                self._move(stay)  # what was said of a later place is of use now
            return
        self._supersede()
        ward, bed = self._where()
        again = partial(admissions.readmit, admission=stay, ward=ward, admitted_at=begin)
        _into(bed, partial(again, told_at=self.fact.at, source=HL7))

    def _correct_past(self, stay: Admission) -> None:
        """Where and how it ended; one that another stay has ended may still be open by itself."""
        after = self.after
        if after.place is None:
            return  # for now, what is said of its end is older than all that is said of it
        ward, bed = self._where()
        end, status = after.end, after.status
        if after.is_cancelled:
            end, status = after.begin, Discharge.Status.CANCELLED
        hindsight.correct_past(
            admission=stay,
            ward=ward,
            bed=bed,
            admitted_at=after.begin or stay.admitted_at,
            ended_at=end,
            status=status,
        )

    def _attending(self) -> User | None:
        return self.lookup.clinician(self.said.visit.attending, "PV1-7")

    def _where(self) -> tuple[Ward, Bed | None]:
        assert self.after.place is not None
        code, number = self.after.place
        ward = self.lookup.ward(code)
        return ward, self.lookup.bed(ward, number) if number else None


def _into(bed: Bed | None, begin: Callable[..., Row]) -> Row:
    """Begins with the bed; where that is in use here, without one, and the ward is told.

    Who takes the bed at this very moment makes it Refused, and the message is applied once more.
    """
    if bed is not None and bed.status != Bed.Status.AVAILABLE:
        return begin(bed_taken=bed.number)
    return begin(bed=bed)
