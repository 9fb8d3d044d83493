"""An intention becomes a message on the right channel, at the right time, or says why not."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.delivery import intents, origins
from messaging.delivery.intents import Intent
from messaging.models import Message, MessageTemplate
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.people import (
    MAIL,
    NUMBER,
    fresh,
    intent,
    prefer,
    prepare,
    reminder,
    set_quiet,
)
from wards.kinds import Kind
from wards.models import Event, Patient

pytestmark = pytest.mark.django_db

SMS, WHATSAPP, EMAIL = PATIENT_CHANNELS
ANY = (SMS, WHATSAPP, EMAIL)


@pytest.fixture
def event(cast: Cast) -> Event:
    return reminder(cast)


class TestChannel:
    def test_sms_comes_first(self, event: Event) -> None:
        [message] = prepare(intent(event))
        assert (message.channel, message.address) == (SMS, NUMBER)
        assert message.fallbacks == [WHATSAPP, EMAIL]

    @pytest.mark.parametrize("preferred", PATIENT_CHANNELS)
    def test_the_preferred_one_comes_before(self, event: Event, preferred: Channel) -> None:
        assert event.patient is not None
        prefer(event.patient, preferred_channel=preferred)
        [message] = prepare(intent(event))
        assert message.channel == preferred
        assert message.address == (MAIL if preferred == EMAIL else NUMBER)
        assert message.fallbacks == [c for c in ANY if c != preferred]

    def test_what_is_preferred_but_not_on_the_route_does_not_matter(self, event: Event) -> None:
        assert event.patient is not None
        prefer(event.patient, preferred_channel=EMAIL)
        [message] = prepare(intent(event, ((SMS, WHATSAPP),)))
        assert (message.channel, message.fallbacks) == (SMS, [WHATSAPP])

    def test_the_first_that_works_is_taken(self, event: Event) -> None:
        assert event.patient is not None
        prefer(event.patient, sms=False)
        with scopes_disabled():
            MessageTemplate.objects.filter(channel=WHATSAPP).update(is_active=False)
        [message] = prepare(intent(event))
        assert (message.channel, message.fallbacks) == (EMAIL, [])

    def test_each_route_is_an_intention_of_its_own(self, event: Event) -> None:
        first, second = prepare(intent(event, ((SMS, WHATSAPP), (EMAIL,))))
        assert (first.channel, second.channel) == (SMS, EMAIL)
        assert first.key != second.key

    def test_only_sms_have_parts(self, event: Event) -> None:
        parts = [message.parts for message in prepare(intent(event, ((SMS,), (WHATSAPP,))))]
        assert parts[0] > 0
        assert parts[1] == 0


class TestNextChannel:
    def queued(self, event: Event, routes: Any = (ANY,)) -> Message:
        [message] = prepare(intent(event, routes))
        return message

    def test_it_goes_down_the_route(self, event: Event) -> None:
        message = self.queued(event)
        message.tries = 4
        seen = []
        with scopes_disabled():
            while origins.on_next_channel(message):
                assert message.tries == 0
                assert message.body
                seen.append((message.channel, message.address, message.parts))
                message.tries = 4
        assert seen == [(WHATSAPP, NUMBER, 0), (EMAIL, MAIL, 0)]
        assert message.channel == EMAIL

    def test_it_passes_over_what_is_not_wanted_by_now(self, event: Event) -> None:
        message = self.queued(event)
        assert event.patient is not None
        prefer(event.patient, whatsapp=False)
        message.patient = fresh(event.patient)
        with scopes_disabled():
            assert origins.on_next_channel(message)
        assert message.channel == EMAIL

    def test_where_none_is_left_the_message_stays_as_it_was(self, event: Event) -> None:
        message = self.queued(event, ((SMS, EMAIL),))
        with scopes_disabled():
            Patient.objects.update(email="")
            assert event.patient is not None
            message.patient = fresh(event.patient)
            before = (message.channel, message.address, message.body, message.version_id)
            assert not origins.on_next_channel(message)
        assert (message.channel, message.address, message.body, message.version_id) == before

    def test_what_nobody_wrote_a_template_for_has_no_next_channel(self, event: Event) -> None:
        message = self.queued(event)
        message.code = ""
        with scopes_disabled():
            assert not origins.on_next_channel(message)

    def test_a_message_to_an_address_alone_has_no_next_channel(self, event: Event) -> None:
        message = self.queued(event)
        message.patient = None
        with scopes_disabled():
            assert not origins.on_next_channel(message)


class TestQuietHours:
    """The hospital sleeps from 21 to 8; a message is made at 23:00 of Riyadh."""

    NIGHT = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def night(self, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
        set_quiet(event.hospital, time(21), time(8))
        monkeypatch.setattr("wards.base.clock.now", lambda: self.NIGHT)
        event.hospital.refresh_from_db()

    def due(self, event: Event, **how: Any) -> datetime | None:
        given = {"until": self.NIGHT + timedelta(days=2)} | how
        return prepare(intent(event, **given))[0].due_at

    def test_what_can_wait_waits_until_the_morning(self, event: Event) -> None:
        morning = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo("Asia/Riyadh"))
        assert self.due(event) == morning

    def test_what_is_urgent_does_not(self, event: Event) -> None:
        assert self.due(event, urgent=True) == self.NIGHT

    def test_what_would_be_useless_by_then_does_not(self, event: Event) -> None:
        assert self.due(event, until=self.NIGHT + timedelta(hours=8)) == self.NIGHT

    def test_an_e_mail_wakes_nobody(self, event: Event) -> None:
        assert self.due(event, routes=((EMAIL,),)) == self.NIGHT

    def test_nor_does_the_next_channel_ring_at_night(self, event: Event) -> None:
        [message] = prepare(intent(event, ((EMAIL, SMS),), until=self.NIGHT + timedelta(days=2)))
        with scopes_disabled():
            assert origins.on_next_channel(message)
        assert message.due_at is not None
        assert message.due_at > self.NIGHT

    def test_a_hospital_that_has_chosen_nothing_sleeps_from_nine_to_eight(
        self, event: Event
    ) -> None:
        from messaging.models import MessagingPolicy

        with scopes_disabled():
            MessagingPolicy.objects.all().delete()
        event.hospital.refresh_from_db()
        morning = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo("Asia/Riyadh"))
        assert self.due(event) == morning


def test_the_languages_words_are_taken_where_there_are_any(event: Event) -> None:
    with scopes_disabled():
        Patient.objects.update(language="ar")
        MessageTemplate.objects.get(
            hospital=event.hospital, code="appointment_reminder_due", channel=EMAIL
        ).versions.update(body_ar="", subject_ar="")
    sms, email = prepare(intent(event, ((SMS,), (EMAIL,))))
    assert (sms.language, email.language) == ("ar", "en")


def test_the_newest_version_speaks(event: Event) -> None:
    with scopes_disabled():
        template = MessageTemplate.objects.get(
            hospital=event.hospital, code="appointment_reminder_due", channel=SMS
        )
        newest = template.versions.create(number=7, body_en="Seven for {first_name}")
        template.versions.create(number=6, body_en="Six")
    [message] = prepare(intent(event))
    assert message.body == "Seven for Pat"
    assert message.version == newest


@pytest.mark.parametrize("number", [1, 30])
def test_it_takes_the_same_queries_however_many(event: Event, number: int) -> None:
    hospital = event.hospital
    people = [
        factories.create_patient(hospital, phone="0501234567", email=f"p{n}@example.org")
        for n in range(number)
    ]
    many = [
        Intent(event, person, "appointment_reminder_due", Topic.REMINDERS, ((SMS,), (EMAIL,)))
        for person in people
    ]
    with scopes_disabled(), CaptureQueriesContext(connection) as queries:
        assert len(intents.prepare(many)) == 2 * number
    assert len(queries) == 4  # preferences, policies, templates, consents


def test_what_is_prepared_can_be_queued(event: Event, cast: Cast) -> None:
    with scopes_disabled():
        real = factories.record_event(cast.hospital, Kind.SYSTEM_INFO)
        event.pk = real.pk
        messages = prepare(intent(event))
        with transaction.atomic():
            ids = delivery.queue(messages)
            assert delivery.queue(messages) == []
        stored = Message.objects.get(pk__in=ids)
    assert stored.status == Status.QUEUED
    assert stored.values["first_name"] == "Pat"
