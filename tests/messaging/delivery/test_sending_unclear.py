"""What becomes of a message of which nobody knows whether its carrier has it."""

import threading
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from messaging.carriers.base import Accepted, Outgoing, Unclear
from messaging.channels import Channel
from messaging.contacts import unsubscribing
from messaging.delivery import calls, claims, lanes
from messaging.delivery.lanes import Lane
from messaging.delivery.outcomes import NotTaken, NotTried
from messaging.models import Message, MessageLog
from messaging.reasons import Reason
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.outbox import (
    Scripted,
    drain,
    make_due,
    queue_message,
    steps,
)
from tests.processes import wait_for
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.usefixtures("unscoped")


class Slow(Scripted):
    """Takes as long as it is let; counts how often it is asked."""

    can_find = True

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.asked = 0

    def send(self, message: Outgoing) -> Accepted:
        self.begun.set()
        assert self.may_end.wait(10)
        return super().send(message)

    def find(self, reference: str, to: str, since: datetime) -> Accepted | None:
        self.asked += 1
        return None


def seconds_until_due(message: Message) -> float:
    message.refresh_from_db()
    assert message.due_at is not None
    return (message.due_at - timezone.now()).total_seconds()


class TestUnclear:
    """The carrier may have it: then it is asked about, and never just sent again."""

    def test_found_it_is_sent(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Unclear("no_answer"))
        carrier.can_find = True  # type: ignore[misc]
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        assert 50 < seconds_until_due(message) <= 60
        assert (message.status, message.reason) == (Status.SENDING, "no_answer")
        make_due(message)
        carrier.found[message.reference] = Accepted("theirs")
        drain(carrier)
        message.refresh_from_db()
        assert (message.status, message.provider_id) == (Status.SENT, "theirs")
        assert message.attempts == 1
        assert steps(message) == ["queued", "sending", "sent"]

    def test_certainly_not_taken_it_is_sent_again(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Unclear("no_answer"))
        carrier.can_find = True  # type: ignore[misc]
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        make_due(message)
        message.refresh_from_db()
        carrier.found[message.reference] = None
        assert isinstance(drain(carrier)[0].what, NotTaken)
        drain(carrier)
        assert steps(message) == ["queued", "sending", "failed", "sending", "sent"]
        assert [m.reference for m in carrier.taken] == [f"{message.pk}-2"]

    def test_while_the_provider_is_away_it_waits(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Unclear("no_answer"))
        carrier.can_find = True  # type: ignore[misc]
        use(carrier)
        message = queue_message(cast.hospital)
        for _ in range(5):
            drain(carrier)
            assert seconds_until_due(message) > 50
            make_due(message)
        assert steps(message) == ["queued", "sending"]
        MessageLog.objects.update(at=timezone.now() - timedelta(hours=7))
        drain(carrier)
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.FAILED, Reason.OUTCOME_UNKNOWN)

    def test_an_sms_that_cannot_be_found_is_left_to_people(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        message = queue_message(cast.hospital, fallbacks=["email"])
        claims.claim(Channel.SMS, scripted, 10)  # by a sender that dies
        make_due(message)
        drain(scripted)
        assert 50 < seconds_until_due(message) <= 60, "a receipt may still come"
        make_due(message)
        drain(scripted)
        message.refresh_from_db()
        assert (message.status, message.due_at) == (Status.FAILED, None)
        assert message.reason == Reason.OUTCOME_UNKNOWN
        assert scripted.taken == []
        assert Event.objects.filter(kind=Kind.MESSAGE_FAILED).count() == 1

    def test_an_email_that_cannot_be_found_is_sent_again(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        message = queue_message(cast.hospital, channel=Channel.EMAIL, address="a@b.example")
        claims.claim(Channel.EMAIL, scripted, 10)
        for _ in range(3):
            make_due(message)
            drain(scripted, Channel.EMAIL)
        message.refresh_from_db()
        assert message.status == Status.SENT
        assert [m.reference for m in scripted.taken] == [f"{message.pk}-2"]

    def test_what_its_sender_still_holds_is_nobody_elses(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        queue_message(cast.hospital)
        claims.claim(Channel.SMS, scripted, 10)
        assert not claims.claim(Channel.SMS, scripted, 10).messages
        assert claims.claim_unclear(Channel.SMS, scripted.name, 10) == {}
        assert drain(scripted) == []

    def test_a_call_that_cannot_begin_in_time_is_put_back(
        self, cast: Cast, scripted: Scripted, settings: Settings
    ) -> None:
        settings.MESSAGING_LEASE = 0
        message = queue_message(cast.hospital)
        drain(scripted, limit=1)
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.FAILED, Reason.NOT_TRIED)
        assert (message.attempts, message.tries) == (1, 0)
        assert scripted.taken == []

    def test_a_call_that_is_put_together_too_late_is_put_back(
        self, cast: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On a machine that stands still, the time goes by before the call, not only in it."""
        began = clock.up()
        queue_message(cast.hospital)
        (message,) = claims.claim(Channel.SMS, scripted, 1).messages

        def slowly(message: Message) -> str:
            wait_for(lambda: clock.up() > began + 0.2)
            return ""

        monkeypatch.setattr(unsubscribing, "url", slowly)
        assert calls.hand_over(scripted, message, began + 0.1).what == NotTried()
        assert scripted.taken == []

    def test_a_call_that_outlives_its_lease_is_not_asked_about(
        self, cast: Cast, use: Use, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It has not ended: whoever asked would hear "not taken", and send it once more."""
        monkeypatch.setattr(lanes, "TICK", 0.0)  # it would ask in every turn
        slow = Slow()
        use(slow)
        message = queue_message(cast.hospital)
        lane = Lane(Channel.SMS, slow)
        lane.turn(0)
        assert slow.begun.wait(10)
        make_due(message)
        lane.turn(0)
        slow.may_end.set()
        wait_for(lambda: lane.turn(0.1) == 0.0 and steps(message)[-1] == Status.SENT)
        assert slow.asked == 0
        assert steps(message) == ["queued", "sending", "sent"]
