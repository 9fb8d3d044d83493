"""Feeds and what they write, for tests; as tests/factories.py for the rest."""

from itertools import count
from typing import Any

from django.utils import timezone
from django_scopes import scope

from wards.models import (
    Event,
    Feed,
    FeedNote,
    Hl7Message,
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
    told, by = Event.objects.filter(withdrawal=None).order_by("pk")[:2]
    Withdrawal.objects.create(event=told, by=by)
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


def create_message(hospital: Hospital, feed: Feed | None = None, **fields: Any) -> Hl7Message:
    """A message that was not accepted: of an admission, and its patient is named."""
    feed = feed or create_feed(hospital, f"FAC{next(_numbers)}")
    given = {
        "sending_facility": feed.facility,
        "control_id": f"C{next(_numbers)}",
        "message_type": "ADT^A01",
        "status": Hl7Message.Status.ERROR,
        "reason": "PV1-3 (ward) is missing",
        "raw": f"MSH|^~\\&|PAS|{feed.facility}|||20261126||ADT^A01|1|P|2.5"
        "\rPID|1||MRN-1||Patel^Pat",
    }
    with scope(hospital=hospital.pk):
        return Hl7Message.objects.create(hospital=hospital, feed=feed, **given | fields)


def create_question(hospital: Hospital, *candidates: Patient, **fields: Any) -> IdentityQuestion:
    """Whether Somebody Else, born in 1955, is one of the candidates."""
    said = {
        "ids": [{"value": "MRN-1", "authority": "", "type": "MR"}],
        "first_name": "Somebody",
        "last_name": "Else",
        "date_of_birth": "1955-05-05",
        "gender": "F",
        **dict.fromkeys(("phone", "email", "language"), ""),
        "deceased": False,
        "died_at": None,
    }
    given = {"fingerprint": f"f{next(_numbers)}", "said": said}
    with scope(hospital=hospital.pk):
        feed = fields.pop("feed", None) or create_feed(hospital, f"FAC{next(_numbers)}")
        question = IdentityQuestion.objects.create(hospital=hospital, feed=feed, **given | fields)
        question.candidates.add(*candidates)
    return question
