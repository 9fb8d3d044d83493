"""Merges (A40 and its like), done: two numbers turned out to be one person."""

from typing import cast

from wards.actions import merging, patients
from wards.feeds.content import Merge, PatientSpec
from wards.feeds.refusals import Code, Failed
from wards.hl7.lookup import Lookup, details
from wards.identity import matching
from wards.identity.contradiction import Person, contradicts
from wards.models import Event, Patient

HL7 = Event.Source.HL7
UNKNOWN = ("", None, Patient.Gender.UNKNOWN)


def apply(said: Merge, lookup: Lookup) -> str:
    """Does what the message says; returns a note where nothing was to be done.

    Who is known by the retired number alone goes on as the survivor; where only the survivor is
    known, the retired number is theirs from now on.
    """
    if said.retired_visit is not None:
        return "nothing to do: visits are not merged here"
    if not lookup.changes_people:
        return "nothing to do: this feed does not change patients' details"
    survivor = lookup.known_patient(said.survivor, corrects=True)
    retired = lookup.known_patient(PatientSpec(said.retired))
    if retired is None:
        if survivor is None:
            return "nothing to do: neither patient is known here"
        lookup.learn(survivor, said.retired)
        return "the retired number was not known here"
    if survivor is None:
        _rename(retired, said.survivor, lookup)
        return ""
    if survivor == retired:
        return "nothing to do: they are one patient already"
    _check(matching.as_known(survivor), retired)
    merging.merge(survivor=survivor, retired=retired, source=HL7)
    return ""


def _check(survivor: Person, retired: Patient) -> None:
    """A slip in one number would put two people's results on one name."""
    if contradicts(survivor, matching.as_known(retired), corrects=True):
        reason = "name and birth date say that these are two people"
        raise Failed(Code.DUPLICATE_KEY_IDENTIFIER, reason, "MRG-1")


def _rename(patient: Patient, spec: PatientSpec, lookup: Lookup) -> None:
    """The survivor is new here: it is the retired patient under other numbers and details."""
    _check(matching.person(spec), patient)
    merging.keep_number(patient, patient)
    said = {name: value for name, value in details(spec).items() if value not in UNKNOWN}
    said["number"] = lookup.rename(patient, spec)
    known = cast(patients.Details, said)
    patients.update_patient(patient=patient, share_email=True, source=HL7, **known)
