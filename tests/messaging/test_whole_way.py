"""The whole way, with nothing left out: event, rule, template, sender, carrier, webhook, alert."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from inbox.models import Notification
from messaging.models import Message, MessageLog
from messaging.statuses import Status
from tests import factories
from tests.carrier import CarrierProcess, StartCarrier
from tests.cast import Cast
from tests.conftest import StartProcess, StartWeb
from tests.messaging.people import make_reachable
from tests.processes import wait_for
from wards import events
from wards.kinds import Kind
from wards.models import Patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unscoped")]

READ, BOUNCED = "+12025550102", "+12025550104"


@pytest.fixture
def running(
    start_carrier: StartCarrier, start_web: StartWeb, start_process: StartProcess
) -> CarrierProcess:
    """The carrier; web and sender run, too."""
    carrier = start_carrier()
    web = start_web(**carrier.environment("http://127.0.0.1:1"))
    sender = start_process("sender", **carrier.environment(web.url))
    wait_for(lambda: "listening" in sender.output, 30, "the sender listens")
    return carrier


def remind(cast: Cast, **patient: str) -> None:
    """Pat is reminded of an appointment."""
    make_reachable(cast)
    Patient.objects.filter(pk=cast.patient.pk).update(**patient)
    starts = timezone.now() + timedelta(days=1)
    visit = factories.create_appointment(
        provider=cast.priya, patient=cast.patient, starts_at=starts
    )
    with scope(hospital=cast.hospital.pk), transaction.atomic():
        events.record(
            Kind.APPOINTMENT_REMINDER_DUE,
            hospital=cast.hospital,
            patient=cast.patient,
            provider=cast.priya,
            appointment=visit,
            data={"starts_at": visit.starts_at},
        )


def the_reminder(status: Status) -> Message:
    """Once it has got so far."""
    reminders = Message.objects.filter(event__kind=Kind.APPOINTMENT_REMINDER_DUE, due_at=None)
    wait_for(lambda: reminders.filter(status=status).exists(), 20, f"the reminder is {status}")
    return reminders.get()


def way(message: Message) -> list[tuple[str, str]]:
    log = MessageLog.objects.filter(message=message).order_by("pk")
    return list(log.values_list("channel", "status"))


def test_a_reminder_is_read(cast: Cast, running: CarrierProcess) -> None:
    remind(cast, phone=READ, language="ar")
    message = the_reminder(Status.READ)
    (taken,) = running.ledger(to=READ)
    assert taken["body"] == message.body
    assert (message.channel, message.language) == ("sms", "ar")
    assert message.cost is not None


def test_one_channel_after_the_other(cast: Cast, running: CarrierProcess) -> None:
    """No such phone: neither SMS nor WhatsApp; the mailbox has it, once."""
    remind(cast, phone=BOUNCED)
    message = the_reminder(Status.DELIVERED)
    assert message.channel == "email"
    assert [step for step in way(message) if step[1] != Status.SENT] == [
        ("sms", "queued"),
        ("sms", "sending"),
        ("sms", "bounced"),
        ("whatsapp", "sending"),
        ("whatsapp", "bounced"),
        ("email", "sending"),
        ("email", "delivered"),
    ]
    channels = [taken["channel"] for taken in running.ledger()]
    assert channels.count("sms") == channels.count("whatsapp") == 1


def test_people_hear_of_what_reached_nobody(cast: Cast, running: CarrierProcess) -> None:
    remind(cast, phone=BOUNCED, email="bounced@sandbox.example")
    message = the_reminder(Status.BOUNCED)
    assert message.attempts == 3
    alerts = Notification.objects.filter(event__kind=Kind.MESSAGE_FAILED)
    wait_for(lambda: alerts.filter(recipient=cast.dana).count() == 1, what="the front desk is told")
