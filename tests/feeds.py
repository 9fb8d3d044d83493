"""Feeds and what they write, for tests; as tests/factories.py for the rest."""

from itertools import count
from typing import Any

from django.utils import timezone
from django_scopes import scope

from wards.models import (
    Event,
    Feed,
    FeedNote,
    Hospital,
    Identifier,
    IdentityQuestion,
    LaboratoryFlag,
    Patient,
    Result,
    ResultVersion,
    StayFact,
    User,
    Withdrawal,
)

_numbers = count(1)


def create_feed(hospital: Hospital, facility: str, **fields: Any) -> Feed:
    with scope(hospital=hospital.pk):
        return Feed.objects.create(
            hospital=hospital, facility=facility, **{"name": f"Feed of {facility}"} | fields
        )


def fill_feed(hospital: Hospital, user: User) -> None:
    """One row at least of every model that a feed writes."""
    feed = create_feed(hospital, f"F{next(_numbers)}")
    with scope(hospital=hospital.pk):
        _fill(feed, user)


def _fill(feed: Feed, user: User) -> None:
    hospital = feed.hospital
    FeedNote.objects.create(feed=feed, place="OBX-8", value="CRIT")
    number = f"F-{next(_numbers)}"
    patient = Patient.objects.create(
        hospital=hospital, number=number, first_name="Faisal", last_name="Feed"
    )
    Identifier.objects.create(
        hospital=hospital, of=Identifier.Of.PATIENT, value=number, patient=patient
    )
    told, untold = Event.objects.order_by("pk")[:2]
    Withdrawal.objects.create(event=told, by=untold)
    StayFact.objects.create(hospital=hospital, patient=patient, what="A03", at=timezone.now())
    IdentityQuestion.objects.create(hospital=hospital, feed=feed, fingerprint=f"{next(_numbers)}")
    flag = f"F{next(_numbers)}"
    LaboratoryFlag.objects.create(hospital=hospital, flag=flag, meaning="critical")
    result = Result.objects.create(
        hospital=hospital,
        patient=patient,
        test="Potassium",
        provider=user,
        status="final",
        interpretation="normal",
    )
    ResultVersion.objects.create(result=result, number=1, status="final", interpretation="normal")
