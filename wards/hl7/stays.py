"""ADT, done: what a message says joins what was said of the stay, and the stay becomes what all of
it amounts to (`timeline`). Only what changes something now is told to people.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from django.db import connection

from wards.actions import deaths, patients
from wards.base import clock, sql, statements
from wards.feeds.content import Move, PatientSpec, PatientVisit, Stay, Unread
from wards.hl7 import courses
from wards.hl7.courses import NOT_HERE, Case
from wards.hl7.lookup import Lookup, details
from wards.hl7.movements import LETTERS, bed_name
from wards.hl7.timeline import What, course, is_known, last_change
from wards.models import Admission, Bed, Discharge, Event, Feed, Hospital, Patient, StayFact, Ward

HL7 = Event.Source.HL7
UNKNOWN = ("", None, Patient.Gender.UNKNOWN)
TAKES_BACK = (Move.ADMISSION_CANCELLED, Move.TRANSFER_CANCELLED, Move.DISCHARGE_CANCELLED)
RECENT = 20  # stays of a patient that a message without a visit number may be about


def apply(said: Stay, hospital: Hospital, lookup: Lookup) -> str:
    """Does what an ADT message says; returns a note where nothing was to be done."""
    if said.move is Move.DISCHARGED and _names_death(said, lookup):
        said = replace(said, disposition=Discharge.Status.DECEASED)
    elif said.move is Move.DISCHARGED and re.search(r"[^\W\d]", said.disposition_code):
        # A word of their own: whether it is of a death, people here may know.
        lookup.unread.append(Unread("PV1-36", said.disposition_code))
    patient = _patient(said, lookup)
    if patient is None:
        _keep(said, hospital, lookup)
        return NOT_HERE
    note = ""
    if said.move is not Move.REGISTERED and (said.move is not Move.UPDATED or _names_bed(said)):
        note = _tell(said, patient, hospital, lookup)
    _note_life(said, patient, lookup)
    return note


def _patient(said: Stay, lookup: Lookup) -> Patient | None:
    """Whom it is about, locked; None where we know nobody, and nothing is left to do for them."""
    spec = said.patient
    if said.move in (Move.REGISTERED, Move.UPDATED):
        return _register(spec, lookup)
    if said.move in (Move.ADMITTED, Move.TRANSFERRED):
        patient = lookup.patient(spec, lock=True)
        lookup.complete(patient, spec)
        return patient
    return lookup.known_patient(spec)


def _names_bed(said: Stay) -> bool:
    """Whether an update says where an inpatient is."""
    return bool(said.visit.ward) and not said.visit.is_outside


def _names_death(said: Stay, lookup: Lookup) -> bool:
    codes = {code.strip().upper() for code in lookup.feed.death_codes}
    return said.patient.deceased or said.disposition_code.strip().upper() in codes


def _note_life(said: Stay, patient: Patient, lookup: Lookup) -> None:
    """Any sign of a death counts; that it was a mistake is said plainly, later, and by who may."""
    if said.patient.deceased:
        died_at = said.patient.died_at or said.said_at
        deaths.record_death(patient=patient, died_at=died_at, source=HL7)
    elif said.patient.alive and patient.deceased and lookup.changes_people:
        is_later = not (said.said_at and patient.died_at) or said.said_at >= patient.died_at
        if is_later and not deaths.ended_in_death(patient):
            deaths.take_back_death(patient=patient, source=HL7)


def _tell(said: Stay, patient: Patient, hospital: Hospital, lookup: Lookup) -> str:
    """Adds what is said to the facts of the stay that is meant, and has the stay follow."""
    fact = _fact(said, patient, hospital, lookup)
    stays = _candidates(said, patient)
    stay = _of_number(stays, said) if said.visit.number else _of_nothing(stays, said, fact)
    facts = _facts(stay) if stay else _unplaced(said, fact, lookup)
    if stay and _is_another(stay, facts, fact):
        if fact.at < (last_change(facts) or stay.changed_at):
            return courses.older(facts, hospital)
        stay, facts = None, _unplaced(said, fact, lookup)
    unsaved = [each for each in facts if each.pk is None]
    before, after = course(facts), course([*facts, fact])
    case = Case(said, patient, hospital, lookup, fact, facts, stay, before, after)
    case.other = next((s for s in stays if s.discharged_at is None and s != stay), None)
    if is_known(fact, facts):
        return case.note()
    fact.is_late = case.is_late_end
    note = courses.older(facts, hospital) if fact.is_late else case.bring_about()
    if case.stay and not stay:
        StayFact.objects.filter(pk__in=[each.pk for each in facts]).update(
            stay=case.stay, patient=patient, person=""
        )
    for each in (*unsaved, fact):
        each.stay = case.stay
    for each in (*unsaved, fact):
        statements.insert(each)
    return note


def _fact(said: Stay, patient: Patient | None, hospital: Hospital, lookup: Lookup) -> StayFact:
    visit = said.visit
    return StayFact(
        hospital=hospital,
        patient=patient,
        visit=visit.number,
        what=said.move.value,
        at=said.said_at or clock.now(),
        is_timed=said.is_timed,
        ward=visit.ward,
        bed=_bed(visit, lookup),
        begin=visit.admitted_at,
        end=said.at if said.move is Move.DISCHARGED else None,
        status=said.disposition if said.move is Move.DISCHARGED else "",
        reason=visit.reason,
    )


def _bed(visit: PatientVisit, lookup: Lookup) -> str:
    """The bed's name; as it came where the ward has a bed of that name, in no room."""
    name = bed_name(visit, lookup.feed.beds)
    if name == visit.bed or lookup.feed.beds != Feed.Beds.AUTO or len(visit.bed) <= LETTERS:
        return name
    ward = lookup.ward(visit.ward, create=False)
    beds = Bed.objects.filter(ward=ward, number__iexact=visit.bed)
    return visit.bed if ward and beds.exists() else name


