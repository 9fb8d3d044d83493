"""From the front desk to the patient's phone and back: real sender, carrier and web process."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from messaging.models import Message, NotificationPreference
from messaging.statuses import Status
from tests import factories
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.conftest import StartProcess, StartWeb
from tests.messaging.people import MAIL, NUMBER, STAFF_MAIL, make_reachable
from tests.processes import wait_for
from wards.actions import appointments
from wards.models import Patient

TO_PATIENT = {("sms", NUMBER), ("email", MAIL)}
INSTEAD = {("whatsapp", NUMBER), ("email", MAIL)}


@pytest.fixture
def cast(transactional_db: None, cast: Cast) -> Cast:
    make_reachable(cast)
    with scopes_disabled():
        Patient.objects.filter(pk=cast.patient.pk).update(language="ar")
        cast.patient.refresh_from_db()
    return cast


@pytest.fixture
def _sender(carrier: CarrierProcess, start_web: StartWeb, start_process: StartProcess) -> None:
    """A sender and a web process; receipts and answers of the carrier reach them."""
    web = start_web(**carrier.environment("http://127.0.0.1"))
    sender = start_process("sender", **carrier.environment(web.url))
    wait_for(lambda: "listening" in sender.output, 20, "the sender listens")


def taken(carrier: CarrierProcess, since: int = 0) -> set[tuple[str, str]]:
    """What the carrier took for whom, by channel."""
    return {(each["channel"], each["recipient"]) for each in carrier.ledger()[since:]}


def all_delivered(number: int) -> bool:
    with scopes_disabled():
        return Message.objects.filter(status=Status.DELIVERED).count() == number


@pytest.mark.usefixtures("_sender")
def test_words_reach_the_phone_and_stop_reaches_us(cast: Cast, carrier: CarrierProcess) -> None:
    with scope(hospital=cast.hospital.pk):
        visit = factories.create_appointment(
            provider=cast.priya, patient=cast.patient, starts_at=timezone.now() + timedelta(days=3)
        )
        appointments.confirm(appointment=visit)
    wait_for(lambda: all_delivered(3), 30, "booked for the provider, confirmed for the patient")
    assert taken(carrier) == TO_PATIENT | {("email", STAFF_MAIL)}
    [sms] = [each for each in carrier.ledger() if each["channel"] == "sms"]
    assert "تم تأكيد موعدكم" in sms["body"]
    assert len(carrier.ledger()) == 3

    carrier.answer("sms", NUMBER, "إيقاف")
    with scope(hospital=cast.hospital.pk):
        off = NotificationPreference.objects.filter(patient=cast.patient, sms=False)
        wait_for(off.exists, 20, "no more SMS")
        appointments.cancel(appointment=visit, reason="The doctor is ill")
    wait_for(lambda: all_delivered(6), 30, "cancelled, by WhatsApp instead")
    assert taken(carrier, since=3) == INSTEAD | {("email", STAFF_MAIL)}
    assert len(carrier.ledger()) == 6
