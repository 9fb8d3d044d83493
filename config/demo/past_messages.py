"""Weeks of messages behind the demo hospital, so that its figures have something to say.

Written past the engine, in a few statements: the words are real ones, what became of them is made
up so that it is plausible. People read WhatsApp in the evening, most of all.
"""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from messaging import sms_parts
from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.contacts import phones
from messaging.models import Message, TemplateVersion
from messaging.reasons import Reason
from messaging.rendering import text, values
from messaging.statuses import Status
from wards.base import clock, sql
from wards.kinds import Kind
from wards.models import Event, Hospital, Patient, Role, User

WEEKS = 13
WORKDAY, WEEKEND = 34, 9  # messages; the weekend is Friday and Saturday
FRIDAY, SATURDAY = 4, 5
# Kind -> how often.
KINDS = {
    Kind.APPOINTMENT_REMINDER_DUE: 40,
    Kind.APPOINTMENT_CONFIRMED: 25,
    Kind.TEST_RESULT_READY: 12,
    Kind.APPOINTMENT_RESCHEDULED: 8,
    Kind.APPOINTMENT_CANCELLED: 5,
    Kind.APPOINTMENT_COMPLETED: 10,
}
CHANNELS = {Channel.SMS: 52, Channel.WHATSAPP: 30, Channel.EMAIL: 18}
COSTS = {
    Channel.SMS: "0.0400",
    Channel.WHATSAPP: "0.0150",
    Channel.EMAIL: "0.0001",
}  # the carrier's
FAILURES = {
    Channel.SMS: [(Status.FAILED, "unreachable"), (Status.BOUNCED, "unknown_subscriber")],
    Channel.WHATSAPP: [(Status.FAILED, "unreachable"), (Status.BOUNCED, "invalid_recipient")],
    Channel.EMAIL: [(Status.BOUNCED, "unknown_subscriber"), (Status.FAILED, "too_many_requests")],
}
STEPS = sql.load("config/demo/sql/steps_of_history.sql")


def write_history(hospital: Hospital, chance: random.Random) -> None:
    """Messages of the last 13 weeks, up to yesterday, with their steps; in the hospital's scope."""
    writer = _Writer(hospital, chance)
    Message.objects.bulk_create(writer.messages(), batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(STEPS, [hospital.pk])


class _Writer:
    def __init__(self, hospital: Hospital, chance: random.Random) -> None:
        self.hospital, self.chance = hospital, chance
        self.zone = ZoneInfo(hospital.timezone)
        self.patients = list(Patient.objects.order_by("pk"))
        doctors = User.objects.filter(hospital=hospital, role=Role.PROVIDER)
        self.doctors = list(doctors.order_by("pk"))
        newest = TemplateVersion.objects.select_related("template").order_by("number")
        self.versions = {(v.template.code, v.template.channel): v for v in newest}
        self.number = 0

    def messages(self) -> Iterator[Message]:
        today = clock.today(self.zone)
        for ago in range(7 * WEEKS, 0, -1):
            day = today - timedelta(days=ago)
            usual = WEEKEND if day.weekday() in (FRIDAY, SATURDAY) else WORKDAY
            clocks = sorted(
                self._clock() for _ in range(round(usual * self.chance.uniform(0.8, 1.2)))
            )
            for hour in clocks:
                yield self._message(datetime.combine(day, hour, self.zone))

    def _clock(self) -> time:
        """Most by day, some when reminders go out in the evening."""
        busy = self.chance.choices((9, 10, 11, 13, 15, 17, 18, 19), (9, 10, 9, 7, 7, 9, 12, 8))[0]
        return time(busy, self.chance.randrange(60), self.chance.randrange(60))

    def _message(self, at: datetime) -> Message:
        kind = self._any(KINDS)
        patient = self.chance.choice(self.patients)
        version = self._version(kind)
        channel = Channel(version.template.channel)
        email = channel == Channel.EMAIL
        told = self._values(kind, patient, at, discreet=not email)
        subject, body = text(version, channel, patient.language).fill(told)
        address = patient.email if email else phones.e164(patient.phone, self.hospital)
        return self._ended(
            Message(
                hospital=self.hospital,
                patient=patient,
                topic=version.template.category,
                code=version.template.code,
                version=version,
                values=told,
                channel=channel,
                address=address,
                country="" if email else ("US" if address.startswith("+1") else "SA"),
                language=patient.language,
                subject=subject,
                body=body,
                parts=sms_parts.count(body).parts if channel == Channel.SMS else 0,
                due_at=None,
                created_at=at,
            )
        )

    def _version(self, kind: Kind) -> TemplateVersion:
        """In the words of a channel that has some for this kind."""
        code = kind.replace(".", "_")
        there = {c: CHANNELS[c] for c in PATIENT_CHANNELS if (code, c) in self.versions}
        return self.versions[code, self._any(there)]

    def _values(
        self, kind: Kind, patient: Patient, at: datetime, *, discreet: bool
    ) -> dict[str, str]:
        event = Event(
            hospital=self.hospital,
            kind=kind,
            patient=patient,
            provider=self.chance.choice(self.doctors),
            at=at,
            data={"starts_at": (at + timedelta(hours=24)).isoformat()},
        )
        return values.of_event(event, patient, patient.language, discreet=discreet)

    def _ended(self, message: Message) -> Message:
        """What became of it."""
        luck, channel = self.chance.random(), Channel(message.channel)
        if luck < 0.02:
            message.status, message.reason = Status.SUPPRESSED, Reason.OPTED_OUT
            return message
        self.number += 1
        message.attempts = message.tries = 1
        message.provider, message.provider_id = "sandbox", f"SBH{self.number:06}"
        message.cost = Decimal(COSTS[channel]) * max(message.parts, 1)
        message.currency = "USD"
        message.sent_at = message.created_at + timedelta(seconds=self.chance.uniform(0.3, 1.5))
        if luck < 0.055:
            message.status, message.reason = self.chance.choice(FAILURES[channel])
        else:
            self._arrive(message)
        return message

    def _arrive(self, message: Message) -> None:
        assert message.sent_at is not None
        takes = self.chance.lognormvariate(1.2, 1.1)  # seconds: 3 mostly, a minute now and then
        message.status = Status.DELIVERED
        message.delivered_at = message.sent_at + timedelta(seconds=takes)
        evening = message.created_at.hour in (18, 19)
        likely = {Channel.WHATSAPP: 0.88, Channel.EMAIL: 0.55}.get(Channel(message.channel), 0)
        if self.chance.random() < likely:
            minutes = self.chance.expovariate(1 / (12 if evening else 80))
            message.status = Status.READ
            message.read_at = message.delivered_at + timedelta(minutes=minutes)

    def _any(self, weights: dict[Any, int]) -> Any:
        return self.chance.choices(list(weights), list(weights.values()))[0]
