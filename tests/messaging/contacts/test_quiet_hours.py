"""Quiet hours end when the clock on the wall says so, also across midnight and summer time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.contacts.quiet_hours import over_at

RIYADH, BERLIN = ZoneInfo("Asia/Riyadh"), ZoneInfo("Europe/Berlin")


def local(text: str, zone: ZoneInfo = RIYADH, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("at", "over"),
    [
        ("2026-11-20 20:59", None),
        ("2026-11-20 21:00", "2026-11-21 08:00"),
        ("2026-11-20 23:59", "2026-11-21 08:00"),
        ("2026-11-21 00:00", "2026-11-21 08:00"),
        ("2026-11-21 07:59", "2026-11-21 08:00"),
        ("2026-11-21 08:00", None),
        ("2026-12-31 23:00", "2027-01-01 08:00"),
    ],
)
def test_across_midnight(at: str, over: str | None) -> None:
    found = over_at(local(at), time(21), time(8), RIYADH)
    assert found == (local(over) if over else None)


@pytest.mark.parametrize(
    ("at", "over"), [("12:59", None), ("13:00", "15:00"), ("14:59", "15:00"), ("15:00", None)]
)
def test_within_a_day(at: str, over: str | None) -> None:
    found = over_at(local(f"2026-11-20 {at}"), time(13), time(15), RIYADH)
    assert found == (local(f"2026-11-20 {over}") if over else None)


def test_the_same_time_twice_is_none_at_all() -> None:
    for hour in range(24):
        assert over_at(local(f"2026-11-20 {hour:02}:00"), time(8), time(8), RIYADH) is None


def test_the_hospitals_clock_counts_not_the_servers() -> None:
    at = datetime(2026, 11, 20, 19, tzinfo=UTC)  # 22:00 in Riyadh, 20:00 in Berlin
    assert over_at(at, time(21), time(8), RIYADH) == local("2026-11-21 08:00")
    assert over_at(at, time(21), time(8), BERLIN) is None


def test_the_night_in_which_the_clocks_go_forward() -> None:
    at = local("2026-03-28 22:00", BERLIN)
    found = over_at(at, time(21), time(8), BERLIN)
    assert found == local("2026-03-29 08:00", BERLIN)
    assert found - at.astimezone(UTC) == timedelta(hours=9)


def test_an_end_that_is_skipped_comes_an_hour_later() -> None:
    at = local("2026-03-29 01:30", BERLIN)
    assert over_at(at, time(21), time(2, 30), BERLIN) == local("2026-03-29 03:30", BERLIN)


def test_an_end_that_comes_twice_counts_the_second_time() -> None:
    at = local("2026-10-25 02:10", BERLIN, fold=1)
    second = local("2026-10-25 02:30", BERLIN, fold=1).astimezone(UTC)
    assert over_at(at, time(21), time(2, 30), BERLIN) == second


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(
        ["Asia/Riyadh", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]
    ),
)
def test_they_end_later_but_within_a_day_or_so(
    at: datetime, begin: time, end: time, zone: str
) -> None:
    over = over_at(at, begin, end, ZoneInfo(zone))
    assert over is None or at < over <= at + timedelta(hours=25)
    if over is not None:
        assert begin != end
