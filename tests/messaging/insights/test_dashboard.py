"""The dashboard: right figures, one's own hospital's, in as many queries for many as for few."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope

from messaging.insights import counters
from messaging.models import Campaign, CarrierState, Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from wards.models import Hospital

S = Status
HOME = "/notifications/"
HTMX = {"hx-request": "true"}


def write(hospital: Hospital, number: int = 1, *, days_ago: int = 0, **fields: Any) -> None:
    """Messages of that day, at an hour that is over."""
    at = timezone.now() - timedelta(days=days_ago)
    patient = factories.create_patient(hospital)
    given = {"created_at": at, "due_at": None, "parts": 1, "status": S.DELIVERED} | fields
    for _ in range(number):
        factories.create_message(patient, **given)


def shown(client: Client, query: str = "") -> dict[str, Any]:
    """The cards' figures and changes by name."""
    context = client.get(HOME + query).context
    return {stat.name: (stat.value, stat.change) for stat in context["stats"]}


class TestFigures:
    def test_now_and_before(self, dana: Client, floor: Cast) -> None:
        for status, now, before in [
            (S.DELIVERED, 5, 4),
            (S.READ, 4, 0),
            (S.FAILED, 1, 0),
            (S.BOUNCED, 2, 1),
            (S.QUEUED, 2, 0),
            (S.SENDING, 1, 0),
            (S.SENT, 1, 0),
            (S.SUPPRESSED, 3, 1),
            (S.CANCELLED, 1, 0),
        ]:
            write(floor.hospital, now, status=status)
            write(floor.hospital, before, status=status, days_ago=10)
        write(floor.other_hospital, 50)
        assert shown(dana, "?days=7") == {
            "total": (20, pytest.approx(100 * 14 / 6)),
            "arrived": (9, 125),
            "lost": (3, 200),
            "waiting": (3, None),
            "rate": (75, pytest.approx(-5)),
        }
        assert shown(dana, "?days=30")["total"] == (26, None)
        page = dana.get(HOME + "?days=7").content.decode()
        assert '<dd class="stat-value" data-stat="total">20</dd>' in page
        assert "<bdi>75%</bdi>" in page
        assert "3 messages failed" in page

    def test_by_channel(self, dana: Client, floor: Cast) -> None:
        write(floor.hospital, 3)
        write(floor.hospital, 2, channel="email", status=S.BOUNCED)
        write(floor.hospital, 1, channel="email", status=S.READ)
        channels = dana.get(HOME).context["channels"]
        assert {name: (f.total, f.arrived, f.lost) for name, f in channels.items()} == {
            "sms": (3, 3, 0),
            "email": (3, 1, 2),
        }

    def test_each_day_is_in_the_chart(self, dana: Client, floor: Cast) -> None:
        write(floor.hospital, 2)
        write(floor.hospital, 3, days_ago=6)
        write(floor.hospital, 4, days_ago=7)
        chart = dana.get(HOME + "?days=7").context["chart"]
        sums = [sum(series.values[at] for series in chart.series) for at in range(7)]
        assert sums == [3, 0, 0, 0, 0, 0, 2]
        assert [len(values) for _, values in chart.rows] == [5] * 7

    def test_the_day_is_the_hospitals(self, dana: Client, floor: Cast) -> None:
        Hospital.objects.filter(pk=floor.hospital.pk).update(timezone="Pacific/Kiritimati")
        write(floor.hospital)
        chart = dana.get(HOME).context["chart"]
        assert sum(series.values[-1] for series in chart.series) == 1

    def test_why_they_failed(self, dana: Client, floor: Cast) -> None:
        for number, reason in ((4, "30003"), (3, "no_value: bed_number"), (2, "x"), (1, "y")):
            write(floor.hospital, number, status=S.FAILED, reason=reason)
        write(floor.hospital, 9, status=S.SUPPRESSED, reason="opted_out")
        context = dana.get(HOME).context
        assert context["reasons"] == [("30003", 4, 40), ("no_value", 3, 30), ("x", 2, 20)]

    def test_whatever_is_asked_for(self, dana: Client, floor: Cast) -> None:
        for query in ("?days=8", "?days=-7", "?days=x", "?days=99999999999999999999", ""):
            assert dana.get(HOME + query).context["days"] == 30

    def test_nothing_yet(self, dana: Client, floor: Cast) -> None:
        page = dana.get(HOME).content.decode()
        assert page.count("No messages in these days.") == 2
        assert "Nothing failed in these days." in page
        assert "Nothing has been sent yet." in page
        assert "nothing waits for you" in page
        assert "<canvas>" not in page


