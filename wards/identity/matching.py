"""Which of our patients a message means: by their numbers, held against name and birth date."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from django.db import connection

from wards.base import statements
from wards.feeds.content import Id, PatientSpec
from wards.feeds.refusals import Unclear
from wards.identity.contradiction import Person, agrees, contradicts, resembles
from wards.identity.names import Name, parts
from wards.models import Hospital, IdentityQuestion, Patient

# HL7 table 0203. Numbers of a visit or an account: mother and child may share one.
# Names that systems give to the one number by which a hospital knows its patients.
OF_PATIENTS = frozenset(("MR", "MRN", "PI", "PN", "HN"))
OF_VISITS = frozenset(("AN", "VN", "ANON", "ANC", "ANT"))


class Bond(IntEnum):
    """How a number ties a message to a patient."""

    WEAK = 1  # the same digits, of which it is not known whether they are the same number
    OWN = 2  # our own number, and the patient is known by it under another authority alone
    STRONG = 3


@dataclass
class Known:
    """One of our patients, and the numbers that lead to them."""

    patient: Patient
    ids: list[Id]
    numbers: set[str] = field(default_factory=set)  # Patient.number, also of rows merged into it
    bonds: dict[Id, Bond] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        """As they are described here."""
        return as_known(self.patient)

    def bond(self, said: Id) -> Bond | None:
        """How this number ties them to the message."""
        same = [known for known in self.ids if known.value == said.value]
        of_it = [known for known in same if known.authority == said.authority]
        if any(are_compatible(known.type, said.type) for known in of_it):
            return Bond.STRONG
        if of_it:
            return Bond.WEAK
        if said.value not in self.numbers:
            return None
        if not said.authority:
            return Bond.OWN if same else Bond.STRONG
        return None if any(known.authority for known in self.ids) else Bond.WEAK


def are_compatible(one: str, other: str) -> bool:
    """Whether numbers of these two types may be the same; one without a type is of any."""
    return one == other or not (one and other) or {one, other} <= OF_PATIENTS


def person(spec: PatientSpec) -> Person:
    """As a message describes them."""
    return Person(Name(spec.first_name, spec.last_name), spec.date_of_birth, spec.gender)


def as_known(patient: Patient) -> Person:
    """As our row describes them."""
    name = Name(patient.first_name, patient.last_name)
    return Person(name, patient.date_of_birth, patient.gender)


def telling(ids: Sequence[Id]) -> tuple[Id, ...]:
    """The numbers that tell people apart; those of visits where there are no others."""
    return tuple(each for each in ids if each.type not in OF_VISITS) or tuple(ids)


def find(
    hospital: Hospital, spec: PatientSpec, *, corrects: bool = False, lock: bool = True
) -> Known | None:
    """The patient that all numbers of the message lead to; None: nobody is known by any of them.

    One query, however many numbers. `corrects`: the message may change what is known of them.
    Raises Unclear where it is for people to decide, and they have not done so.
    """
    ids = telling(spec.ids)
    found = candidates(hospital, ids, lock=lock)
    try:
        return choose(spec, found, corrects=corrects)
    except Unclear as unclear:
        if decided := _decided(hospital, unclear.fingerprint):
            return next((each for each in found if each.patient == decided), Known(decided, [*ids]))
        raise


def choose(spec: PatientSpec, found: Iterable[Known], *, corrects: bool = False) -> Known | None:
    """The one of them that is meant, if any. Pure. Raises Unclear."""
    said = person(spec)
    for known in found:
        known.bonds = {each: bond for each in telling(spec.ids) if (bond := known.bond(each))}
    bound = [known for known in found if known.bonds]
    strong = [known for known in bound if Bond.STRONG in known.bonds.values()]
    if len(strong) > 1:
        raise _unclear("the numbers are of several patients here", spec, strong)
    if strong:
        if contradicts(said, strong[0].person, corrects=corrects):
            raise _unclear("name or birth date are another's under this number", spec, strong)
        return strong[0]
    own = [known for known in bound if Bond.OWN in known.bonds.values()]
    alike = [each for each in bound if agrees(said, each.person)]
    alike = alike or [each for each in own if resembles(said, each.person)]
    if len(alike) > 1 or (own and not alike):
        raise _unclear("the number alone does not say which patient it is", spec, alike or own)
    return alike[0] if alike else None


def candidates(hospital: Hospital, ids: Sequence[Id], *, lock: bool = True) -> list[Known]:
    """The patients whom any of these numbers may mean, whoever gave it; merged ones as one."""
    numbers = sorted({each.value for each in ids})
    found = _with_ids(NUMBERED, [hospital.pk, numbers, hospital.pk, numbers], lock=lock)
    known = {each.patient.pk: each for each in found if each.patient.merged_into_id is None}
    for merged in (each for each in found if each.patient.merged_into_id):
        survivor = final(merged.patient)
        if survivor.pk not in known:
            [known[survivor.pk]] = _with_ids(ONE, [survivor.pk], lock=lock)
        known[survivor.pk].numbers |= merged.numbers
        known[survivor.pk].ids += merged.ids
    return [*known.values()]


def unclaimed(hospital: Hospital, ids: Sequence[Id], patient: Patient | None = None) -> list[Id]:
    """Those of the numbers that lead to nobody yet, or to this patient alone."""
    others = [each for each in candidates(hospital, telling(ids)) if each.patient != patient]
    return [each for each in telling(ids) if not any(known.bond(each) for known in others)]


def final(patient: Patient) -> Patient:
    """The row that counts for this person: merges are followed to their end."""
    while patient.merged_into_id:
        patient = Patient.objects.select_related("merged_into").get(pk=patient.merged_into_id)
    return patient


def _with_ids(condition: str, values: Sequence[Any], *, lock: bool) -> list[Known]:
    # For no key: rows that refer to the patient may still be written meanwhile.
    locking = "FOR NO KEY UPDATE" if lock else ""
    statement = f"{KNOWN} WHERE {condition} ORDER BY patient.id {locking}"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
    known = [(statements.row(Patient, row), ids) for *row, ids in found]
    return [Known(each, [Id(*id_) for id_ in ids], {each.number} - {""}) for each, ids in known]


# By hand, for every message pays for it.
KNOWN = f"""
SELECT {statements.columns(Patient, "patient")}, ARRAY(
    SELECT ARRAY[value, authority, type] FROM wards_identifier
    WHERE patient_id = patient.id ORDER BY id
)
FROM wards_patient AS patient
"""  # noqa: S608
NUMBERED = """
patient.id IN (
    SELECT patient_id FROM wards_identifier
    WHERE hospital_id = %s AND "of" = 'patient' AND value = ANY(%s)
    UNION SELECT id FROM wards_patient WHERE hospital_id = %s AND number = ANY(%s)
)
"""
ONE = "patient.id = %s"


def _unclear(reason: str, spec: PatientSpec, found: Sequence[Known]) -> Unclear:
    ids = {each for known in found for each in known.bonds}
    return Unclear(
        f"who it is has to be decided: {reason}",
        spec=spec,
        candidates=[known.patient for known in found],
        fingerprint=fingerprint(spec, ids),
    )


def fingerprint(spec: PatientSpec, ids: Iterable[Id]) -> str:
    """The same whenever the same is said of somebody under the same numbers."""
    said = (
        sorted({(each.authority, _kind(each.type), each.value) for each in ids}),
        sorted(parts(spec.first_name) + parts(spec.last_name)),
        str(spec.date_of_birth or ""),
        spec.gender,
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _kind(type_: str) -> str:
    return "" if type_ in OF_PATIENTS else type_


def _decided(hospital: Hospital, fingerprint: str) -> Patient | None:
    """Whom people have decided it to be."""
    questions = IdentityQuestion.objects.filter(
        hospital=hospital, fingerprint=fingerprint, patient__isnull=False
    ).exclude(state__in=(IdentityQuestion.State.OPEN, IdentityQuestion.State.DISMISSED))
    question = questions.select_related("patient").first()
    return final(question.patient) if question and question.patient else None
