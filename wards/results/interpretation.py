"""Interpretation: what a laboratory's value means, and no more than was said.

Everything that speaks about a value is a finding: flags, the hospital's limits, the reference
range, the words. The most dangerous one counts; where nothing speaks, the value is not
interpreted. `docs/results.md` has the tables.
"""

from collections.abc import Sequence
from dataclasses import replace

from wards.results.meanings import Basis, Interpretation, Meaning, Verdict, worst
from wards.results.observations import Observation
from wards.results.reading import TEXTS, Reading
from wards.results.rules import Limit, Rules
from wards.results.statuses import Standing, standing

__all__ = [
    "Basis", "Interpretation", "Limit", "Meaning", "Rules", "Verdict",
    "interpret", "interpret_result", "of_result",
]  # fmt: skip


_GONE = (Standing.CANCELLED, Standing.WITHDRAWN)
_NOT_NORMAL = {Standing.PRELIMINARY: Interpretation.PRELIMINARY}


def interpret(observation: Observation, rules: Rules, report_status: str = "") -> Verdict:
    """What one value means. `report_status` (OBR-25) counts where OBX-11 is empty. Never raises."""
    state, empty = standing(observation.status or report_status), not observation.value.strip(' "')
    report = standing(report_status)
    if empty and report in _GONE and state not in _GONE:
        state = report  # a cancelled order lists what it would have measured
    if state in _GONE:
        return Verdict(Interpretation(state), Basis.STATUS, f"status: {state}")
    verdict = Reading(observation, rules).verdict()
    if empty and verdict.basis is Basis.NONE:
        verdict = _without_value(verdict, state, observation)
    elif state is not Standing.FINAL and verdict.interpretation is Interpretation.NORMAL:
        verdict = replace(
            verdict,
            interpretation=_NOT_NORMAL.get(state, Interpretation.NOT_INTERPRETED),
            basis=Basis.STATUS,
            reason=f"status: {state}",
        )
    return replace(verdict, preliminary=state is Standing.PRELIMINARY)


def _without_value(verdict: Verdict, state: Standing, observation: Observation) -> Verdict:
    """Nothing was sent and nothing flagged: not yet, not at all, or an empty line of a report."""
    if state is Standing.PRELIMINARY:
        return replace(
            verdict,
            interpretation=Interpretation.PRELIMINARY,
            basis=Basis.STATUS,
            reason="status: no value yet",
        )
    if state is Standing.NO_VALUE:
        return replace(verdict, basis=Basis.STATUS, reason="status: no value", counts=False)
    return replace(verdict, counts=observation.type.strip().upper() not in TEXTS)


def interpret_result(
    observations: Sequence[Observation], rules: Rules, status: str = ""
) -> tuple[tuple[Verdict, ...], Meaning]:
    """What each value of a report means, and what the whole does. `status` is OBR-25."""
    verdicts = tuple(interpret(observation, rules, status) for observation in observations)
    return verdicts, of_result(verdicts, status)


def of_result(verdicts: Sequence[Verdict], status: str = "") -> Meaning:
    """What a whole result means: the worst of its values, those that were not taken back.

    "Normal" may be said only if every value carries N, "within the range given" only if every
    value lies inside. Where neither may be said of all, the whole is not interpreted.
    """
    state = standing(status)
    gone = (Interpretation.CANCELLED, Interpretation.WITHDRAWN)
    there = [verdict for verdict in verdicts if verdict.counts]
    left = [verdict for verdict in there if verdict.interpretation not in gone]
    if not left:
        return _without_values({verdict.interpretation for verdict in there}, state)
    preliminary = state is Standing.PRELIMINARY or any(verdict.preliminary for verdict in left)
    said = worst([verdict.interpretation for verdict in left])
    if said is not Interpretation.NORMAL:
        return Meaning(said, "the worst of its values", preliminary=preliminary)
    if preliminary:
        return Meaning(Interpretation.PRELIMINARY, f"status: {state}", preliminary=True)
    normal = all(verdict.flagged_normal for verdict in left)
    within = all(verdict.within_range for verdict in left)
    if state is not Standing.FINAL or not (normal or within):
        return Meaning(Interpretation.NOT_INTERPRETED, "not the same can be said of all its values")
    return Meaning(Interpretation.NORMAL, "all of its values", normal, within)


def _without_values(gone: set[Interpretation], state: Standing) -> Meaning:
    if Interpretation.WITHDRAWN in gone or (not gone and state is Standing.WITHDRAWN):
        return Meaning(Interpretation.WITHDRAWN, "all of its values")
    if gone or state is Standing.CANCELLED:
        return Meaning(Interpretation.CANCELLED, "all of its values")
    if state is Standing.PRELIMINARY:
        return Meaning(Interpretation.PRELIMINARY, "no values yet", preliminary=True)
    return Meaning(Interpretation.NOT_INTERPRETED, "no values")
