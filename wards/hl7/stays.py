"""ADT, done: a bed that is in use here is left out and the ward is told, a stay that is still open
here under another visit is ended, and somebody we know nothing of is admitted where they are.
"""

from collections.abc import Callable
from functools import partial
from typing import cast

from wards.actions import Refused, admissions, corrections, patients
from wards.hl7.lookup import Lookup, details
from wards.hl7.said import Move, PatientSpec, Stay, Visit
from wards.models import Admission, Bed, Discharge, Event, Hospital, Patient

HL7 = Event.Source.HL7
NOT_HERE = "nothing to do: no such stay here"
UNKNOWN = ("", None, Patient.Gender.UNKNOWN)


def apply(said: Stay, hospital: Hospital, lookup: Lookup) -> str:
    """Does what an ADT message says; returns a note where nothing was to be done."""
    match said.move:
        case Move.ADMITTED:
            _admit(said, hospital, lookup)
        case Move.TRANSFERRED:
            _transfer(said, hospital, lookup)
        case Move.REGISTERED | Move.UPDATED:
            patient = _register(said.patient, lookup)
            if said.move is Move.UPDATED:
                _correct_place(said, patient, lookup)
        case Move.DISCHARGED:
            return _end(said, lookup)
        case _:
            return _take_back(said, lookup)
    return ""


def open_stay(patient: Patient) -> Admission | None:
    """The stay that the patient is in, with its ward."""
    stays = Admission.objects.filter(patient=patient, discharged_at=None)
    return stays.select_related("ward", "bed").first()


def _admit(said: Stay, hospital: Hospital, lookup: Lookup) -> None:
    visit = said.visit
    patient = lookup.patient(said.patient, lock=True)
    lookup.complete(patient, said.patient)
    stay = open_stay(patient)
    if stay and _is_same(stay, visit):
        return
    ward = lookup.ward(visit.ward)
    begin = partial(
        admissions.admit,
        hospital=hospital,
        patient=patient,
        ward=ward,
        provider=lookup.clinician(visit.attending, "PV1-7"),
        reason=visit.reason,
        visit_number=visit.number,
        admitted_at=visit.admitted_at,
        source=HL7,
    )
    bed = lookup.bed(ward, visit.bed) if visit.bed else None
    if stay:
        superseded = Discharge.Status.SUPERSEDED
        admissions.discharge(admission=stay, status=superseded, at=visit.admitted_at, source=HL7)
    _into(bed, begin)


def _transfer(said: Stay, hospital: Hospital, lookup: Lookup) -> None:
    patient = lookup.patient(said.patient, lock=True)
    stay = open_stay(patient)
    if stay is None or _is_another(stay, said.visit):
        _admit(said, hospital, lookup)
        return
    lookup.complete(patient, said.patient)
    _move(stay, said, lookup)


def _correct_place(said: Stay, patient: Patient, lookup: Lookup) -> None:
    """Some senders move people with an update. It admits nobody, and says it of inpatients only."""
    stay = open_stay(patient)
    visit = said.visit
    if stay and visit.ward and not visit.is_outside and not _is_another(stay, visit):
        _move(stay, said, lookup)


def _move(stay: Admission, said: Stay, lookup: Lookup) -> None:
    """To the place that the message names, if that is another."""
    ward = lookup.ward(said.visit.ward)
    here = stay.bed.number if stay.bed else ""
    if ward == stay.ward and said.visit.bed in ("", here):
        return
    bed = lookup.bed(ward, said.visit.bed) if said.visit.bed else None
    _into(bed, partial(admissions.transfer, admission=stay, ward=ward, at=said.at, source=HL7))


def _into(bed: Bed | None, begin: Callable[..., object]) -> None:
    """Begins with the bed; where that is in use here, without one, and the ward is told."""
    try:
        begin(bed=bed)
    except Refused:
        if bed is None:
            raise
        begin(bed_taken=bed.number)


def _end(said: Stay, lookup: Lookup) -> str:
    patient = lookup.known_patient(said.patient)
    stay = open_stay(patient) if patient else None
    if stay is None or _is_another(stay, said.visit):
        return NOT_HERE
    admissions.discharge(admission=stay, status=said.disposition, at=said.at, source=HL7)
    return ""


def _take_back(said: Stay, lookup: Lookup) -> str:
    """Cancels; what cannot be taken back here was not done here."""
    patient = lookup.known_patient(said.patient)
    if patient is None:
        return NOT_HERE
    if said.move is Move.DISCHARGE_CANCELLED:
        stay, verb = _last_ended(patient, said.visit), corrections.cancel_discharge
    else:
        stay, verb = open_stay(patient), corrections.cancel_admission
        if said.move is Move.TRANSFER_CANCELLED:
            verb = corrections.cancel_transfer
        if stay and _is_another(stay, said.visit):
            stay = None
    if stay is None:
        return NOT_HERE
    try:
        verb(admission=stay, source=HL7)
    except Refused as refused:
        return f"nothing to do: {refused}"
    return ""


def _last_ended(patient: Patient, visit: Visit) -> Admission | None:
    """The stay whose discharge a message takes back: of that visit, else the last one."""
    ended = Admission.objects.filter(patient=patient, discharged_at__isnull=False).exclude(
        discharge__status__in=(Discharge.Status.SUPERSEDED, Discharge.Status.CANCELLED)
    )
    if visit.number:
        ended = ended.filter(visit_number__in=(visit.number, ""))
    return ended.order_by("-discharged_at", "-pk").first()


def _register(spec: PatientSpec, lookup: Lookup) -> Patient:
    """What the message says of the patient replaces what we knew; the rest of that stays."""
    patient = lookup.known_patient(spec, corrects=True)
    if patient is None:
        return lookup.register(spec)
    if not lookup.changes_people:
        lookup.notes.append("nothing to do: this feed does not change patients' details")
        return patient
    said = {name: value for name, value in details(spec).items() if value not in UNKNOWN}
    known = cast(patients.Details, said)
    return patients.update_patient(patient=patient, share_email=True, source=HL7, **known)


def _is_same(stay: Admission, visit: Visit) -> bool:
    """Whether the message tells again of a stay we have: by visit number, else by its beginning."""
    if visit.number:
        return stay.visit_number == visit.number
    return stay.admitted_at == visit.admitted_at


def _is_another(stay: Admission, visit: Visit) -> bool:
    """Whether the message is certainly of another visit than the stay."""
    return bool(visit.number and stay.visit_number and visit.number != stay.visit_number)
