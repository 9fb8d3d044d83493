"""A death, and that it was told by mistake: what ends all messages to somebody, or lets them go on.

A person may have several rows, of which one counts (`Patient.merged_into`): whichever of them a
death is told of, all of them have died.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Discharge, Event, Patient, User


@transaction.atomic
def record_death(
    *,
    patient: Patient,
    died_at: datetime | None = None,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> None:
    """The patient has died; nothing is recorded where we know it. `patient` is brought up to date.

    Without a time, now: a correction must be newer.
    """
    if patient.deceased:
        return
    patient.deceased, patient.died_at = True, died_at or clock.now()
    _write(patient, by, source)


@transaction.atomic
def take_back_death(
    *, patient: Patient, by: User | None = None, source: str = Event.Source.WEB
) -> None:
    """The patient is alive after all; nothing is recorded where nobody said otherwise."""
    if not patient.deceased:
        return
    patient.deceased, patient.died_at = False, None
    _write(patient, by, source)


def has_died(patient: str) -> Exists:
    """Whether any of a person's rows says so; `patient` is the field that refers to one."""
    row, into = OuterRef(patient), OuterRef(f"{patient}__merged_into")
    same = Q(pk=row) | Q(merged_into=row) | Q(pk=into) | Q(merged_into=into)
    return Exists(Patient.objects.filter(same, deceased=True))


# `has_died` in SQL, of a table `patient`; both are held against each other by a test.
HAS_DIED = """coalesce(
    patient.deceased
    OR patient.id IN (
        SELECT merged_into_id FROM wards_patient WHERE deceased AND merged_into_id IS NOT NULL
    )
    OR patient.merged_into_id IN (SELECT id FROM wards_patient WHERE deceased), false)"""


def ended_in_death(patient: Patient) -> bool:
    """Whether a stay of the patient ended as deceased, and nobody has taken that back."""
    ends = Discharge.objects.filter(admission__patient=patient)
    return ends.filter(status=Discharge.Status.DECEASED).exists()


def _write(patient: Patient, by: User | None, source: str) -> None:
    same = Q(pk=patient.pk) | Q(merged_into=patient.pk)
    if patient.merged_into_id:
        same |= Q(pk=patient.merged_into_id) | Q(merged_into=patient.merged_into_id)
    rows = Patient.objects.filter(same)
    rows.update(deceased=patient.deceased, died_at=patient.died_at)
    events.record(
        Kind.PATIENT_UPDATED,
        hospital=patient.hospital,
        source=source,
        actor=by,
        patient=patient,
        data={"changed": ["deceased"]},
    )
