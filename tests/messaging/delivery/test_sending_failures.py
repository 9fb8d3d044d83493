"""What becomes of a message when its carrier refuses it, does not answer, or is away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.carriers.base import Refusal
from messaging.channels import Channel
from messaging.delivery import claims, origins, transitions
from messaging.models import CarrierState, Message, MessageLog
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.outbox import (
    Scripted,
    drain,
    make_due,
    queue_message,
    queue_messages,
    steps,
)
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.usefixtures("unscoped")


def seconds_until_due(message: Message) -> float:
    message.refresh_from_db()
    assert message.due_at is not None
    return (message.due_at - timezone.now()).total_seconds()


class TestFailing:
    def test_it_is_tried_again_after_60_120_and_240_seconds(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        message = queue_message(cast.hospital)
        for seconds in (60, 120, 240):
            scripted.script = [Refusal("busy")]
            drain(scripted)
            assert seconds - 5 < seconds_until_due(message) <= seconds
            assert (message.status, message.reason) == (Status.FAILED, "busy")
            assert drain(scripted) == [], "before its time"
            make_due(message)
        scripted.script = [Refusal("busy")]
        drain(scripted)
        message.refresh_from_db()
        assert (message.status, message.due_at, message.attempts) == (Status.FAILED, None, 4)
        assert steps(message) == ["queued", *["sending", "failed"] * 4]
        event = Event.objects.get(kind=Kind.MESSAGE_FAILED)
        assert event.data == {"message": message.pk, "channel": "sms", "reason": "busy"}

    def test_the_provider_may_ask_for_more_time(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Refusal("429", retry_after=900))
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        assert 890 < seconds_until_due(message) <= 900

    def test_a_permanent_failure_is_not_tried_again(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        message = queue_message(cast.hospital, patient=cast.patient)
        drain(carrier)
        message.refresh_from_db()
        assert (message.status, message.due_at) == (Status.BOUNCED, None)
        assert Event.objects.get(kind=Kind.MESSAGE_FAILED).patient == cast.patient

    def test_it_goes_to_the_next_channel_at_once(
        self, cast: Cast, use: Use, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def to_email(message: Message) -> bool:
            message.channel, message.address, message.tries = Channel.EMAIL, "pat@x.example", 0
            return True

        monkeypatch.setattr(transitions, "on_next_channel", to_email)
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        assert drain(carrier) == [], "nothing is left for SMS"
        drain(carrier, Channel.EMAIL)
        message.refresh_from_db()
        assert message.status == Status.SENT
        assert [m.to for m in carrier.taken] == ["pat@x.example"]
        logged = MessageLog.objects.filter(message=message).values_list("status", "channel")
        assert list(logged) == [
            ("queued", "sms"),
            ("sending", "sms"),
            ("bounced", "sms"),
            ("sending", "email"),
            ("sent", "email"),
        ]
        assert not Event.objects.filter(kind=Kind.MESSAGE_FAILED).exists()


class TestFaultsOfOurs:
    """What raises for one message holds up no other."""

    def test_before_it_is_sent(
        self, cast: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad, *good = queue_messages(cast.hospital, 5)

        def objections(messages: list[Message]) -> dict[int, str]:
            if bad in messages:
                raise RuntimeError("Pat Patel")
            return {}

        monkeypatch.setattr(origins, "objections", objections)
        drain(scripted)
        assert {m.reference for m in scripted.taken} == {f"{m.pk}-1" for m in good}
        assert 290 < seconds_until_due(bad) <= 300

    def test_when_it_is_written_down(
        self,
        cast: Cast,
        scripted: Scripted,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def broken(message: Message) -> bool:
            raise RuntimeError("Pat Patel")

        monkeypatch.setattr(transitions, "on_next_channel", broken)
        scripted.script = [Refusal("no_such_number", permanent=True)]
        queue_messages(cast.hospital, 5)
        drain(scripted)
        assert Message.objects.filter(status=Status.SENT).count() == 4
        assert Message.objects.get(status=Status.SENDING).due_at, "its lease will run out"
        assert "RuntimeError at" in caplog.text
        assert "Patel" not in caplog.text


class TestCarriers:
    def test_the_rate_is_kept(self, cast: Cast, use: Use) -> None:
        carrier = Scripted()
        carrier.rate = 20
        use(carrier)
        queue_messages(cast.hospital, 60)
        assert len(claims.claim(Channel.SMS, carrier, 60).messages) == 20
        again = claims.claim(Channel.SMS, carrier, 60)
        assert len(again.messages) < 20
        assert again.more
        CarrierState.objects.update(counted_at=timezone.now() - timedelta(seconds=10))
        assert len(claims.claim(Channel.SMS, carrier, 60).messages) == 20, "not ten seconds' worth"

    def test_one_that_keeps_failing_rests_and_the_next_takes_over(
        self, cast: Cast, use: Use
    ) -> None:
        first = Scripted(*[Refusal("503", provider_down=True)] * 5)
        second = Scripted()
        second.name = "second"  # type: ignore[misc]
        use(first, second)
        queue_messages(cast.hospital, 5)
        assert drain(second) == [], "not its turn"
        drain(first)
        state = CarrierState.objects.get(name="scripted")
        assert state.is_resting
        assert not state.is_well
        messages = queue_messages(cast.hospital, 3)
        assert drain(first) == []
        assert len(drain(second)) == len(second.taken) == 3
        assert {m.provider for m in Message.objects.filter(pk__in=[m.pk for m in messages])} == {
            "second"
        }

    def test_after_its_rest_one_message_shows_whether_it_is_over(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        down = Refusal("503", provider_down=True)
        scripted.script = [down] * 5
        queue_messages(cast.hospital, 40)
        drain(scripted, limit=5)
        rests = []
        for _ in range(4):
            assert drain(scripted) == [], "they wait, and do not fail"
            state = CarrierState.objects.get()
            assert state.rests_until is not None
            rests.append(round((state.rests_until - timezone.now()).total_seconds()))
            CarrierState.objects.update(rests_until=timezone.now())
            scripted.script = [down]
            assert len(drain(scripted)) == 1
        assert rests == [15, 30, 60, 120]
        CarrierState.objects.update(rests_until=timezone.now())
        drain(scripted)
        assert Message.objects.filter(status=Status.QUEUED).count() == 0
        state = CarrierState.objects.get()
        assert (state.failures, state.rests, state.rests_until) == (0, 0, None)

    def test_a_refused_message_says_nothing_against_the_provider(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        scripted.script = [Refusal("no_such_number", permanent=True)] * 10
        queue_messages(cast.hospital, 10)
        drain(scripted)
        assert all(state.is_well for state in CarrierState.objects.all())