class TestAttention:
    def words(self, client: Client) -> list[str]:
        return [item.text for item in client.get(HOME).context["attention"]]

    def test_what_is_overdue(self, dana: Client, floor: Cast) -> None:
        late = timezone.now() - timedelta(minutes=6)
        write(floor.other_hospital, status=S.QUEUED, due_at=late)
        write(floor.hospital, status=S.QUEUED, due_at=timezone.now() + timedelta(hours=1))
        assert self.words(dana) == []
        write(floor.hospital, status=S.QUEUED, due_at=late)
        assert self.words(dana) == ["Messages are overdue"]

    def test_a_provider_that_rests(self, dana: Client, floor: Cast) -> None:
        state = CarrierState.objects.create(name="twilio")
        assert self.words(dana) == []
        state.rests_until = timezone.now() + timedelta(minutes=1)
        state.save()
        assert self.words(dana) == ["Twilio does not answer"]

    def test_bulk_sends(self, dana: Client, floor: Cast) -> None:
        made = {"name": "Flu", "audience": "all", "topic": "care", "channels": ["sms"]}
        for hospital, by in ((floor.hospital, floor.dana), (floor.other_hospital, floor.zed)):
            with scope(hospital=hospital.pk):
                for status in Campaign.Status:
                    Campaign.objects.create(hospital=hospital, created_by=by, status=status, **made)
        assert self.words(dana) == [
            "1 bulk send waits for approval",
            "1 bulk send is paused",
            "1 bulk send failed",
            "1 bulk send is going out",
            "1 bulk send is scheduled",
        ]


class TestQueries:
    def count(self, client: Client, address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counted = [q["sql"] for q in captured if "COUNT(" in q["sql"] and "_message" in q["sql"]]
        assert not counted, "nobody counts messages"
        return len(captured)

    @pytest.mark.parametrize(
        "address",
        [HOME, f"{HOME}?days=90", f"{HOME}analytics/", f"{HOME}analytics/?days=365&by=month"],
    )
    def test_as_many_for_many_as_for_few(self, dana: Client, floor: Cast, address: str) -> None:
        factories.create_delivered(floor.hospital)
        dana.get(address)
        few = self.count(dana, address)
        for status in S:
            for channel in ("sms", "whatsapp", "email"):
                for days_ago in (0, 3, 40):
                    write(floor.hospital, 2, channel=channel, status=status, days_ago=days_ago)
        for _ in range(12):
            factories.create_delivered(floor.hospital, status=S.FAILED, reason="z")
        assert self.count(dana, address) == few
        counters.fold()
        assert self.count(dana, address) == few
        assert few <= 25

    def test_a_part_is_only_the_part(self, dana: Client, floor: Cast) -> None:
        for address in (HOME, f"{HOME}analytics/"):
            part = dana.get(address, headers=HTMX).content.decode()
            assert part.lstrip().startswith("<div id=")
            assert "<html" not in part


def test_a_message_that_is_sent_again_moves_the_figures(dana: Client, floor: Cast) -> None:
    write(floor.hospital, 2, status=S.FAILED)
    assert shown(dana)["lost"][0] == 2
    Message.objects.update(status=S.READ)
    assert shown(dana)["lost"][0] == 0
    assert shown(dana)["arrived"][0] == 2
