"""What may not go this way any more, but another, goes the other."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from messaging.channels import Channel
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.outbox import Scripted, drain, steps
from tests.messaging.people import MAIL, NUMBER, make_reachable, prefer, written
from wards.kinds import Kind

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reminder(cast: Cast) -> Message:
    """Queued for SMS, then WhatsApp, then e-mail."""
    make_reachable(cast)
    with scope(hospital=cast.hospital.pk):
        visit = factories.create_appointment(
            provider=cast.priya, patient=cast.patient, starts_at=timezone.now() + timedelta(days=2)
        )
    factories.record_event(
        cast.hospital,
        Kind.APPOINTMENT_REMINDER_DUE,
        patient=cast.patient,
        provider=cast.priya,
        appointment=visit,
        data={"starts_at": visit.starts_at},
    )
    return written(code="appointment_reminder_due")[0]


def now(message: Message) -> Message:
    return written(pk=message.pk)[0]


def test_whoever_stopped_sms_is_reminded_by_whatsapp(
    cast: Cast, reminder: Message, scripted: Scripted
) -> None:
    prefer(cast.patient, sms=False)
    drain(scripted, Channel.SMS)
    assert scripted.taken == []
    moved = now(reminder)
    assert (moved.status, moved.channel, moved.address) == (Status.QUEUED, "whatsapp", NUMBER)
    drain(scripted, Channel.WHATSAPP)
    assert now(reminder).status == Status.SENT
    assert steps(reminder) == ["queued", "sending", "sent"]


def test_down_to_the_last_way(cast: Cast, reminder: Message, scripted: Scripted) -> None:
    prefer(cast.patient, sms=False, whatsapp=False)
    drain(scripted, Channel.SMS)
    drain(scripted, Channel.EMAIL)
    assert [m.channel for m in scripted.taken if m.to in (NUMBER, MAIL)] == ["email"]


def test_where_no_way_is_left_it_is_suppressed(
    cast: Cast, reminder: Message, scripted: Scripted
) -> None:
    prefer(cast.patient, sms=False, whatsapp=False, email=False)
    drain(scripted, Channel.SMS)
    assert (now(reminder).status, now(reminder).reason) == (Status.SUPPRESSED, Reason.OPTED_OUT)


def test_what_is_not_true_any_more_goes_no_way(
    cast: Cast, reminder: Message, scripted: Scripted
) -> None:
    prefer(cast.patient, reminders=False)
    drain(scripted, Channel.SMS)
    assert now(reminder).status == Status.SUPPRESSED
    assert scripted.taken == []
