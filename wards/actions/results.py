"""A laboratory reports a result: what is known of it now, and what has become of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from wards import events
from wards.actions import orders
from wards.base import clock, reference, statements, transactions
from wards.kinds import Kind
from wards.models import (
    Admission,
    CriticalLimit,
    Event,
    Hl7Message,
    Hospital,
    LaboratoryFlag,
    Patient,
    Result,
    User,
    Ward,
)
from wards.results import states, telling
from wards.results.flags import STARTER_FLAGS
from wards.results.interpretation import Interpretation, Limit, Rules
from wards.results.states import Report, State

STALE = "nothing to do: a later report of this result is known already"
REPEATED = "nothing to do: this report is known already"


@dataclass(frozen=True)
class Concerned:
    """Whom a report names: who ordered the test, who gets copies, and where the patient is.

    `unknown_ward` is a ward that it names and we do not know.
    """

    provider: User | None = None
    copies: Sequence[User] = field(default_factory=list)
    ward: Ward | None = None
    unknown_ward: str = ""


class Reported(NamedTuple):
    """The result as it is now; the event, or a note why there is none."""

    result: Result
    event: Event | None
    note: str = ""


@transactions.atomic()
def report_result(
    *,
    hospital: Hospital,
    patient: Patient,
    report: Report,
    concerned: Concerned | None = None,
    message: Hl7Message | None = None,
    by: User | None = None,
    source: str = Event.Source.API,
    is_locked: bool = False,
) -> Reported:
    """Keeps a report and records what it means: `test_result.ready`, `.critical` and so on.

    A report of a result that is known already makes its next version. One that says nothing new,
    or less than what is known, records nothing. The patient's row is locked meanwhile, unless it
    is already: of two reports of one result at once, the second sees the first.
    """
    if not is_locked:
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    known = orders.find(patient, report)
    result = known.result or _new(hospital, patient, report)
    result.hospital, result.patient = hospital, patient
    before, now = _state(result) if result.pk else None, clock.now()
    after = states.follow(before, report, _rules(result, report), now)
    if before and after.says_the_same(before):
        _keep(result, after)  # said again later: that counts for what is still to come
        is_news = states.stamp(report, now).supersedes(before.stamp)
        return Reported(result, None, REPEATED if is_news else STALE)
    named = concerned or Concerned()
    _complete(result, report, named, known.stay)
    _keep(result, after, version=result.version + 1 if before else 1)
    hears = not known.is_told and _reaches_patient(result, after)
    event = _record(result, before, after, named, hears=hears, by=by, source=source)
    orders.keep_version(result, event, message)
    return Reported(result, event)


def is_critical(hospital: Hospital, report: Report) -> bool:
    """Whether a report is critical by itself, of somebody nothing is known of."""
    stranger = Result(hospital=hospital, patient=Patient(hospital=hospital))
    return states.follow(None, report, _rules(stranger, report), clock.now()).is_critical


def _new(hospital: Hospital, patient: Patient, report: Report) -> Result:
    """Not saved."""
    return Result(
        hospital=hospital,
        patient=patient,
        code=report.key,
        test=report.test[:250],
        observed_at=report.observed_at,
    )


def _state(result: Result) -> State:
    said_at = result.said_at or result.created_at
    return states.known(result.status, said_at, result.observations)


def _rules(result: Result, report: Report) -> Rules:
    """What the hospital has set for these values."""
    hospital = result.hospital
    codes = {code.value for observation in report.observations for code in observation.codes}
    codes |= {code["value"] for value in result.observations for code in value["codes"]}
    limits = reference.find(("limits", hospital.pk), lambda: _limits(hospital)) or {}
    flags = reference.find(("flags", hospital.pk), lambda: _flags(hospital)) or {}
    return Rules(
        own_flags=flags,
        limits={code: limits[code] for code in codes & limits.keys()},
        decimal=hospital.decimal_mark,
        sex=result.patient.gender if result.patient.gender in ("F", "M") else "",
    )


def _limits(hospital: Hospital) -> dict[str, Limit]:
    limits = CriticalLimit.objects.filter(hospital=hospital)
    return {limit.code: Limit(limit.low, limit.high, limit.unit) for limit in limits}


def _flags(hospital: Hospital) -> dict[str, Interpretation]:
    """The usual ones, and what the hospital says of them and of its own."""
    flags = LaboratoryFlag.objects.filter(hospital=hospital)
    return {**STARTER_FLAGS, **{flag.flag: Interpretation(flag.meaning) for flag in flags}}


def _complete(result: Result, report: Report, named: Concerned, stay: Admission | None) -> None:
    """Fills in what a report adds to what is known of the order, and where the patient is."""
    result.admission = stay
    result.placer = report.placer or result.placer
    result.filler = report.filler or result.filler
    result.observed_at = report.observed_at or result.observed_at
    result.ward = named.ward or result.ward
    result.provider = named.provider or result.provider
    if result.provider_id is None and stay:
        result.provider_id = stay.provider_id


def _keep(result: Result, state: State, version: int = 0) -> None:
    """Writes the state into the row; without a version, only when things were said."""
    result.said_at = state.stamp.at
    result.observations = [value.to_json() for value in state.values]
    if version:
        result.version, result.changed_at = version, clock.now()
        result.status, result.interpretation = state.status, str(state.interpretation)
    if result.pk:
        result.save()
    else:
        statements.insert(result)


def _record(
    result: Result,
    before: State | None,
    after: State,
    named: Concerned,
    *,
    hears: bool,
    by: User | None,
    source: str,
) -> Event:
    stay = result.admission
    here = stay.ward_id if stay else result.ward_id
    event = Event(
        kind=Kind(f"test_result.{telling.kind(before, after)}"),
        hospital=result.hospital,
        source=source,
        actor=by,
        patient=result.patient,
        ward_id=here,
        other_ward_id=result.ward_id if result.ward_id != here else None,
        provider_id=result.provider_id,
        admission=stay,
        data={
            "result": result.pk,
            "version": result.version,
            "test": result.test,
            "bed": stay.bed.number if stay and stay.bed else "",
            "copies": [user.pk for user in named.copies],
            "unknown_ward": named.unknown_ward,
            "patient_hears": hears,
            # The event whose letter is no longer true.
            "unsays": [] if _is_harmless(after) else [*filter(None, [result.letter_id])],
            **telling.details(before, after),
        },
    )
    events.record_all([event])
    if hears:
        result.letter = event
    return event


def _is_harmless(state: State) -> bool:
    return state.is_final and not (state.is_critical or state.is_gone)


def _reaches_patient(result: Result, state: State) -> bool:
    """Whether patients hear of it, once an order: when it is final, recent and not critical."""
    at = result.observed_at or result.said_at or result.created_at
    oldest = clock.now() - timedelta(days=result.hospital.result_letter_days)
    return _is_harmless(state) and at >= oldest and not result.letter_id
