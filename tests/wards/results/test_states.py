"""What is known of a result after some reports, whatever order they come in. Pure."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wards import models
from wards.results import states, telling
from wards.results.interpretation import Interpretation, Rules
from wards.results.observations import Code, Observation
from wards.results.states import Report, State

NINE = datetime(2026, 11, 26, 9, tzinfo=UTC)
RULES = Rules()


def test_what_is_found_can_be_stored() -> None:
    """The words of the interpretation, which knows no database, and those of the column are one."""
    assert set(models.Interpretation.values) == {each.value for each in Interpretation}


def obx(value: str = "6.9", flag: str = "HH", status: str = "", **fields: str) -> Observation:
    code = fields.pop("code", "K")
    flags = (flag,) if flag else ()
    given = {"type": "NM", "unit": "mmol/L", "range": "3.5-5.1"} | fields
    return Observation((Code(code, "Potassium"),), value=value, flags=flags, status=status, **given)


def report(status: str, *observations: Observation, minutes: int = 0) -> Report:
    return Report(
        "Potassium",
        list(observations),
        status=status,
        said_at=NINE + timedelta(minutes=minutes),
    )


P, F = report("P", obx()), report("F", obx(), minutes=10)
C = report("C", obx("4.9", "N"), minutes=20)
X = report("X", minutes=30)


def after(*reports: Report) -> State:
    state: State | None = None
    for each in reports:
        state = states.follow(state, each, RULES, NINE)
    assert state is not None
    return state


def steps(*reports: Report) -> list[tuple[str, bool]]:
    """What each report is told as, and whether it rings; what says nothing new is left out."""
    told, state = [], None
    for each in reports:
        now = states.follow(state, each, RULES, NINE)
        if state is None or not now.says_the_same(state):
            told.append((telling.kind(state, now), telling.rings(state, now)))
        state = now
    return told


@pytest.mark.parametrize("order", [*permutations([P, F, C])])
def test_s05_any_order_of_preliminary_final_and_corrected_ends_the_same(
    order: tuple[Report, ...],
) -> None:
    state = after(*order)
    assert state == after(P, F, C)
    assert state.status == "corrected"
    assert state.interpretation is Interpretation.NORMAL
    assert [value.observation.value for value in state.values] == ["4.9"]


@pytest.mark.parametrize("order", [*permutations([P, F, C, X])])
def test_s05_so_does_any_order_with_a_cancellation(order: tuple[Report, ...]) -> None:
    state = after(*order)
    assert state == after(P, F, C, X)
    assert state.status == "cancelled"


SOME = [
    report("P", obx("6.9", "HH", "P"), minutes=1),
    report("P", obx("140", "N", code="NA"), minutes=2),
    report("F", obx("6.8", "HH"), obx("139", "N", code="NA"), minutes=3),
    report("C", obx("4.9", "N"), minutes=4),
    report(
        "F", obx("7.1", "", code="PH", sub_id="1"), obx("7.2", "", code="PH", sub_id="2"), minutes=5
    ),
    report("C", obx("", "", "W", code="NA"), minutes=6),
]


@given(st.permutations(SOME), st.lists(st.sampled_from(SOME), max_size=6))
def test_s05_shuffled_and_repeated_reports_end_in_one_state(
    order: list[Report], again: list[Report]
) -> None:
    assert after(*order, *again) == after(*SOME)


def test_s05_two_values_of_one_code_stay_together_and_are_replaced_together() -> None:
    culture = [obx("E. coli", "", code="ORG"), obx("Klebsiella", "", code="ORG")]
    state = after(
        report("P", *culture, obx("10", "", code="WBC")),
        report("F", obx("E. coli", "", code="ORG"), minutes=5),
    )
    assert [value.observation.value for value in state.values] == ["E. coli", "10"]


def test_s05_the_life_of_a_critical_value() -> None:
    assert steps(P, F, C) == [("critical", True), ("critical", False), ("corrected", True)]
    assert steps(F, X) == [("critical", True), ("withdrawn", True)]
    assert steps(F, P) == steps(F, F) == [("critical", True)]


def test_s05_another_critical_value_rings_again() -> None:
    worse = report("C", obx("7.4"), minutes=20)
    assert steps(F, worse) == [("critical", True), ("critical", True)]


def test_s05_what_was_harmless_rings_when_it_is_critical() -> None:
    assert steps(report("F", obx("4.9", "N")), report("C", obx("7.9"), minutes=1)) == [
        ("ready", True),
        ("critical", True),
    ]


def test_s05_final_with_the_values_of_the_preliminary_is_silent() -> None:
    early, late = report("P", obx("4.9", "N")), report("F", obx("4.9", "N"), minutes=1)
    assert steps(early, late) == [("preliminary", True), ("ready", False)]
    early, late = report("P", obx("5.4", "H")), report("F", obx("5.4", "H"), minutes=1)
    assert steps(early, late) == [("preliminary", True), ("ready", False)]


def test_s05_a_value_that_comes_late_and_preliminary_is_not_lost() -> None:
    """A preliminary report after the final one changes nothing it says, but adds what is new."""
    state = after(F, report("P", obx("4.0", "N"), obx("1.1", "LL", code="CA"), minutes=15))
    assert [value.observation.value for value in state.values] == ["6.9", "1.1"]


def test_s05_withdrawn_and_sent_again() -> None:
    taken = report("C", obx("6.9", "HH", "W"), minutes=5)
    again = report("F", obx("6.9", "HH"), minutes=6)
    assert steps(F, report("C", obx(status="W"), minutes=15), report("F", obx(), minutes=16)) == [
        ("critical", True),
        ("withdrawn", True),
        ("critical", True),
    ]
    assert after(taken, again).is_critical


def test_a_state_is_read_back_as_it_was_written() -> None:
    state = after(P, F)
    stored = [value.to_json() for value in state.values]
    assert states.known(state.status, state.stamp.at, stored) == state


def test_s05_nothing_preliminary_follows_what_is_final_whenever_it_was_said() -> None:
    late = report("P", obx("4.0", "N"), minutes=15)
    assert after(F, late) == after(late, F) == after(F)
    assert steps(F, late) == [("critical", True)]


def test_s05_of_one_moment_the_report_that_came_later_counts() -> None:
    """Even F after C: nothing critical is held back. Only P never follows F."""
    early, final, corrected = (
        report("P", obx("4.0", "N")),
        report("F", obx()),
        report("C", obx("4.9", "N")),
    )
    assert after(final, corrected).status == "corrected"
    assert steps(corrected, final) == [("ready", True), ("critical", True)]
    assert after(final, early) == after(early, final) == after(final)
