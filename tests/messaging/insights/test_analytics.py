"""Analytics: figures over any days, percentiles within what they promise, files, better hours."""

import csv
import io
import math
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.insights import hours, metrics
from messaging.insights.hours import Day, Hour
from messaging.insights.metrics import percentile
from messaging.insights.spans import Span, Step
from messaging.models import Message, TemplateVersion
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.insights.test_dashboard import write
from wards.models import Hospital

S = Status
# A busy machine is no fault of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
URL = "/notifications/analytics/"


def table(client: Client, name: str, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"{URL}export/?table={name}{query}")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


class TestSpans:
    @unhurried
    @given(st.dates(date(2001, 1, 1), date(2100, 1, 1)), st.integers(1, 900), st.sampled_from(Step))
    def test_every_day_is_in_one_point(self, first: date, days: int, step: Step) -> None:
        span = Span(first, first + timedelta(days=days - 1))
        points = span.points(step)
        assert points[0] <= span.first
        assert points == sorted(set(points))
        assert span.before.last + timedelta(days=1) == span.first
        assert span.before.days == span.days == days
        for day in (span.first, span.last):
            assert sum(at <= day for at in points) >= 1
        assert points[-1] <= span.last

    @pytest.mark.parametrize(
        ("query", "first", "last"),
        [
            ("since=2026-03-01&until=2026-03-31", "2026-03-01", "2026-03-31"),
            ("until=2026-03-31", "2026-03-02", "2026-03-31"),
            ("since=2016-03-01&until=2026-03-31", "2023-03-29", "2026-03-31"),
        ],
    )
    def test_from_to(self, dana: Client, floor: Cast, query: str, first: str, last: str) -> None:
        context = dana.get(f"{URL}?{query}").context
        assert (str(context["span"].first), str(context["span"].last)) == (first, last)
        assert context["days"] is None

    @pytest.mark.parametrize(
        "query",
        ["", "days=12", "since=x", "since=2026-03-31&until=2026-03-01", "until=9999-12-31",
         "until=0001-01-01", "by=year"],
    )  # fmt: skip
    def test_what_makes_no_sense(self, dana: Client, floor: Cast, query: str) -> None:
        context = dana.get(f"{URL}?{query}").context
        assert (context["days"], context["step"]) == (30, Step.DAY)

    def test_the_steps(self, dana: Client, floor: Cast) -> None:
        write(floor.hospital, 2)
        write(floor.hospital, 3, days_ago=300)
        for query, points in (("days=7", 7), ("days=365", 53), ("days=365&by=month", 13)):
            chart = dana.get(f"{URL}?{query}").context["chart"]
            assert len(chart.labels) in (points, points - 1), query
            total = sum(sum(series.values) for series in chart.series)
            assert total == (2 if query == "days=7" else 5)


class TestTimes:
    @unhurried
    @given(st.lists(st.floats(min_value=0.11, max_value=3e6), min_size=1, max_size=300))
    def test_percentiles_are_within_five_percent(self, seconds: list[float]) -> None:
        seconds.sort()
        counts: dict[int, int] = {}
        for each in seconds:
            bucket = math.floor(math.log(each) / math.log(metrics.WAIT_BASE))
            counts[bucket] = counts.get(bucket, 0) + 1
        for percent in metrics.PERCENTILES:
            exact = seconds[math.ceil(len(seconds) * percent / 100) - 1]
            assert percentile(sorted(counts.items()), percent) == pytest.approx(exact, rel=0.05)

    def test_they_come_from_the_database(self, floor: Cast) -> None:
        sent = timezone.now()
        for number in range(1, 101):
            late: dict[str, Any] = {
                "sent_at": sent,
                "delivered_at": sent + timedelta(seconds=number),
            }
            write(floor.hospital, **late)
        write(floor.hospital, channel="email", sent_at=sent, delivered_at=sent)
        waits = metrics.waits(Span.of_days(7))
        for percent in metrics.PERCENTILES:
            assert waits["sms"][percent] == pytest.approx(percent, rel=0.05)
        assert waits["email"][50] == pytest.approx(0.1, rel=0.05), "not longer than can be told"


