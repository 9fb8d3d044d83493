"""A laboratory reports a result."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from wards import events, reference
from wards.kinds import Kind
from wards.models import CriticalLimit, Event, Hospital, Patient, User, Ward


class Flag(StrEnum):
    """How far from normal a value is. Source: HL7 table 0078, the part that matters for alerts."""

    NORMAL = ""
    ABNORMAL = "abnormal"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Observation:
    """One measured value (OBX): test code, name, value as reported, unit, flag of the sender."""

    code: str
    name: str
    value: str
    unit: str = ""
    flag: Flag = Flag.NORMAL


@transaction.atomic
def report_result(
    *,
    hospital: Hospital,
    patient: Patient,
    test: str,
    observations: list[Observation],
    ward: Ward | None = None,
    provider: User | None = None,
    by: User | None = None,
    source: str = Event.Source.API,
) -> Event:
    """Records `test_result.critical` if any value is critical, else `test_result.ready`.

    A value is critical by the sender's flag or by the hospital's own limits for its code.
    """
    limits = reference.find(("limits", hospital.pk), lambda: _limits(hospital)) or {}
    critical = [o for o in observations if _is_critical(o, limits.get(o.code))]
    abnormal = [o for o in observations if o.flag is Flag.ABNORMAL and o not in critical]
    return events.record(
        Kind.TEST_RESULT_CRITICAL if critical else Kind.TEST_RESULT_READY,
        hospital=hospital,
        source=source,
        actor=by,
        patient=patient,
        ward=ward,
        provider=provider,
        data={
            "test": test,
            "abnormal": bool(abnormal),
            "values": [
                {"name": o.name, "value": o.value, "unit": o.unit} for o in critical or abnormal
            ],
        },
    )


def _limits(hospital: Hospital) -> dict[str, CriticalLimit]:
    return {limit.code: limit for limit in CriticalLimit.objects.filter(hospital=hospital)}


def _is_critical(observation: Observation, limit: CriticalLimit | None) -> bool:
    """By the sender's flag, or at or beyond the hospital's limit.

    A value beyond what the instrument measures counts on its own side only: "<300" is not high,
    ">300" is.
    """
    if observation.flag is Flag.CRITICAL:
        return True
    text = observation.value.strip()
    try:
        value = float(text.lstrip("<>="))
    except ValueError:
        return False  # "positive", free text: nothing to compare
    if limit is None:
        return False
    low = limit.low is not None and value <= limit.low and not text.startswith(">")
    high = limit.high is not None and value >= limit.high and not text.startswith("<")
    return low or high
