"""Two records turn out to be one person: everything goes to the one that survives."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.dispatch import Signal
from django.utils.translation import gettext as _

from wards import events
from wards.actions import admissions
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import (
    Admission,
    Appointment,
    Discharge,
    Event,
    Identifier,
    Patient,
    Result,
    ResultVersion,
    StayFact,
    User,
)

# Sent inside the transaction of a merge, for what the floors above keep of people. `merging` has
# `survivor` and `retired`, `merging_results` two results of one order, `kept` and `retired`.
merging = Signal()
merging_results = Signal()

FILLED = ("email", "phone", "date_of_birth", "died_at", "user")  # from the other, where unknown
UNKNOWN = ("", None, Patient.Gender.UNKNOWN)


@transaction.atomic
def merge(
    *,
    survivor: Patient,
    retired: Patient,
    by: User | None = None,
    source: str = Event.Source.WEB,
) -> Patient:
    """`retired` is the same person as `survivor`, who gets all that the other has.

    Stays, results, appointments, numbers, messages and wishes move; what was recorded stays as it
    was, and is read with the survivor's. Where both have an open stay, the one that changed last
    goes on and the other is superseded. Of two results of one order the survivor's keeps the
    versions of both. Refused where one of them has been merged into the other or somebody else.
    """
    survivor, retired = _locked(survivor, retired)
    if survivor == retired or survivor.merged_into_id or retired.merged_into_id:
        raise Refused(_("These patients have been merged before."))
    _end_one_of_two_stays(survivor, retired, by, source)
    Admission.objects.filter(patient=retired).update(patient=survivor)
    StayFact.objects.filter(patient=retired).update(patient=survivor)
    StayFact.objects.filter(patient=retired).update(patient=survivor)
    Appointment.objects.filter(patient=retired).update(patient=survivor)
    _move_results(survivor, retired)
    _move_numbers(survivor, retired)
    merging.send(sender=Patient, survivor=survivor, retired=retired)
    _fill_in(survivor, retired)
    Patient.objects.filter(merged_into=retired).update(merged_into=survivor)
    events.record(
        Kind.PATIENT_MERGED,
        hospital=survivor.hospital,
        source=source,
        actor=by,
        patient=survivor,
        data={"retired": retired.pk, "number": retired.number},
    )
    return survivor


def _locked(*patients: Patient) -> list[Patient]:
    """The rows as they are now, always locked in the same order.

    For update: nobody adds a row that refers to one of them meanwhile.
    """
    pks = [patient.pk for patient in patients]
    rows = Patient.objects.select_for_update(of=("self",)).select_related("hospital")
    locked = {row.pk: row for row in rows.filter(pk__in=pks).order_by("pk")}
    return [locked[pk] for pk in pks]


def _end_one_of_two_stays(
    survivor: Patient, retired: Patient, by: User | None, source: str
) -> None:
    """The database keeps one open stay a patient: the one that we heard of last goes on."""
    both = Q(patient=survivor) | Q(patient=retired)
    stays = [*Admission.objects.filter(both, discharged_at=None).select_related("patient")]
    if len(stays) < 2:
        return
    stays.sort(key=lambda stay: (stay.changed_at or stay.admitted_at, stay.patient == survivor))
    older, newer = stays
    superseded = Discharge.Status.SUPERSEDED
    admissions.discharge(
        admission=older, status=superseded, at=newer.admitted_at, by=by, source=source
    )


def _move_results(survivor: Patient, retired: Patient) -> None:
    theirs = Result.objects.filter(patient=retired).select_for_update()
    orders = {(result.filler, result.code): result for result in theirs if result.filler}
    ours = Result.objects.filter(patient=survivor, filler__in=[filler for filler, __ in orders])
    for result in ours.select_for_update():
        if other := orders.get((result.filler, result.code)):
            _unite(result, other)
    Result.objects.filter(patient=retired).update(patient=survivor)


def _unite(kept: Result, other: Result) -> None:
    """The versions of both, in the order they came; what came last is what the result says."""
    versions = [*ResultVersion.objects.filter(result__in=(kept, other)).order_by("at", "id")]
    # Out of the way first: numbers are unique.
    ResultVersion.objects.filter(result__in=(kept, other)).update(number=F("number") + 10_000)
    for number, version in enumerate(versions, 1):
        version.result, version.number = kept, number
        version.save(update_fields=["result", "number"])
    if _said(other) > _said(kept):
        state = ("status", "interpretation", "observations", "ward", "admission", "provider")
        for name in (*state, "observed_at", "said_at", "changed_at"):
            setattr(kept, name, getattr(other, name))
    kept.version = len(versions) or kept.version
    merging_results.send(sender=Result, kept=kept, retired=other)
    other.delete()
    kept.save()


def _said(result: Result) -> datetime:
    return result.said_at or result.changed_at


def _move_numbers(survivor: Patient, retired: Patient) -> None:
    for patient in (survivor, retired):
        keep_number(patient, survivor)
    Identifier.objects.filter(patient=retired).update(patient=survivor)


def keep_number(patient: Patient, owner: Patient) -> None:
    """Writes down for `owner` the number by which `patient` is known without a row that says so."""
    known = Identifier.objects.filter(patient=patient, value=patient.number)
    if patient.number and not known.exists():
        of = Identifier.Of.PATIENT
        row = Identifier(hospital=owner.hospital, of=of, value=patient.number, patient=owner)
        Identifier.objects.bulk_create([row], ignore_conflicts=True)


def _fill_in(survivor: Patient, retired: Patient) -> None:
    new = {
        name: getattr(retired, name)
        for name in (*FILLED, "gender")
        if getattr(survivor, name) in UNKNOWN and getattr(retired, name) not in UNKNOWN
    }
    retired.merged_into = survivor
    if "user" in new:
        retired.user = None
    retired.save(update_fields=["merged_into", "user"])
    survivor.deceased = survivor.deceased or retired.deceased
    survivor.tags = [*dict.fromkeys([*survivor.tags, *retired.tags])]
    for name, value in new.items():
        setattr(survivor, name, value)
    survivor.save(update_fields=[*new, "deceased", "tags"])
