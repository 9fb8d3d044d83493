"""Rule S1 for any value, flag, range and status: what may never be said; and nothing breaks."""

import time
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.wards.results.table import rows
from wards.results import words
from wards.results.flags import STARTER_FLAGS, TABLE_0078
from wards.results.interpretation import (
    Interpretation,
    Limit,
    Rules,
    interpret,
    interpret_result,
)
from wards.results.observations import Code, Observation
from wards.results.statuses import STANDINGS

SENT = [row.observation for row in rows()]
RULES = [row.rules for row in rows()]


def pieces(name: str) -> st.SearchStrategy[str]:
    """What laboratories send in a field, cut up, glued together, and any text at all."""
    sent = st.sampled_from(sorted({getattr(observation, name) for observation in SENT}))
    return st.one_of(sent, st.lists(sent, max_size=3).map("".join), st.text(max_size=20))


flags = st.lists(
    st.one_of(st.sampled_from([*TABLE_0078, *STARTER_FLAGS]), st.just("N"), st.text(max_size=8)),
    max_size=3,
).map(tuple)
statuses = st.one_of(st.sampled_from(["F", "", "F", *STANDINGS]), st.text(max_size=3))
observations = st.builds(
    Observation,
    codes=st.just((Code("2823-3"),)),
    type=st.sampled_from(["NM", "SN", "ST", "CWE", "CE", "TX", "FT", "ED", "RP", "", "DT"]),
    value=pieces("value"),
    unit=pieces("unit"),
    range=pieces("range"),
    flags=flags,
    status=statuses,
)
rules = st.one_of(
    st.sampled_from(RULES),
    st.builds(
        Rules,
        limits=st.fixed_dictionaries(
            {"2823-3": st.builds(Limit, low=st.floats(), high=st.floats(), unit=pieces("unit"))}
        ),
        decimal=st.sampled_from(["", ".", ","]),
        sex=st.sampled_from(["", "F", "M", "U"]),
    ),
)


def carries_n(observation: Observation) -> bool:
    """By the standard, read by other means than the product's: a repetition whose code is N."""
    fields = [part.split("^") for flag in observation.flags for part in flag.split("~")]
    said = [next((c for c in parts if c.strip(' "')), "") for parts in fields]
    return "N" in [unicodedata.normalize("NFKC", s).strip(' ."()[]{}\n\t').upper() for s in said]


@given(st.lists(observations, max_size=4), rules, statuses)
def test_s01_normal_is_said_only_if_every_value_carries_n(
    values: list[Observation], rules: Rules, status: str
) -> None:
    verdicts, meaning = interpret_result(values, rules, status)
    said = [
        observation
        for observation, verdict in zip(values, verdicts, strict=True)
        if verdict.counts and verdict.interpretation not in ("cancelled", "withdrawn")
    ]
    if meaning.may_say_normal:
        assert said
        assert all(map(carries_n, said))
    if meaning.may_say_within_range:
        assert said
        assert all(o.value.strip() and o.range.strip() for o in said)
    if meaning.interpretation == "normal":
        assert meaning.may_say_normal or meaning.may_say_within_range
    else:
        assert not meaning.may_say_normal
        assert not meaning.may_say_within_range


numbers = st.decimals(-9999, 9999, places=2)
STYLES = (
    "{a}-{b}",
    "{a} - {b}",
    "{a}–{b}",
    "{a} to {b}",
    "({a}-{b})",
    "[{a};{b}]",
    "{a} .. {b} g/L",
)


@given(numbers, numbers, numbers, st.sampled_from(STYLES), st.booleans(), st.booleans())
def test_s01_within_the_range_is_said_only_inside_it(
    number: Decimal, one: Decimal, other: Decimal, style: str, comma: bool, arabic: bool
) -> None:
    low, high = sorted((one, other))
    value, span = f"{number}", style.format(a=low, b=high)
    if comma:
        value, span = value.replace(".", ","), span.replace(".", ",").replace(",,", "..")
    if arabic:
        value = value.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    seen = interpret(Observation((Code("X"),), type="NM", value=value, range=span), Rules())
    assert seen.within_range is (low <= number <= high)
    assert seen.interpretation == ("normal" if low <= number <= high else "abnormal")
    assert not seen.readings


