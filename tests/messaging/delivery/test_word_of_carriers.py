"""Safety S15: what a carrier says is believed as far as it goes, and nobody waits in vain."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.carriers.base import Receipt, Refusal
from messaging.channels import Channel
from messaging.delivery import health, receipts
from messaging.models import CarrierState, Message
from messaging.statuses import Status
from tests.cast import Cast, create_cast
from tests.messaging.happenings import due
from tests.messaging.outbox import Scripted, drain, queue_message
from tests.messaging.people import MAIL, NUMBER, make_reachable, prefer, written
from wards.kinds import Kind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unscoped")]
DAY, YEAR = 86_400.0, 31_536_000.0


@pytest.fixture
def cast() -> Cast:
    """The cast, whose patient and carrier can be reached in every way and at any hour."""
    cast = create_cast()
    make_reachable(cast)
    return cast


def follow_up(cast: Cast, **fields: object) -> Message:
    """A message by SMS, or else by e-mail; the other way round for whom that is preferred."""
    due(cast, Kind.APPOINTMENT_FOLLOW_UP_DUE)
    [message] = written(code="appointment_follow_up_due")
    if fields:
        Message.objects.filter(pk=message.pk).update(**fields)
        message.refresh_from_db()
    return message


def test_s15_a_letter_that_came_back_goes_on_by_sms(cast: Cast, scripted: Scripted) -> None:
    """07-delivered-then-bounced."""
    prefer(cast.patient, preferred_channel=Channel.EMAIL)
    message = follow_up(cast)
    assert message.channel == Channel.EMAIL
    drain(scripted, Channel.EMAIL)
    for status in (Status.DELIVERED, Status.BOUNCED):
        receipts.apply("scripted", [Receipt(status, f"{message.pk}-1", code="bounced")])
    drain(scripted)
    assert [each.to for each in scripted.taken if each.to in (MAIL, NUMBER)] == [MAIL, NUMBER]
    message.refresh_from_db()
    assert (message.status, message.channel) == (Status.SENT, Channel.SMS)


@pytest.mark.parametrize("wait", [DAY, YEAR, 99_999_999_999.0, 7200.0])
def test_s15_who_is_put_off_for_too_long_takes_the_next_channel(
    cast: Cast, scripted: Scripted, wait: float
) -> None:
    """13-answers-of-providers: e-mail was never tried."""
    message = follow_up(cast, expires_at=timezone.now() + timedelta(hours=2))
    scripted.script = [Refusal("429", retry_after=wait)]
    drain(scripted)
    drain(scripted, Channel.EMAIL)
    message.refresh_from_db()
    assert (message.status, message.channel) == (Status.SENT, Channel.EMAIL)


def test_s15_without_a_next_channel_it_is_tried_while_it_is_of_use(
    cast: Cast, scripted: Scripted
) -> None:
    expires_at = timezone.now() + timedelta(hours=2)
    message = queue_message(cast.hospital, expires_at=expires_at)
    scripted.script = [Refusal("429", retry_after=DAY)]
    drain(scripted)
    message.refresh_from_db()
    assert message.status == Status.FAILED
    assert message.due_at
    assert timedelta(0) < expires_at - message.due_at <= timedelta(minutes=1)


def test_s15_a_short_wait_is_waited(cast: Cast, scripted: Scripted) -> None:
    message = follow_up(cast, expires_at=timezone.now() + timedelta(hours=2))
    scripted.script = [Refusal("429", retry_after=200)]
    drain(scripted)
    message.refresh_from_db()
    assert message.channel == Channel.SMS
    assert message.due_at
    assert 190 < (message.due_at - timezone.now()).total_seconds() <= 200


def test_s15_one_carriers_word_does_not_silence_it_for_a_day(
    cast: Cast, scripted: Scripted
) -> None:
    health.note_failures(scripted, 1, YEAR)
    rests_until = CarrierState.objects.get(name="scripted").rests_until
    assert rests_until
    assert rests_until <= timezone.now() + timedelta(hours=1)


@pytest.mark.parametrize("days", [-20_000, -1, 1, 20_000])
def test_s15_times_are_between_sending_and_now(cast: Cast, scripted: Scripted, days: int) -> None:
    message = queue_message(cast.hospital)
    drain(scripted)
    at = timezone.now() + timedelta(days=days)
    receipts.apply("scripted", [Receipt(Status.DELIVERED, f"{message.pk}-1", at=at)])
    message.refresh_from_db()
    assert message.sent_at
    assert message.delivered_at
    assert message.sent_at <= message.delivered_at <= timezone.now()
