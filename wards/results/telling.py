"""Telling: what an event carries of a result, for the words of its alerts. Pure."""

from typing import Any

from wards.results.meanings import WORST_FIRST, Interpretation
from wards.results.states import GONE, State
from wards.results.versions import Value, texts

MOST = 12  # values in an event; the result itself has all


def kind(before: State | None, after: State) -> str:
    """What has become of a result: the part of an event's kind after "test_result."."""
    if after.is_gone:
        return "withdrawn"
    if after.is_critical:
        return "critical"
    if before and before.is_critical:
        return "corrected"
    if not after.is_final:
        return "preliminary"
    if before and before.is_final and _says_otherwise(before, after):
        return "corrected"
    return "ready"


def _says_otherwise(before: State, after: State) -> bool:
    """Whether a value that was told is another now; one more value corrects nothing."""
    now = texts(after.values)
    return any(now.get(key) != old for key, old in texts(before.values).items())


def rings(before: State | None, after: State) -> bool:
    """Whether there is something to hear for those who had an alert of the result before."""
    if before is None:
        return True
    changed = texts(before.values) != texts(after.values)
    if before.interpretation is Interpretation.PRELIMINARY and not after.is_critical:
        return changed  # that it is final now is no news by itself
    if before.interpretation is not after.interpretation:
        return True
    if after.is_critical:
        return _critical(before) != _critical(after)
    return changed and not after.is_gone


def _critical(state: State) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """What the critical values say."""
    critical = Interpretation.CRITICAL
    return texts(value for value in state.values if value.verdict.interpretation is critical)


def details(before: State | None, after: State) -> dict[str, Any]:
    """What the words need: the values, the worst first, and what may be said of the whole."""
    worst = sorted(after.values, key=lambda value: _rank(value.verdict.interpretation))
    was, meaning, heard = differences(before, after), after.meaning, rings(before, after)
    return {
        "interpretation": str(after.interpretation),
        "status": after.status,
        "preliminary": meaning.preliminary or not (after.is_final or after.is_gone),
        "normal": meaning.may_say_normal,
        "within_range": meaning.may_say_within_range,
        "abnormal": any(v.verdict.interpretation is Interpretation.ABNORMAL for v in worst),
        "was_critical": bool(before and before.is_critical),
        "rings": heard,
        "takes": heard and after.is_critical,
        "values": [_told(value, was.get(value.key, "")) for value in worst[:MOST]],
        "more": max(0, len(worst) - MOST),
    }


def differences(before: State | None, after: State) -> dict[tuple[str, str], str]:
    """What single values said before they were changed."""
    if before is None:
        return {}
    now = texts(after.values)
    return {
        key: old[0][0]
        for key, old in texts(before.values).items()
        if len(old) == 1 and old[0][0] and now.get(key, old) != old
    }


def _rank(interpretation: Interpretation) -> int:
    """The worst first; what was taken back comes last."""
    order = [*WORST_FIRST, *GONE]
    return order.index(interpretation)


def _told(value: Value, was: str) -> dict[str, Any]:
    observation, verdict = value.observation, value.verdict
    return {
        "name": observation.name,
        "value": observation.value,
        "unit": observation.unit,
        "range": observation.range,
        "flag": " ".join(filter(None, observation.flags)),
        "interpretation": str(verdict.interpretation),
        "readings": list(verdict.readings),
        "was": was,
    }
