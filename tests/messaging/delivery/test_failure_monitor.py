"""Too many failures, a carrier that does not answer: told once, and again only the next time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from config.celery import app
from inbox.models import Level, Notification
from messaging import tasks
from messaging.delivery import failure_monitor
from messaging.models import CarrierState, Message, MessageLog, MessagingPolicy
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast, create_cast
from wards.kinds import Kind
from wards.models import Event, Hospital, User

pytestmark = pytest.mark.django_db(transaction=True)

RATE, UNREACHABLE = Kind.MESSAGING_FAILURE_RATE, Kind.PROVIDER_UNREACHABLE


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def told(kind: Kind, hospital: Hospital) -> list[Event]:
    with scopes_disabled():
        return list(Event.objects.filter(kind=kind, hospital=hospital).order_by("id"))


def hear_of(cast: Cast, status: Status, number: int, *, ago: float = 0.0) -> None:
    """So many messages got this status so many minutes ago."""
    at = timezone.now() - timedelta(minutes=ago)
    with scopes_disabled():
        made = Message.objects.bulk_create(
            Message(
                hospital=cast.hospital,
                topic="care",
                channel="sms",
                address="+966501234567",
                language="en",
                body="Hello",
                status=status,
                due_at=None,
            )
            for _ in range(number)
        )
        MessageLog.objects.bulk_create(
            MessageLog(message=message, status=status, channel="sms", at=at) for message in made
        )


def titles(user: User) -> list[str]:
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=user).order_by("id")
        return list(mine.values_list("title", flat=True))


class TestRate:
    @pytest.mark.parametrize(
        ("sent", "failed", "tells"),
        [
            (95, 5, False),
            (94, 6, True),
            (0, 20, True),
            (0, 19, False),
            (18, 1, False),
            (0, 0, False),
        ],
    )
    def test_it_tells_above_five_percent_of_enough(
        self, cast: Cast, sent: int, failed: int, tells: bool
    ) -> None:
        hear_of(cast, Status.SENT, sent)
        hear_of(cast, Status.FAILED, failed)
        failure_monitor.look()
        assert len(told(RATE, cast.hospital)) == tells
        assert told(RATE, cast.other_hospital) == []

    def test_what_bounces_has_failed(self, cast: Cast) -> None:
        hear_of(cast, Status.BOUNCED, 20)
        failure_monitor.look()
        assert told(RATE, cast.hospital)[0].data == {"failed": 20, "total": 20, "minutes": 15}

    def test_what_is_long_ago_does_not_count(self, cast: Cast) -> None:
        hear_of(cast, Status.FAILED, 50, ago=16)
        hear_of(cast, Status.SENT, 50, ago=1)
        failure_monitor.look()
        assert told(RATE, cast.hospital) == []

    def test_what_failed_and_arrived_in_the_end_has_not_failed(self, cast: Cast) -> None:
        hear_of(cast, Status.FAILED, 30)
        with scopes_disabled():
            Message.objects.update(status=Status.DELIVERED)
        failure_monitor.look()
        assert told(RATE, cast.hospital) == []

    def test_an_episode_is_told_once(self, cast: Cast) -> None:
        hear_of(cast, Status.FAILED, 30)
        for _ in range(3):
            tasks.look_for_failures()
        assert len(told(RATE, cast.hospital)) == 1
        with scopes_disabled():
            MessageLog.objects.update(at=timezone.now() - timedelta(hours=1))
        failure_monitor.look()
        hear_of(cast, Status.FAILED, 30)
        failure_monitor.look()
        assert len(told(RATE, cast.hospital)) == 2

    def test_the_hospital_says_how_much_is_too_much(self, cast: Cast) -> None:
        with scopes_disabled():
            MessagingPolicy.objects.create(hospital=cast.hospital, failure_limit=50)
        hear_of(cast, Status.SENT, 10)
        hear_of(cast, Status.FAILED, 10)
        failure_monitor.look()
        assert told(RATE, cast.hospital) == []

    def test_several_who_look_at_once_tell_once(self, cast: Cast) -> None:
        hear_of(cast, Status.FAILED, 30)

        def look(_: int) -> None:
            try:
                failure_monitor.look()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(look, range(4)))
        assert len(told(RATE, cast.hospital)) == 1

    def test_front_desk_and_admins_see_it(self, cast: Cast) -> None:
        hear_of(cast, Status.FAILED, 30)
        failure_monitor.look()
        for user in (cast.dana, cast.alice):
            assert titles(user) == ["Many messages are failing"]
        assert titles(cast.noor) == titles(cast.zed) == []
        with scopes_disabled():
            alert = Notification.objects.filter(recipient=cast.dana).get()
        assert alert.message == "30 of 30 in the last 15 minutes."
        assert (alert.level, alert.link) == (Level.ERROR, "/notifications/messages/")


class TestCarrier:
    def rest(self, times: int) -> None:
        CarrierState.objects.update_or_create(name="sandbox", defaults={"rests": times})

    def test_it_tells_when_a_provider_rests_again_and_again(self, cast: Cast) -> None:
        self.rest(failure_monitor.RESTS - 1)
        failure_monitor.look()
        assert told(UNREACHABLE, cast.hospital) == []
        self.rest(failure_monitor.RESTS)
        failure_monitor.look()
        self.rest(failure_monitor.RESTS + 5)
        failure_monitor.look()
        assert [event.data for event in told(UNREACHABLE, cast.hospital)] == [
            {"subject": "sandbox"}
        ]
        assert titles(cast.dana) == titles(cast.alice) == ["sandbox does not answer"]
        assert len(told(UNREACHABLE, cast.other_hospital)) == 1

    def test_the_next_time_is_told_again(self, cast: Cast) -> None:
        for times in (failure_monitor.RESTS, 0, failure_monitor.RESTS):
            self.rest(times)
            failure_monitor.look()
        assert len(told(UNREACHABLE, cast.hospital)) == 2


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no_address", "SMS. There is no number or address for this channel."),
        ("no_value: x", "SMS. The template asks for something that is not known here: x"),
        ("30007", "SMS. The carrier says: The carrier took the words for spam. (30007)"),
        ("X-77", "SMS. The carrier says: X-77"),
    ],
)
def test_a_message_that_failed_for_good_is_shown_to_the_front_desk(
    cast: Cast, reason: str, said: str
) -> None:
    data = {"message": 7, "channel": "sms", "reason": reason}
    factories.record_event(cast.hospital, Kind.MESSAGE_FAILED, patient=cast.patient, data=data)
    with scopes_disabled():
        alert = Notification.objects.filter(recipient=cast.dana).get()
    assert alert.title == "A message to Pat Patel failed"
    assert alert.message == said
    assert alert.link == "/notifications/messages/7/"


def test_beat_looks_every_minute() -> None:
    entries = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    assert entries["messaging.tasks.look_for_failures"] == 60
