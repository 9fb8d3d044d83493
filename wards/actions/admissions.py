"""Admit, transfer, discharge."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _

from wards import events
from wards.actions import deaths
from wards.base import clock, statements, transactions
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import (
    Admission,
    Appointment,
    Bed,
    Discharge,
    Event,
    Hospital,
    Patient,
    Transfer,
    User,
    Ward,
)

OF_STAYS = (
    Kind.PATIENT_ADMITTED,
    Kind.PATIENT_TRANSFERRED,
    Kind.PATIENT_DISCHARGED,
    Kind.ADMISSION_CANCELLED,
    Kind.TRANSFER_CANCELLED,
    Kind.DISCHARGE_CANCELLED,
)


@transactions.atomic()
def admit(
    *,
    hospital: Hospital,
    patient: Patient,
    ward: Ward,
    bed: Bed | None = None,
    provider: User | None = None,
    reason: str = "",
    chief_complaint: str = "",
    visit_number: str = "",
    admitted_at: datetime | None = None,
    bed_taken: str = "",
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> Admission:
    """Opens a stay, in `bed` where one is given.

    `bed_taken` names a bed that was asked for but is in use: the stay begins without a bed and
    the ward is told. `told_at` is when it happened by the clock of who tells us; people here tell
    it now. Refused where the bed is not available in this ward or the patient is already admitted.
    """
    if bed is not None:
        bed = _take(bed, ward)
    admission = Admission(
        hospital=hospital,
        patient=patient,
        ward=ward,
        bed=bed,
        provider=provider,
        reason=reason,
        chief_complaint=chief_complaint,
        visit_number=visit_number,
        admitted_at=admitted_at or clock.now(),
        changed_at=told_at or clock.now(),
    )
    try:
        with transactions.atomic():
            statements.insert(admission)
    except IntegrityError as conflict:
        raise _conflict(conflict, patient, bed) from conflict
    _record_admission(admission, bed_taken, by, source)
    return admission


@transaction.atomic
def readmit(
    *,
    admission: Admission,
    ward: Ward,
    admitted_at: datetime,
    bed: Bed | None = None,
    bed_taken: str = "",
    told_at: datetime | None = None,
    source: str = Event.Source.WEB,
) -> Admission:
    """Opens a stay whose admission was taken back, which is not so any more; as in `admit`."""
    stay = locked(admission)
    if bed is not None:
        bed = _take(bed, ward)
    Discharge.objects.filter(admission=stay).delete()
    stay.ward, stay.bed, stay.admitted_at, stay.discharged_at = ward, bed, admitted_at, None
    stay.changed_at = later(stay, told_at)
    try:
        with transaction.atomic():
            stay.save()
    except IntegrityError as conflict:
        raise _conflict(conflict, stay.patient, bed) from conflict
    _record_admission(stay, bed_taken, None, source, standing(stay))
    return stay


@transactions.atomic()
def transfer(
    *,
    admission: Admission,
    ward: Ward,
    bed: Bed | None = None,
    bed_taken: str = "",
    at: datetime | None = None,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> Transfer:
    """Moves an open stay to another ward or bed. Refused where the new bed is not available.

    `bed_taken` and `told_at` as in `admit`.
    """
    admission = locked_open(admission)
    old_ward, old_bed = admission.ward, admission.bed
    if bed is not None:
        bed = _take(bed, ward)
    if old_bed is not None:
        release(old_bed)
    admission.ward, admission.bed = ward, bed
    admission.changed_at = later(admission, told_at)
    admission.save(update_fields=["ward", "bed", "changed_at"])
    move = Transfer.objects.create(
        hospital_id=admission.hospital_id,
        admission=admission,
        from_ward=old_ward,
        from_bed=old_bed,
        to_ward=ward,
        to_bed=bed,
        by=by,
        at=at or clock.now(),
    )
    events.record(
        Kind.PATIENT_TRANSFERRED,
        hospital=admission.hospital,
        source=source,
        actor=by,
        patient=admission.patient,
        ward=ward,
        other_ward=old_ward,
        provider=admission.provider,
        admission=admission,
        data={"bed": bed.number if bed else "", "bed_taken": bed_taken},
    )
    return move


@transactions.atomic()
def discharge(
    *,
    admission: Admission,
    status: str = Discharge.Status.HOME,
    notes: str = "",
    at: datetime | None = None,
    told_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> Discharge:
    """Ends an open stay and frees its bed. Refused where it has ended already.

    Who ends as deceased has died, for all that is written to them. `told_at` as in `admit`.
    """
    admission = locked_open(admission)
    # A feed may name a time before the admission we know of; no stay ends before it began.
    admission.discharged_at = max(at or clock.now(), admission.admitted_at)
    admission.changed_at = later(admission, told_at)
    admission.save(update_fields=["discharged_at", "changed_at"])
    if admission.bed is not None:
        release(admission.bed)
    if status == Discharge.Status.DECEASED:
        died_at = admission.discharged_at
        deaths.record_death(patient=admission.patient, died_at=died_at, by=by, source=source)
    ended = Discharge(
        hospital_id=admission.hospital_id,
        admission=admission,
        status=status,
        notes=notes,
        by=by,
        at=admission.discharged_at,
    )
    statements.insert(ended)
    events.record(
        Kind.PATIENT_DISCHARGED,
        hospital=admission.hospital,
        source=source,
        actor=by,
        patient=admission.patient,
        ward=admission.ward,
        provider=admission.provider,
        admission=admission,
        data={"bed": admission.bed.number if admission.bed else "", "status": status},
    )
    return ended


def locked_open(admission: Admission) -> Admission:
    """The open admission, locked; Refused where it is closed by now."""
    stay = locked(admission)
    if stay.discharged_at is not None:
        raise Refused(_("%(patient)s has already been discharged.") % {"patient": stay.patient})
    return stay


def later(row: Admission | Appointment, told_at: datetime | None) -> datetime:
    """The time of the last change, with this one: nothing that is told makes it earlier.

    What people here do comes after all that a feed has told us, whatever its clock says.
    """
    if told_at is not None:
        return max(told_at, row.changed_at)
    return max(clock.now(), row.changed_at + timedelta(microseconds=1))


def locked(admission: Admission) -> Admission:
    """The admission as it is now, locked, with all it refers to."""
    # By itself first: a join misses a row that was moved to another ward while we waited for it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM wards_admission WHERE id = %s FOR UPDATE", [admission.pk])
    everything = Admission.objects.select_related("hospital", "patient", "ward", "bed", "provider")
    return everything.get(pk=admission.pk)


def standing(stay: Admission, since: Kind | None = None) -> list[int]:
    """The ids of the stay's events that nothing has taken back, from the last one of a kind on.

    Of all of them where no kind is given; none where there is no such event.
    """
    kept = Event.objects.filter(admission=stay, kind__in=OF_STAYS, withdrawal=None)
    if since is not None:
        last = kept.filter(kind=since).order_by("-pk").values("pk")[:1]
        kept = kept.filter(pk__gte=Subquery(last))
    return [*kept.order_by("pk").values_list("pk", flat=True)]


def _record_admission(
    stay: Admission, bed_taken: str, by: User | None, source: str, withdraws: Sequence[int] = ()
) -> None:
    events.record(
        Kind.PATIENT_ADMITTED,
        hospital=stay.hospital,
        source=source,
        actor=by,
        patient=stay.patient,
        ward=stay.ward,
        provider=stay.provider,
        admission=stay,
        data={
            "bed": stay.bed.number if stay.bed else "",
            "reason": stay.reason,
            "bed_taken": bed_taken,
            **({"withdraws": [*withdraws]} if withdraws else {}),
        },
    )


def _take(bed: Bed, ward: Ward) -> Bed:
    """Occupies the bed; compare-and-set, so that of two who want it one is refused."""
    if bed.ward_id != ward.pk:
        raise Refused(_("Bed %(bed)s is not in %(ward)s.") % {"bed": bed.number, "ward": ward})
    taken = Bed.objects.filter(pk=bed.pk, status=Bed.Status.AVAILABLE).update(
        status=Bed.Status.OCCUPIED
    )
    if not taken:
        raise Refused(_("Bed %(bed)s is not available.") % {"bed": bed.number})
    bed.status = Bed.Status.OCCUPIED
    return bed


def release(bed: Bed) -> None:
    """The bed is free again."""
    Bed.objects.filter(pk=bed.pk).update(status=Bed.Status.AVAILABLE)


def _conflict(error: IntegrityError, patient: Patient, bed: Bed | None) -> Refused:
    """The sentence for the constraint that an admission ran into."""
    if "one_open_admission_a_bed" in str(error) and bed is not None:
        return Refused(_("Bed %(bed)s is not available.") % {"bed": bed.number})
    if "one_open_admission_a_patient" in str(error):
        return Refused(_("%(patient)s is already admitted.") % {"patient": patient})
    raise error