def _candidates(said: Stay, patient: Patient) -> list[Admission]:
    """The stays that the message may be about, the newest first."""
    number = said.visit.number
    numbers = [number, ""] if said.move is Move.DISCHARGE_CANCELLED else [number]
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, [patient.pk, not number, numbers, RECENT])
        return [_candidate(iter(values), patient) for values in cursor.fetchall()]


def _candidate(values: Iterator[Any], patient: Patient) -> Admission:
    stay, ward, bed, end = (
        [*islice(values, statements.width(model))] for model in (Admission, Ward, Bed, Discharge)
    )
    found = statements.row(Admission, stay)
    found.patient, found.ward = patient, statements.row(Ward, ward)
    found.bed = None if bed[0] is None else statements.row(Bed, bed)
    if end[0] is not None:
        found.discharge = statements.row(Discharge, end)
    return found


CANDIDATES = sql.load(
    "wards/hl7/sql/stays_of_patient.sql",
    stay=statements.columns(Admission, "stay"),
    ward=statements.columns(Ward, "ward"),
    bed=statements.columns(Bed, "bed"),
    discharge=statements.columns(Discharge, "discharge"),
)


def _of_number(stays: list[Admission], said: Stay) -> Admission | None:
    """The stay of that visit, else one whose visit nobody has named."""
    same = [stay for stay in stays if stay.visit_number == said.visit.number]
    if same or said.move is Move.ADMITTED:
        return same[0] if same else None
    unnumbered = [stay for stay in stays if not stay.visit_number]
    if said.move is Move.DISCHARGE_CANCELLED:
        return _last_ended(unnumbered)
    return next((stay for stay in unnumbered if stay.discharged_at is None), None)


def _of_nothing(stays: list[Admission], said: Stay, fact: StayFact) -> Admission | None:
    """Of a message without visit number: the present stay, else the last one if it was then."""
    here = next((stay for stay in stays if stay.discharged_at is None), None)
    if said.move is Move.DISCHARGE_CANCELLED:
        return here if here and here.admitted_at <= fact.at else _last_ended(stays)
    if said.move is Move.ADMITTED:
        began_at = said.visit.admitted_at or fact.at
        again = [stay for stay in stays if stay.admitted_at == began_at]
        if again:
            return again[0]
    last = max(stays, key=lambda stay: (stay.changed_at, stay.pk), default=None)
    if here or last is None or said.move in (Move.ADMITTED, *TAKES_BACK):
        return here or last
    return last if fact.at <= last.changed_at else None


def _last_ended(stays: list[Admission]) -> Admission | None:
    """The stay whose discharge may be taken back."""
    no_end = (Discharge.Status.SUPERSEDED, Discharge.Status.CANCELLED)
    ended = [s for s in stays if s.discharged_at and s.discharge.status not in no_end]
    return max(ended, key=lambda stay: (stay.changed_at, stay.pk), default=None)


def _keep(said: Stay, hospital: Hospital, lookup: Lookup) -> None:
    """An end may come before its beginning, of somebody we do not know until then."""
    fact = _fact(said, None, hospital, lookup)
    fact.person = _names(said, lookup)[0]
    fact.save()


def _names(said: Stay, lookup: Lookup) -> list[str]:
    """Whom a message means, for as long as that is nobody we know."""
    ours = lookup.feed.authority or lookup.feed.facility
    return [f"{id_.value}^{id_.authority or ours}" for id_ in said.patient.ids]


def _unplaced(said: Stay, fact: StayFact, lookup: Lookup) -> list[StayFact]:
    """What was said of a stay that we do not know yet, in the order it came."""
    return statements.found(
        StayFact,
        """hospital_id = %s AND visit = %s AND stay_id IS NULL
        AND (patient_id = %s OR (patient_id IS NULL AND person = ANY(%s))) ORDER BY id""",
        [fact.hospital_id, fact.visit, fact.patient_id, _names(said, lookup)],
    )


def _facts(stay: Admission) -> list[StayFact]:
    """What was said of the stay, in the order it came; and how people here have left it since."""
    facts = statements.found(StayFact, "stay_id = %s ORDER BY id", [stay.pk])
    newest = last_change(facts)
    if newest is None or stay.changed_at > newest:
        facts.append(_by_hand(stay))
    return facts


def _by_hand(stay: Admission) -> StayFact:
    return StayFact(
        hospital_id=stay.hospital_id,
        patient_id=stay.patient_id,
        visit=stay.visit_number,
        what=What.BY_HAND,
        at=stay.changed_at,
        ward=stay.ward.code,
        bed=stay.bed.number if stay.bed else "",
        begin=stay.admitted_at,
        end=stay.discharged_at,
        status=stay.discharge.status if stay.discharged_at else "",
    )


def _is_another(stay: Admission, facts: list[StayFact], fact: StayFact) -> bool:
    """Whether an admission without visit number begins another stay than the one we have."""
    if fact.what != What.ADMITTED or fact.visit or stay.admitted_at == (fact.begin or fact.at):
        return False
    if not (fact.is_timed or fact.begin) and stay.discharged_at is None:
        # Sent once more; it names neither another visit nor another time.
        return fact.ward != stay.ward.code
    first = min(each.at for each in facts)
    return course(facts).has_begun or fact.at > first


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
