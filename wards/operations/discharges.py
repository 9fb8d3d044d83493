"""Ends many stays at once: what `actions.admissions.discharge` does, a hundred at a time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from wards import events
from wards.base import clock
from wards.base.csv_rows import Failure
from wards.kinds import Kind
from wards.models import Admission, Bed, Discharge, Event
from wards.operations.jobs import Job, Outcome


class Chosen(NamedTuple):
    """A stay that somebody chose, and the how manieth it was."""

    line: int
    admission: int


class BulkDischarge(Job[Chosen]):
    """Parameters: `admission_ids`, `notes`, `notify` (whether the ward's staff are told)."""

    together = 100
    columns = ("admission_id",)

    def rows(self) -> Iterator[Chosen]:
        for line, admission in enumerate(self.operation.parameters["admission_ids"], 1):
            yield Chosen(line, admission)

    def apply(self, rows: Sequence[Chosen]) -> Outcome:
        stays = self._lock(row.admission for row in rows)
        outcome = Outcome()
        ending = []
        for row in rows:
            stay = stays.get(row.admission)
            if stay is not None and stay.discharged_at is None:
                ending.append(stay)
            else:
                outcome.failures.append(Failure(row.line, _reason(stay), [str(row.admission)]))
        if ending:
            self._end(ending)
        outcome.successful = len(ending)
        return outcome

    def _lock(self, ids: Iterator[int] | Sequence[int]) -> dict[int, Admission]:
        """The stays of this hospital, locked in the order of their ids."""
        # Locked by themselves: in a join, a row that was moved while we waited is not found.
        ours = Admission.objects.filter(hospital=self.operation.hospital)
        locked = list(
            ours.filter(pk__in=list(ids))
            .order_by("pk")
            .select_for_update()
            .values_list("pk", flat=True)
        )
        return ours.select_related("patient", "bed").in_bulk(locked)

    def _end(self, stays: list[Admission]) -> None:
        now, by = clock.now(), self.operation.initiated_by
        ids = [stay.pk for stay in stays]
        Admission.objects.filter(pk__in=ids).update(
            discharged_at=Greatest(F("admitted_at"), now),  # no stay ends before it began
            changed_at=Greatest(F("changed_at") + timedelta(microseconds=1), now),
        )
        Bed.objects.filter(pk__in=[stay.bed_id for stay in stays if stay.bed_id]).update(
            status=Bed.Status.AVAILABLE
        )
        Discharge.objects.bulk_create(
            Discharge(
                hospital=self.operation.hospital,
                admission=stay,
                notes=self.operation.parameters.get("notes", ""),
                by=by,
                at=max(now, stay.admitted_at),
            )
            for stay in stays
        )
        events.record_all([self._event(stay) for stay in stays])

    def _event(self, stay: Admission) -> Event:
        return Event(
            hospital=self.operation.hospital,
            kind=Kind.PATIENT_DISCHARGED,
            source=Event.Source.WEB,
            actor=self.operation.initiated_by,
            patient=stay.patient,
            ward_id=stay.ward_id,
            provider_id=stay.provider_id,
            admission=stay,
            data={
                "bed": stay.bed.number if stay.bed else "",
                "status": Discharge.Status.HOME,
                "operation": self.operation.pk,
                "quiet": not self.operation.parameters.get("notify", True),
            },
        )


def _reason(stay: Admission | None) -> str:
    if stay is None:
        return _("There is no such stay.")
    return _("%(patient)s has already been discharged.") % {"patient": stay.patient}
