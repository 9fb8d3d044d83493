"""The people who are cared for: taken into the hospital's books, and kept right there."""

from datetime import date
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from wards import events
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event, Hospital, Patient, User


class Details(TypedDict, total=False):
    """What is known of a patient; the fields of the model."""

    number: str
    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: date | None
    gender: str
    language: str
    tags: list[str]


@transaction.atomic
def register_patient(
    *,
    hospital: Hospital,
    share_email: bool = False,
    by: User | None = None,
    source: str = Event.Source.WEB,
    **details: Unpack[Details],
) -> Patient:
    """Takes a patient into the books.

    Refused without a name, under a number that another patient has, and, unless `share_email`,
    with the e-mail address of another: families share one, but mostly it is the same person twice.
    """
    patient = Patient(hospital=hospital, **{"language": hospital.language} | details)
    _check(patient, share_email=share_email)
    _save(patient)
    _record(Kind.PATIENT_REGISTERED, patient, by, source)
    return patient


@transaction.atomic
def update_patient(
    *,
    patient: Patient,
    share_email: bool = False,
    by: User | None = None,
    source: str = Event.Source.WEB,
    **details: Unpack[Details],
) -> Patient:
    """Changes the details that are given; Refused as in `register_patient`.

    The event names what was changed, not what it was or is. Nothing is recorded where all of it
    was so already.
    """
    # Not for update: others may refer to the patient meanwhile.
    locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    changed = [name for name, value in details.items() if getattr(locked, name) != value]
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, details[name])  # type: ignore[literal-required]
    _check(locked, share_email=share_email or "email" not in changed)
    _save(locked, changed)
    _record(Kind.PATIENT_UPDATED, locked, by, source, changed=changed)
    return locked


def _check(patient: Patient, *, share_email: bool) -> None:
    if not str(patient):
        raise Refused(_("A patient needs a name."))
    if share_email or not patient.email:
        return
    # Whoever else wants an address here waits until we are done, as imports do: who shares one is
    # asked, so no constraint can decide it. Not for update: rows may refer to it meanwhile.
    list(Hospital.objects.select_for_update(no_key=True).filter(pk=patient.hospital_id))
    others = Patient.objects.alias(lower_email=Lower("email")).filter(
        hospital=patient.hospital_id, lower_email=patient.email.lower()
    )
    if other := others.exclude(pk=patient.pk).first():
        raise Refused(
            _("%(patient)s (%(number)s) has this e-mail address. Is it the same person?")
            % {"patient": other, "number": other.number}
        )


def _save(patient: Patient, changed: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            patient.save(update_fields=changed)
    except IntegrityError as conflict:
        if "patient_number_once_a_hospital" not in str(conflict):
            raise
        raise Refused(
            _("Another patient has the number %(number)s.") % {"number": patient.number}
        ) from conflict


def _record(kind: Kind, patient: Patient, by: User | None, source: str, **data: list[str]) -> None:
    events.record(
        kind,
        hospital=patient.hospital,
        source=source,
        actor=by,
        patient=patient,
        data={**data},
    )
