"""Rule S1: what a value means, by a table; and what a whole result means."""

import pytest

from tests.wards.results.table import Row, rows
from wards.results.interpretation import (
    Basis,
    Interpretation,
    Limit,
    Meaning,
    Rules,
    interpret,
    interpret_result,
)
from wards.results.observations import Code, Observation

TABLE = list(rows())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"line {row.line}: {row.reason}")
def test_s01_a_value_means_what_the_table_says(row: Row) -> None:
    verdict = interpret(row.observation, row.rules)
    said: str = verdict.interpretation
    if said == "normal" and verdict.basis is Basis.RANGE:
        said = "within"
    assert said == row.expected, verdict
    assert (said != "within") or verdict.within_range
    assert (said != "normal") or verdict.flagged_normal
    if row.readings:
        assert verdict.readings == row.readings


def test_s01_the_table_is_long_and_says_why() -> None:
    assert len(TABLE) >= 200
    assert all(row.reason for row in TABLE)
    assert {row.expected for row in TABLE} == {*Interpretation, "within"}


def value(text: str, flag: str = "", span: str = "", **other: str) -> Observation:
    flags = (flag,) if flag else ()
    return Observation((Code("K"),), value=text, flags=flags, range=span, **{"type": "NM"} | other)


NORMAL, INSIDE = value("4.2", "N"), value("4.2", span="3.5-5.1")
BOTH, OUTSIDE = value("4.2", "N", "3.5-5.1"), value("7.9", span="3.5-5.1")
PANIC, UNKNOWN = value("7.9", "HH"), value("7.9")
GONE, WRONG = value("7.9", "HH", status="X"), value("7.9", "HH", status="W")
EARLY, TEXT = value("4.2", "N", status="P"), value("Nothing to be seen here at all", type="TX")
NOT_ASKED, EMPTY_LINE = value("", status="N"), value("", type="TX")


@pytest.mark.parametrize(
    ("expected", "values", "status"),
    [
        ("critical", [NORMAL, PANIC, OUTSIDE, TEXT], "F"),
        ("abnormal", [NORMAL, OUTSIDE, UNKNOWN], "F"),
        ("not_interpreted", [NORMAL, UNKNOWN, TEXT], "F"),
        ("narrative", [NORMAL, TEXT, EARLY], "F"),
        ("narrative", [TEXT, EMPTY_LINE], "F"),
        ("preliminary", [NORMAL, EARLY], "F"),
        ("preliminary", [NORMAL, NORMAL], "P"),
        ("preliminary", [value("4.2", "N", status="F")], "P"),  # there may be more to come
        ("preliminary", [], "I"),
        ("critical", [PANIC], "P"),
        ("normal", [NORMAL, BOTH], "F"),
        ("normal", [INSIDE, BOTH], "F"),
        ("normal", [NORMAL, NOT_ASKED], "F"),
        ("normal", [NORMAL], "C"),
        ("not_interpreted", [NORMAL, INSIDE], "F"),  # neither sentence is true of both
        ("not_interpreted", [NORMAL], "Q"),
        ("not_interpreted", [], "F"),
        ("not_interpreted", [], ""),
        ("not_interpreted", [NOT_ASKED], "F"),
        ("not_interpreted", [value("")], "F"),
        ("cancelled", [], "X"),
        ("cancelled", [GONE, GONE], "F"),
        ("cancelled", [value(""), value("", status="F")], "X"),
        ("withdrawn", [WRONG, WRONG], "C"),
        ("withdrawn", [WRONG, GONE], "C"),
        ("normal", [WRONG, GONE, NORMAL], "C"),  # what was taken back no longer counts
        ("abnormal", [WRONG, OUTSIDE], "C"),
    ],
)
def test_s01_a_result_is_the_worst_of_its_values(
    expected: str, values: list[Observation], status: str
) -> None:
    assert interpret_result(values, Rules(), status)[1].interpretation == expected


def test_s01_only_one_of_the_two_sentences_may_be_said() -> None:
    def meaning(*values: Observation) -> Meaning:
        return interpret_result(values, Rules(), "F")[1]

    assert meaning(NORMAL).may_say_normal
    assert not meaning(NORMAL).may_say_within_range
    assert meaning(INSIDE).may_say_within_range
    assert not meaning(INSIDE).may_say_normal
    assert meaning(BOTH).may_say_normal
    assert meaning(BOTH).may_say_within_range
    for other in (meaning(NORMAL, INSIDE), meaning(BOTH, OUTSIDE), meaning(BOTH, EARLY)):
        assert not other.may_say_normal
        assert not other.may_say_within_range


def test_s01_the_status_of_the_report_counts_where_a_value_has_none() -> None:
    assert interpret(NORMAL, Rules(), "P").interpretation == "preliminary"
    assert interpret(PANIC, Rules(), "P").preliminary
    assert interpret(value("7.9", "HH", status="F"), Rules(), "X").interpretation == "critical"
    assert interpret(value("", status="F"), Rules(), "X").interpretation == "cancelled"


@pytest.mark.parametrize("code", ["2823-3", "k-local", "K-LOCAL "])
def test_s01_a_limit_applies_by_any_code(code: str) -> None:
    both = (Code("2823-3", "Potassium", "LN"), Code("K-local", "Potassium", "L"))
    verdict = interpret(Observation(both, value="7.9"), Rules(limits={code: Limit(high=6.5)}))
    assert verdict.interpretation == "critical"


def test_s01_one_limit_in_the_right_unit_is_enough() -> None:
    """LOINC and local code may have limits in different units."""
    codes = (Code("2345-7"), Code("GLU"))
    limits = {"2345-7": Limit(high=450, unit="mg/dL"), "GLU": Limit(high=25, unit="mmol/L")}
    seen = [
        interpret(Observation(codes, value=text, unit="mmol/L", flags=("N",)), Rules(limits=limits))
        for text in ("5.2", "31")
    ]
    assert [verdict.interpretation for verdict in seen] == ["normal", "critical"]


def test_s01_a_hospital_edits_its_laboratories_flags() -> None:
    own = {"rpt": Interpretation.NOT_INTERPRETED, "Low  Crit": Interpretation.CRITICAL}
    own |= {"hh": Interpretation.NORMAL, "OK": Interpretation.NORMAL}
    found = [
        interpret(value("4.2", flag), Rules(own_flags=own)).interpretation
        for flag in ("RPT", "low crit", "LOWCRIT", "CRIT", "HH", "ok")
    ]
    assert found == [
        "not_interpreted",
        "critical",
        "critical",
        "not_interpreted",  # the table is theirs: the starter rows are gone
        "critical",  # no table makes a panic flag of the standard harmless
        "normal",  # the hospital's word for N
    ]


def test_an_observation_has_a_code_and_a_name() -> None:
    assert Observation((Code("", "Potassium"), Code("K", "Kalium"))).code == "K"
    assert Observation((Code("2823-3"), Code("K", "Kalium"))).name == "Kalium"
    assert Observation((Code("K"),)).name == "K"
    assert Observation(()).name == ""
