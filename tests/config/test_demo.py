"""The demo hospital: everybody can be reached, and a day of it writes to people in every way."""

import random
from itertools import islice

import pytest
from django_scopes import scope

from config.demo.day import day
from config.demo.seed import seed
from messaging import phones
from messaging.models import Message
from messaging.statuses import Status
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
        why = Message.objects.exclude(status=Status.QUEUED).values_list("reason", flat=True)
        assert set(why) <= {"opted_out", "expired"}, "and there are words and addresses for all"
