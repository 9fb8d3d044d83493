"""What a laboratory reports: ready or critical, by the sender's flag or by our own limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.cast import Cast
from wards.actions.results import Flag, Observation, _is_critical, report_result
from wards.kinds import Kind
from wards.models import CriticalLimit, Event, Outbox


def report(floor: Cast, *observations: Observation, **how: Any) -> Event:
    return report_result(
        hospital=floor.hospital,
        patient=floor.patient,
        test="Urea and electrolytes",
        observations=list(observations),
        **how,
    )


def creatinine(value: str, flag: Flag = Flag.NORMAL) -> Observation:
    return Observation("tt-0003-01", "Creatinine", value, "µmol/L", flag)


def test_a_normal_result_is_ready(floor: Cast) -> None:
    event = report(
        floor,
        creatinine("80"),
        ward=floor.renal,
        provider=floor.priya,
        source=Event.Source.HL7,
    )
    assert event.kind == Kind.TEST_RESULT_READY
    assert (event.patient, event.ward, event.provider) == (
        floor.patient,
        floor.renal,
        floor.priya,
    )
    assert event.source == "hl7"
    assert event.data == {"test": "Urea and electrolytes", "abnormal": False, "values": []}
    assert Outbox.objects.get().event == event


def test_an_abnormal_one_says_which_values(floor: Cast) -> None:
    event = report(
        floor, creatinine("142", Flag.ABNORMAL), Observation("na", "Sodium", "140", "mmol/L")
    )
    assert event.kind == Kind.TEST_RESULT_READY
    assert event.data["abnormal"] is True
    assert event.data["values"] == [{"name": "Creatinine", "value": "142", "unit": "µmol/L"}]


def test_the_senders_flag_makes_it_critical(floor: Cast) -> None:
    event = report(
        floor,
        Observation("k", "Potassium", "7.1", "mmol/L", Flag.CRITICAL),
        creatinine("142", Flag.ABNORMAL),
    )
    assert event.kind == Kind.TEST_RESULT_CRITICAL
    assert [value["name"] for value in event.data["values"]] == ["Potassium"]


def test_a_critical_flag_on_text_is_critical(floor: Cast) -> None:
    event = report(floor, Observation("mrsa", "MRSA", "positive", flag="HH"))
    assert event.kind == Kind.TEST_RESULT_CRITICAL


def test_the_hospitals_limit_makes_it_critical(floor: Cast) -> None:
    factories.create_limit(floor.hospital, high=300)
    assert report(floor, creatinine("310.5", Flag.ABNORMAL)).kind == Kind.TEST_RESULT_CRITICAL
    assert report(floor, creatinine("299.9", Flag.ABNORMAL)).kind == Kind.TEST_RESULT_READY


def test_another_hospitals_limit_does_not(floor: Cast) -> None:
    factories.create_limit(floor.other_hospital, high=300)
    assert report(floor, creatinine("310")).kind == Kind.TEST_RESULT_READY


def test_another_tests_limit_does_not(floor: Cast) -> None:
    factories.create_limit(floor.hospital, code="other", high=1)
    assert report(floor, creatinine("310")).kind == Kind.TEST_RESULT_READY


def test_it_asks_for_the_limits_of_many_values_at_once(
    floor: Cast, django_assert_max_num_queries: Any
) -> None:
    many = [Observation(f"c{n}", f"Test {n}", str(n)) for n in range(50)]
    with django_assert_max_num_queries(6):
        report(floor, *many)


@pytest.mark.parametrize(
    ("value", "critical"),
    [
        ("2.5", True),
        ("2.50", True),
        ("2.51", False),
        ("299.99", False),
        ("300", True),
        ("300.0", True),
        (" 300 ", True),
        ("-1", True),
        ("+300", True),
        ("3e2", True),
        ("<2.5", True),
        ("<=2.5", True),
        ("<300", False),
        ("<9000", False),
        (">2.5", False),
        (">-9000", False),
        (">300", True),
        (">=300", True),
        ("> 300", True),
        ("positive", False),
        ("", False),
        ("300 mg", False),
        ("1:320", False),
        ("nan", False),
    ],
)
def test_limits_are_inclusive(value: str, critical: bool) -> None:
    limit = CriticalLimit(code="x", low=2.5, high=300)
    assert _is_critical(Observation("x", "X", value), limit) is critical


def test_what_is_below_the_measurable_is_not_above_the_limit() -> None:
    """ "<15" says: at most 15. With a lower limit of 10 that may or may not be critical."""
    limit = CriticalLimit(code="x", high=300)
    assert not _is_critical(Observation("x", "X", "<15"), limit)
    assert not _is_critical(Observation("x", "X", "<15"), None)
    assert _is_critical(Observation("x", "X", "<15"), CriticalLimit(code="x", low=15))


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    low=st.none() | st.floats(allow_nan=False),
    high=st.none() | st.floats(allow_nan=False),
)
def test_any_number_is_critical_exactly_at_or_beyond_a_limit(
    value: float, low: float | None, high: float | None
) -> None:
    limit = CriticalLimit(code="x", low=low, high=high)
    expected = (low is not None and value <= low) or (high is not None and value >= high)
    assert _is_critical(Observation("x", "X", repr(value)), limit) is expected


@given(value=st.text(max_size=30))
def test_no_text_breaks_it(value: str) -> None:
    _is_critical(Observation("x", "X", value), CriticalLimit(code="x", low=1, high=2))
