"""Patients we hear of for the first time: written once, whoever else hears of them just now."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from wards.actions import patients
from wards.base.refused import Refused
from wards.feeds.content import Id, PatientSpec
from wards.feeds.refusals import Code, Failed
from wards.identity import matching, numbering
from wards.models import Event, Feed, Patient, User

CONSTRAINTS = ("patient_number_once_a_hospital", "identifier_once_an_authority")


def create(
    spec: PatientSpec,
    details: dict[str, Any],
    feed: Feed,
    *,
    record: bool,
    by: User | None = None,
    ids: Sequence[Id] | None = None,
) -> Patient:
    """A new patient with these details and the message's numbers; `record`: with an event.

    Where another connection has written the same person meanwhile, that one; not if `ids` are
    given: then people have decided that it is somebody else, and these numbers are theirs.
    """
    hospital = feed.hospital
    given = details | {"language": details.get("language") or hospital.language}
    for number in numbering.numbers(spec.ids, feed):
        try:
            with transaction.atomic():
                patient = _write(number, given, feed, record=record, by=by)
                own = matching.telling(spec.ids) if ids is None else ids
                numbering.write(hospital, own, patient=patient, fresh=ids is None)
                return patient
        except (IntegrityError, Refused) as conflict:
            if not any(name in str(conflict) for name in (*CONSTRAINTS, number)):
                raise
            if ids is None and (known := matching.find(hospital, spec)):
                numbering.learn(hospital, known, spec.ids)
                return known.patient
    raise Failed(Code.DUPLICATE_KEY_IDENTIFIER, "too many patients have this number", "PID-3")


def _write(
    number: str, given: dict[str, Any], feed: Feed, *, record: bool, by: User | None
) -> Patient:
    if not record:
        return Patient.objects.create(hospital=feed.hospital, number=number, **given)
    source = Event.Source.WEB if by else Event.Source.HL7
    return patients.register_patient(
        hospital=feed.hospital, number=number, share_email=True, by=by, source=source, **given
    )
