"""GET /api/v1/appointment-notifications/<id>/status/, as other systems ask."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django_scopes import scopes_disabled
from rest_framework_simplejwt.tokens import AccessToken

from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from wards.kinds import Kind
from wards.models import Appointment

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/appointment-notifications/{}/status/"
LATER = timezone.now() + timedelta(hours=5)


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    return factories.create_appointment(provider=cast.priya, patient=cast.patient)


def message(cast: Cast, visit: Appointment, kind: str = "reminder_due", **fields: Any) -> Message:
    event = factories.record_event(
        cast.hospital, Kind(f"appointment.{kind}"), appointment=visit, patient=cast.patient
    )
    return factories.create_message(cast.patient, event=event, **fields)


def status(client: Client, about: Message, address: str = ADDRESS) -> dict[str, Any]:
    response = client.get(address.format(about.pk))
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.dana)


def test_a_message_that_waits(dana: Client, cast: Cast, visit: Appointment) -> None:
    waiting = message(cast, visit, due_at=LATER)
    body = status(dana, waiting)
    assert parse_datetime(body.pop("scheduled_for")) == waiting.due_at
    assert body == {
        "id": waiting.pk,
        "appointment_id": visit.pk,
        "notification_type": "reminder",
        "channel": "sms",
        "status": "queued",
        "sent_at": None,
        "error_message": "",
    }


def test_one_that_was_sent(dana: Client, cast: Cast, visit: Appointment) -> None:
    at = timezone.now()
    sent = message(cast, visit, status=Status.DELIVERED, due_at=None, sent_at=at, channel="email")
    body = status(dana, sent)
    assert (body["status"], body["channel"], body["error_message"]) == ("delivered", "email", "")
    assert parse_datetime(body["sent_at"]) == parse_datetime(body["scheduled_for"]) == at


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (Status.FAILED, "30003", "30003"),
        (Status.SUPPRESSED, Reason.VISIT_CANCELLED, "The appointment has been cancelled."),
        (Status.CANCELLED, Reason.WITHDRAWN, "What it tells of did not happen after all."),
    ],
)
def test_one_that_was_not(
    dana: Client, cast: Cast, visit: Appointment, state: Status, reason: str, said: str
) -> None:
    failed = message(cast, visit, status=state, reason=reason, due_at=None)
    body = status(dana, failed)
    assert (body["status"], body["error_message"], body["sent_at"]) == (state, said, None)
    assert body["scheduled_for"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("confirmed", "confirmed"),
        ("rescheduled", "rescheduled"),
        ("cancelled", "cancelled"),
        ("follow_up_due", "follow_up"),
        ("no_show", "no_show"),
    ],
)
def test_what_it_is_about(
    dana: Client, cast: Cast, visit: Appointment, kind: str, said: str
) -> None:
    assert status(dana, message(cast, visit, kind))["notification_type"] == said


def test_with_a_token_and_without_a_version(cast: Cast, visit: Appointment) -> None:
    client = Client(headers={"Authorization": f"Bearer {AccessToken.for_user(cast.dana)}"})
    about = message(cast, visit)
    assert status(client, about, ADDRESS.replace("/v1", ""))["id"] == about.pk


def test_a_patient_asks_after_their_own(client: Client, cast: Cast, visit: Appointment) -> None:
    factories.sign_in(client, cast.pat)
    assert status(client, message(cast, visit))["status"] == "queued"
    other = factories.create_patient(cast.hospital)
    theirs = message(cast, visit)
    with scopes_disabled():
        Message.objects.filter(pk=theirs.pk).update(patient=other)
    assert client.get(ADDRESS.format(theirs.pk)).status_code == 403


def test_messages_about_anything_else_are_not_found(dana: Client, cast: Cast) -> None:
    event = factories.record_event(cast.hospital, Kind.PATIENT_ADMITTED, patient=cast.patient)
    for about in (event, None):
        other = factories.create_message(cast.patient, event=about)
        assert dana.get(ADDRESS.format(other.pk)).status_code == 404