class TestTables:
    def test_templates(self, dana: Client, floor: Cast) -> None:
        one, two = TemplateVersion.objects.filter(template__channel="sms")[:2]
        write(floor.hospital, 3, version=one)
        write(floor.hospital, 1, version=one, status=S.BOUNCED)
        write(floor.hospital, 2, version=two, status=S.READ)
        with scope(hospital=floor.other_hospital.pk):
            theirs = TemplateVersion.objects.first()
        write(floor.other_hospital, 9, version=theirs)
        used = dana.get(URL).context["templates"]
        assert [(u.template, u.figures.total, u.figures.rate) for u in used] == [
            (one.template_id, 4, 75),
            (two.template_id, 2, 100),
        ]
        rows = table(dana, "templates")
        assert [(r["Total"], r["Success_Rate"]) for r in rows] == [("4", "75.0"), ("2", "100.0")]

    def test_costs_of_different_currencies_are_apart(self, dana: Client, floor: Cast) -> None:
        for amount, currency, country in (
            ("0.5", "SAR", "SA"),
            ("1", "SAR", "DE"),
            ("9", "USD", ""),
        ):
            write(
                floor.hospital, 2, cost=Decimal(amount), currency=currency, country=country,
                provider="twilio",
            )  # fmt: skip
        write(floor.hospital, 5)
        context = dana.get(URL).context
        assert context["spent"] == {"SAR": Decimal(3), "USD": Decimal(18)}
        assert [
            (row["Country"], row["Messages"], row["Parts"], row["Cost"], row["Currency"])
            for row in table(dana, "costs")
        ] == [
            ("DE", "2", "2", "2.0000", "SAR"),
            ("SA", "2", "2", "1.0000", "SAR"),
            ("", "2", "2", "18.0000", "USD"),
        ]

    def test_the_files_say_what_the_page_says(self, dana: Client, floor: Cast) -> None:
        sent = timezone.now()
        write(floor.hospital, 60, sent_at=sent, delivered_at=sent + timedelta(seconds=9))
        write(floor.hospital, 2, channel="email", status=S.FAILED, reason="=cmd()")
        write(floor.hospital, 1, days_ago=40)
        trend = table(dana, "trend", "&days=7")
        assert [row["Total"] for row in trend] == ["0"] * 6 + ["62"]
        assert len(table(dana, "trend", "&days=90&by=week")) in (13, 14)
        sms, email = table(dana, "channels")
        assert (sms["Channel"], sms["Total"], email["Failed"]) == ("sms", "60", "2")
        assert float(sms["P95_Seconds"]) == pytest.approx(9, rel=0.05)
        assert table(dana, "reasons")[0]["Reason"] == "'=cmd()"
        assert table(dana, "hours")[0]["Sent"] == "60"

    def test_no_such_table(self, dana: Client, floor: Cast) -> None:
        assert dana.get(f"{URL}export/?table=users").status_code == 404


def day(*shares: tuple[int, int], by_reading: bool = True) -> Day:
    """Hours with so many sent and soon; the others without any."""
    given = dict(enumerate(shares, start=8))
    return Day("sms", by_reading, [Hour(h, *given.get(h, (0, 0))) for h in range(24)])


class TestBetterHour:
    def test_one_that_is_surely_better(self) -> None:
        advice = hours.advice_of(day((500, 200), (500, 210), (500, 350)))
        assert advice is not None
        assert advice.best == (10, 500, 350)
        assert round(advice.day.all.share, 1) == 50.7

    @pytest.mark.parametrize(
        "shares",
        [
            (),
            ((500, 250), (500, 260), (500, 270)),  # chance
            ((500, 200), (500, 210), (40, 40)),  # too few
            ((500, 500), (500, 500)),  # all the same
            ((500, 0), (500, 0)),
        ],
    )
    def test_none(self, shares: tuple[tuple[int, int], ...]) -> None:
        assert hours.advice_of(day(*shares)) is None

    def test_chance_finds_none(self) -> None:
        """Where all hours are alike, the best of 24 is not suggested, but in one case of many."""
        chance, found = random.Random(3), 0
        for _ in range(300):
            alike = [(100, sum(chance.random() < 0.5 for _ in range(100))) for _ in range(16)]
            found += hours.advice_of(day(*alike)) is not None
        assert found <= 5

    def test_wilson(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Against the interval as textbooks have it: 80 of 100, at 95 %."""
        monkeypatch.setattr(hours, "Z", 1.96)
        assert Hour(9, 100, 80).at_least == pytest.approx(71.12, abs=0.01)
        assert Hour(9, 0, 0).at_least == 0
        assert Hour(9, 100, 0).at_least == 0

    def test_from_messages(self, floor: Cast, dana: Client) -> None:
        Hospital.objects.filter(pk=floor.hospital.pk).update(timezone="Asia/Riyadh")
        zone = ZoneInfo("Asia/Riyadh")
        today = timezone.localdate(timezone=zone)
        patient = factories.create_patient(floor.hospital)

        def send(hour: int, number: int, minutes: int, **fields: Any) -> None:
            at = datetime(today.year, today.month, today.day, hour, 5, tzinfo=zone)
            at -= timedelta(days=1)
            read = at + timedelta(minutes=minutes)
            times = {"created_at": at, "sent_at": at, "delivered_at": at, "read_at": read}
            given = (
                {"topic": "care", "channel": "whatsapp", "status": S.READ, "due_at": None}
                | times
                | fields
            )
            with scope(hospital=floor.hospital.pk):
                Message.objects.bulk_create(
                    Message(
                        hospital=floor.hospital, patient=patient, address="+1",
                        language="en", body="x", **given,
                    )
                    for _ in range(number)
                )  # fmt: skip

        send(9, 80, minutes=90)
        send(9, 20, minutes=10)
        send(19, 60, minutes=10)
        send(19, 60, minutes=10, topic="staff")
        send(19, 60, minutes=10, created_at=timezone.now() - timedelta(days=200))
        advice = hours.advice("whatsapp")
        assert advice is not None
        assert advice.best == (19, 60, 60)
        assert advice.day.all == (-1, 160, 80)
        assert advice.day.by_reading
        assert hours.advice("sms") is None
        page = dana.get(URL).content.decode()
        assert "100% of 60 were read within an hour; usual are 50% of 160." in page
        with scope(hospital=floor.other_hospital.pk):
            assert hours.advice("whatsapp") is None