@given(numbers, numbers, st.sampled_from(["", "<", ">", "<=", ">=", "≤", "≥"]), st.booleans())
def test_s01_critical_is_at_or_beyond_the_limit(
    number: Decimal, end: Decimal, comparator: str, upper: bool
) -> None:
    """A value with a comparator counts on its own side only; where it may be beyond, it is open."""
    limit = Limit(high=end) if upper else Limit(low=end)
    seen = interpret(
        Observation((Code("X"),), type="SN", value=f"{comparator}{number}", flags=("N",)),
        Rules(limits={"X": limit}),
    )
    beyond = number >= end if upper else number <= end
    opens_upwards, opens_downwards = comparator[:1] in (">", "≥"), comparator[:1] in ("<", "≤")
    if beyond and not (opens_downwards if upper else opens_upwards):
        assert seen.interpretation == "critical"
    else:
        assert seen.interpretation == ("normal" if not comparator else seen.interpretation)
        assert seen.interpretation != "critical"


@given(
    st.integers(1, 999),
    st.integers(0, 999),
    st.integers(-10, 10**6),
    st.integers(-10, 10**6),
    st.booleans(),
)
def test_s01_of_two_readings_the_more_dangerous_counts(
    whole: int, rest: int, one: int, other: int, flagged: bool
) -> None:
    text, low, high = f"{whole},{rest:03}", *sorted((one, other))
    assume(rest)
    both = (Decimal(whole * 1000 + rest), Decimal(f"{whole}.{rest:03}"))
    sent = {"codes": (Code("X"),), "type": "NM", "value": text, "flags": ("N",) * flagged}
    limited = interpret(Observation(**sent), Rules(limits={"X": Limit(low, high)}))  # type: ignore[arg-type]
    beyond = [reading <= low or reading >= high for reading in both]
    assert (limited.interpretation == "critical") is any(beyond)
    ranged = interpret(Observation(**sent, range=f"{low}-{high}"), Rules())  # type: ignore[arg-type]
    inside = [low <= reading <= high for reading in both]
    assert ranged.within_range is all(inside)
    assert (ranged.interpretation == "abnormal") is not all(inside)
    assert set(map(Decimal, ranged.readings)) == set(both)
    assert ranged.readings == limited.readings


@given(observations, rules, st.sampled_from([f for f in TABLE_0078 if f != "N"]))
def test_s01_one_flag_more_makes_nothing_harmless(
    observation: Observation, rules: Rules, flag: str
) -> None:
    """Another flag than N never takes a value nearer to normal; a panic flag is always critical."""
    fewer = interpret(observation, rules)
    more = interpret(
        Observation(**{**vars(observation), "flags": (*observation.flags, flag)}), rules
    )
    if fewer.interpretation in ("critical", "abnormal", "cancelled", "withdrawn"):
        assert list(Interpretation).index(more.interpretation) <= list(Interpretation).index(
            fewer.interpretation
        )
    if flag in ("HH", "LL", "AA") and fewer.interpretation not in ("cancelled", "withdrawn"):
        assert more.interpretation == "critical"
    if more.interpretation == "normal":
        assert fewer.interpretation == "normal"


@given(observations, rules)
def test_s01_what_is_found_is_never_normal_without_n(
    observation: Observation, rules: Rules
) -> None:
    seen = interpret(observation, rules)
    if seen.interpretation == "normal" and not carries_n(observation):
        assert seen.within_range
        assert observation.range.strip()
    if seen.within_range and not any(map(str.isdecimal, observation.value)):
        assert words.canonical(observation.value) == words.canonical(observation.range)


HOSTILE = (
    "1", "1,", "1.", "1 ", "1 111", "-", "1-", "1.1-", "<", "< ", "<=", "(", "[1;", "{", "^", "1^",
    "10^", "x10", "~", "1~", "a", "a ", "a/", "/a", "N ", "N~", "H,", "*", "!", "not ", "rh (d",
    "e", "gram ", "rh ", "no positive ", "more than ", "up to", "M 1-2 ", "M:", "٣", "٫", "١٬",
    "\u200f", "\n", ";", "1e", "1e9", "&lt;", "⁹", "10⁹", "ﷺ", "\u0300",
    "أكثر من ", "'", "1'", '"', "1 to ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_s01_hostile_text_takes_no_time(piece: str) -> None:
    """In every field at once, 200,000 characters long: linear time, and no verdict that soothes."""
    text = piece * (200_000 // len(piece))
    given = Rules(limits={"X": Limit(1, 2, "mmol/L")})
    began = time.process_time()
    for kind in ("NM", "ST", "TX"):
        observation = Observation((Code("X"),), "", kind, text, text, text, (text,), "F")
        assert interpret(observation, given).interpretation != "normal"
        short = Observation((Code("X"),), "", kind, text[:99], text[:39], text[:199], (text[:79],))
        interpret(short, given)
    assert time.process_time() - began < 3
