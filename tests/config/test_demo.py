"""The demo hospital: everybody can be reached, and a day of it writes to people in every way."""

import random
from itertools import islice

import pytest
from django.db.models import F
from django_scopes import scope

from config.demo.day import day
from config.demo.seed import seed
from messaging.contacts import phones
from messaging.insights import hours
from messaging.models import Message, MessageLog
from messaging.statuses import Status
from tests.messaging.outbox import wrong_moves
from wards.models import Event, Patient, Role, User

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_day_writes_to_people() -> None:
    hospital = seed()
    with scope(hospital=hospital.pk):
        assert all(phones.e164(patient.phone, hospital) for patient in Patient.objects.all())
        assert all(user.email for user in User.objects.exclude(role=Role.PATIENT))
        before = Event.objects.count()
        lines = list(islice(day(hospital, random.Random(5)), 60))
        assert len(lines) == 60
        assert Event.objects.count() >= before + 40
        going = Message.objects.filter(status=Status.QUEUED, due_at__isnull=False)
        assert set(going.values_list("channel", flat=True)) == {"sms", "whatsapp", "email"}
        assert set(going.values_list("language", flat=True)) == {"en", "ar"}
        ended = Message.objects.exclude(event=None).exclude(status=Status.QUEUED)
        why = ended.values_list("reason", flat=True)
        assert set(why) <= {"opted_out", "expired"}, "and there are words and addresses for all"


def test_it_has_a_past() -> None:
    """Weeks of messages with words and steps, and figures that have something to say."""
    hospital = seed()
    with scope(hospital=hospital.pk):
        old = Message.objects.filter(event=None)
        assert 1500 < old.count() < 5000
        assert set(old.values_list("language", flat=True)) == {"en", "ar"}
        assert set(old.values_list("due_at", flat=True)) == {None}
        steps = MessageLog.objects.filter(message__in=old).order_by("id")
        assert not list(wrong_moves(steps.values_list("message", "status")))
        assert not old.exclude(log__status=F("status")).exists(), "each has come to where it is"
        assert not old.filter(body__contains="{").exists()
        advice = hours.advice("whatsapp")
        assert advice is not None
        assert advice.best.hour in (18, 19)
        assert hours.advice("sms") is None
