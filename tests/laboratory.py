"""Results as laboratories report them, for tests; as tests/factories.py for the rest."""

from typing import Any

from django_scopes import scope

from wards.actions import results
from wards.models import CriticalLimit, Event, Hospital, Patient
from wards.results.observations import Code, Observation
from wards.results.states import Report


def create_limit(hospital: Hospital, code: str = "tt-0003-01", **fields: Any) -> CriticalLimit:
    with scope(hospital=hospital.pk):
        return CriticalLimit.objects.create(hospital=hospital, code=code, **fields)


def observation(value: str = "142", flag: str = "", **fields: Any) -> Observation:
    """A creatinine, with the flag as laboratories send it: "H", "HH"."""
    given: dict[str, Any] = {
        "codes": (Code("tt-0003-01", "Creatinine"),),
        "type": "NM",
        "unit": "µmol/L",
        "flags": (flag,) if flag else (),
    }
    return Observation(value=value, **given | fields)


def report_result(patient: Patient, value: str = "142", flag: str = "", **how: Any) -> Event:
    """A creatinine; other keywords are those of a report and of whom it concerns."""
    named = {name: how.pop(name) for name in ("ward", "provider", "copies") if name in how}
    ours = {name: how.pop(name) for name in ("by", "source") if name in how}
    given: dict[str, Any] = {
        "test": "Urea and electrolytes",
        "observations": how.pop("observations", None) or [observation(value, flag)],
    }
    with scope(hospital=patient.hospital_id):
        event = results.report_result(
            hospital=patient.hospital,
            patient=patient,
            report=Report(**given | how),
            concerned=results.Concerned(**named),
            **ours,
        ).event
    assert event is not None, "it said nothing new"
    return event
