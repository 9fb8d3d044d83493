"""Takes back what turned out not to have happened: an admission, a transfer, a discharge.

The rows go back to what they were; what was recorded stays recorded, and the new event names the
ones it withdraws, so that the alerts nobody has acted on can be taken out of sight. With an event
goes what has been recorded of the stay since: it was built on that.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from wards import events
from wards.actions import deaths
from wards.actions.admissions import later, locked, locked_open, release, standing
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Bed, Discharge, Event, User, Ward


@transaction.atomic
def cancel_admission(
    *,
    admission: Admission,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> None:
    """The patient was not admitted after all: the stay ends when it began, the bed is free.

    Nor was the patient moved within it. `told_at` as in `admissions.admit`.
    """
    stay = locked_open(admission)
    stay.discharged_at = stay.admitted_at
    stay.changed_at = later(stay, told_at)
    stay.save(update_fields=["discharged_at", "changed_at"])
    stay.transfers.all().delete()
    if stay.bed is not None:
        release(stay.bed)
    Discharge.objects.create(
        hospital=stay.hospital,
        admission=stay,
        status=Discharge.Status.CANCELLED,
        by=by,
        at=stay.admitted_at,
    )
    _record(Kind.ADMISSION_CANCELLED, standing(stay), stay, by, source)


@transaction.atomic
def cancel_transfer(
    *,
    admission: Admission,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> None:
    """The patient stayed where they were. Refused where the stay has seen no transfer.

    Where the old bed has been given away meanwhile, the patient is without a bed there, and the
    ward is told.
    """
    stay = locked_open(admission)
    move = stay.transfers.order_by("-id").select_related("from_ward", "from_bed").first()
    if move is None:
        raise Refused(_("%(patient)s has not been transferred.") % {"patient": stay.patient})
    left, left_bed = stay.ward, stay.bed
    if left_bed is not None:
        release(left_bed)
    stay.ward, stay.bed = move.from_ward, _retake(move.from_bed)
    stay.changed_at = later(stay, told_at)
    stay.save(update_fields=["ward", "bed", "changed_at"])
    move.delete()
    taken = move.from_bed if stay.bed is None else None
    withdrawn = standing(stay, since=Kind.PATIENT_TRANSFERRED)
    _record(Kind.TRANSFER_CANCELLED, withdrawn, stay, by, source, taken=taken, other=left)


@transaction.atomic
def cancel_discharge(
    *,
    admission: Admission,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> None:
    """The patient is still here. Refused where they are not discharged or admitted again since.

    Where people here take back that somebody has died, that person is alive; a feed says so itself.
    """
    stay = locked(admission)
    ended = Discharge.objects.filter(admission=stay).first()
    if ended is None or ended.status == Discharge.Status.CANCELLED:
        raise Refused(_("%(patient)s has not been discharged.") % {"patient": stay.patient})
    old_bed = stay.bed
    stay.discharged_at, stay.bed = None, _retake(old_bed)
    stay.changed_at = later(stay, told_at)
    try:
        with transaction.atomic():
            stay.save(update_fields=["discharged_at", "bed", "changed_at"])
    except IntegrityError as conflict:
        raise Refused(
            _("%(patient)s is already admitted.") % {"patient": stay.patient}
        ) from conflict
    ended.delete()
    if ended.status == Discharge.Status.DECEASED and source != Event.Source.HL7:
        deaths.take_back_death(patient=stay.patient, by=by, source=source)
    taken = old_bed if stay.bed is None else None
    withdrawn = standing(stay, since=Kind.PATIENT_DISCHARGED)
    _record(Kind.DISCHARGE_CANCELLED, withdrawn, stay, by, source, taken=taken)


def _retake(bed: Bed | None) -> Bed | None:
    """The bed, occupied again; None where it is not available any more."""
    if bed is None:
        return None
    available = Bed.objects.filter(pk=bed.pk, status=Bed.Status.AVAILABLE)
    return bed if available.update(status=Bed.Status.OCCUPIED) else None


def _record(
    kind: Kind,
    withdrawn: list[int],
    stay: Admission,
    by: User | None,
    source: str,
    *,
    taken: Bed | None = None,
    other: Ward | None = None,
) -> None:
    events.record(
        kind,
        hospital=stay.hospital,
        source=source,
        actor=by,
        patient=stay.patient,
        ward=stay.ward,
        other_ward=other,
        provider=stay.provider,
        admission=stay,
        data={
            "bed": stay.bed.number if stay.bed else "",
            "bed_taken": taken.number if taken else "",
            "withdraws": withdrawn,
        },
    )
