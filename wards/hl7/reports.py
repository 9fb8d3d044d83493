"""ORU, done: each order's report is kept with whom it concerns.

A ward that a report names and we do not know is not made up: nobody would be on duty there.
"""

from wards.actions import deaths, results
from wards.feeds.content import Id, Report
from wards.hl7.lookup import Lookup
from wards.models import Event, Hl7Message, Hospital
from wards.results import states


def apply(said: Report, hospital: Hospital, lookup: Lookup, message: Hl7Message | None) -> str:
    """Keeps the report; returns a note where there was nothing new, or a name we do not know."""
    patient = lookup.patient(said.patient, lock=True)
    if said.patient.deceased:
        died_at = said.patient.died_at or said.said_at
        deaths.record_death(patient=patient, died_at=died_at, source=Event.Source.HL7)
    named = said.visit.ward
    ward = lookup.ward(named, create=False) if named else None
    unknown = named if ward is None else ""
    copies = (lookup.clinician(copy, "OBR-28") for copy in said.copies)
    reported = results.report_result(
        hospital=hospital,
        patient=patient,
        report=_report(said),
        concerned=results.Concerned(
            provider=lookup.clinician(said.provider, "OBR-16"),
            copies=[copy for copy in copies if copy],
            ward=ward,
            unknown_ward=unknown,
        ),
        message=message,
        source=Event.Source.HL7,
        is_locked=True,
    )
    notes = [reported.note, f"ward {unknown} is not known here" if unknown else ""]
    return "; ".join(filter(None, notes))


def is_critical(said: Report, hospital: Hospital) -> bool:
    """Whether somebody must hear of it at once, whoever it is about."""
    return results.is_critical(hospital, _report(said))


def _report(said: Report) -> states.Report:
    return states.Report(
        test=said.test,
        observations=said.observations,
        code=said.code,
        alternate=said.alternate,
        placer=_number(said.placer),
        filler=_number(said.filler),
        status=said.status,
        observed_at=said.observed_at,
        said_at=said.said_at,
    )


def _number(given: Id | None) -> str:
    return str(given) if given else ""
