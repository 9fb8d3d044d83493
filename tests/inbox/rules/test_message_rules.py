"""The table of who is written to, against a list of its own."""

from typing import Any

import pytest
from django_scopes import scope

from inbox.rules.table import MESSAGE_RULES, the_leaver, the_new_reader, the_patient, the_provider
from messaging.channels import Channel
from messaging.models import Message
from messaging.statuses import Status
from messaging.templates.default_templates import entries
from tests.cast import Cast, create_cast
from tests.messaging.happenings import HAPPENS
from tests.messaging.people import MAIL, NUMBER, STAFF_MAIL, make_reachable, written
from wards.models import Patient, User

pytestmark = pytest.mark.django_db(transaction=True)

# Kind, to whom, what, and each way it takes: the first that works of "sms whatsapp email".
SPEC = {
    ("patient.admitted", "patient", "patient_admitted"): ["sms", "email"],
    ("patient.transferred", "patient", "patient_transferred"): ["email"],
    ("patient.discharged", "patient", "patient_discharged"): ["sms", "email"],
    ("appointment.booked", "provider", "appointment_booked_staff"): ["email"],
    ("appointment.confirmed", "patient", "appointment_confirmed"): ["sms whatsapp", "email"],
    ("appointment.rescheduled", "patient", "appointment_rescheduled"): ["sms whatsapp", "email"],
    ("appointment.rescheduled", "provider", "appointment_rescheduled_staff"): ["email"],
    ("appointment.completed", "patient", "appointment_completed"): ["email"],
    ("appointment.follow_up_due", "patient", "appointment_follow_up_due"): ["sms email"],
    ("appointment.cancelled", "patient", "appointment_cancelled"): ["sms whatsapp", "email"],
    ("appointment.cancelled", "provider", "appointment_cancelled_staff"): ["email"],
    ("appointment.no_show", "patient", "appointment_no_show"): ["email"],
    ("appointment.reminder_due", "patient", "appointment_reminder_due"): ["sms whatsapp email"],
    ("test_result.ready", "patient", "test_result_ready"): ["sms whatsapp email"],
    ("test_result.corrected", "patient", "test_result_ready"): ["sms whatsapp email"],
    ("billing.invoice_created", "patient", "billing_invoice_created"): ["sms whatsapp email"],
    ("billing.payment_reminder", "patient", "billing_payment_reminder"): ["sms whatsapp email"],
    ("billing.payment_received", "patient", "billing_payment_received"): ["sms whatsapp email"],
    ("telemedicine.scheduled", "patient", "telemedicine_scheduled"): ["sms whatsapp email"],
}


@pytest.fixture
def cast() -> Cast:
    """The cast, whose patient and provider can be reached in every way and at any hour."""
    cast = create_cast()
    make_reachable(cast)
    return cast


TO: dict[Any, str] = {
    the_patient: "patient",
    the_new_reader: "patient",
    the_leaver: "patient",
    the_provider: "provider",
}


class TestTheTable:
    def test_it_is_what_the_specification_says(self) -> None:
        rows = {
            (rule.kind.value, TO[rule.to], rule.code): [" ".join(route) for route in rule.routes]
            for rule in MESSAGE_RULES
        }
        assert rows == SPEC

    @pytest.mark.parametrize("language", ["en", "ar"])
    @pytest.mark.parametrize("kind", HAPPENS)
    def test_each_row_writes_to_whom_it_should(self, cast: Cast, kind: str, language: str) -> None:
        with scope(hospital=cast.hospital.pk):
            Patient.objects.update(language=language)
            User.objects.update(language=language)
            cast.patient.refresh_from_db()
            HAPPENS[kind](cast)
        expected = [
            (code, to, *route.split(" "))
            for (of, to, code), routes in SPEC.items()
            if of == kind
            for route in routes
        ]
        found = [
            (m.code, "patient" if m.patient else "provider", m.channel, *m.fallbacks)
            for m in written(event__kind=kind)
        ]
        assert sorted(found) == sorted(expected)
        for message in written(event__kind=kind):
            assert message.status == Status.QUEUED, message.reason
            assert message.due_at is not None
            assert message.address == address(message)
            assert message.language == language
            assert ("ال" in message.body) == (language == "ar")
            assert "{" not in message.subject + message.body

    @pytest.mark.parametrize("rule", MESSAGE_RULES, ids=lambda rule: rule.code)
    def test_a_new_hospital_has_words_for_every_channel_of_every_row(self, rule: Any) -> None:
        channels = {channel for route in rule.routes for channel in route}
        has = {each["channel"] for each in entries() if each["code"] == rule.code}
        assert channels <= has


def address(message: Message) -> str:
    if message.user:
        return STAFF_MAIL
    return MAIL if message.channel == Channel.EMAIL else NUMBER
