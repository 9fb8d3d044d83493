"""Questions of identity: who a message is about, asked of people while the message waits."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django_scopes import scope

from wards import events
from wards.feeds.content import Id, PatientSpec
from wards.feeds.refusals import Code, Failed, Held, NotAccepted, Unclear
from wards.kinds import Kind
from wards.models import Event, Feed, Hl7Message, Hospital, IdentityQuestion

State = IdentityQuestion.State


def open_questions(hospital: Hospital) -> QuerySet[IdentityQuestion]:
    """What waits for a decision, the oldest first, with `waiting`, the number of messages."""
    questions = IdentityQuestion.objects.filter(hospital=hospital, state=State.OPEN)
    return (
        questions.annotate(waiting=Count("messages"))
        .select_related("feed")
        .prefetch_related("candidates", "messages")
        .order_by("id")
    )


def ask(message: Hl7Message, unclear: Unclear) -> NotAccepted:
    """Writes the question down, once, with the message that waits for the answer.

    Managers and admins are told when it is asked, and when a critical result comes to wait for it.
    Returns what the message is answered with.
    """
    feed, hospital = message.feed, message.hospital
    assert feed is not None
    assert hospital is not None
    with scope(hospital=hospital.pk), transaction.atomic():
        question, is_new = _question(hospital, feed, unclear)
        if question.state in (State.MATCHED, State.NEW):
            # While we were at it; the sender's next try finds the answer.
            return Failed(Code.APPLICATION_RECORD_LOCKED, "decided just now, send again", "PID-3")
        Hl7Message.objects.filter(pk=message.pk).update(question=question)
        message.question = question
        rings = unclear.critical and not question.is_urgent
        if unclear.critical:
            question.said["critical"] = True
            question.save(update_fields=["said"])
        if question.state == State.OPEN and (is_new or rings):
            _record(question, feed)
    if question.state == State.DISMISSED:
        unclear.reason = "not applied, as was decided before: " + unclear.reason
    if feed.unclear == Feed.Unclear.REFUSE:
        return unclear
    before = "" if question.state == State.DISMISSED else "held for a decision: "
    return Held(unclear.code, before + unclear.reason, unclear.place)


def _question(hospital: Hospital, feed: Feed, unclear: Unclear) -> tuple[IdentityQuestion, bool]:
    """The one question of this contradiction, locked, and whether it is new."""
    question, is_new = IdentityQuestion.objects.get_or_create(
        hospital=hospital,
        fingerprint=unclear.fingerprint,
        defaults={"feed": feed, "said": as_json(unclear.spec)},
    )
    question.candidates.add(*unclear.candidates)
    return IdentityQuestion.objects.select_for_update().get(pk=question.pk), is_new


def _record(question: IdentityQuestion, feed: Feed) -> None:
    name = f"{question.said['first_name']} {question.said['last_name']}".strip()
    events.record(
        Kind.IDENTITY_UNCLEAR,
        hospital=feed.hospital,
        source=Event.Source.HL7,
        data={
            "question": question.pk,
            "feed": str(feed),
            "subject": name or question.said["ids"][0]["value"],
            "critical": question.is_urgent,
        },
    )


def as_json(spec: PatientSpec) -> dict[str, Any]:
    """What a message says of somebody, to be kept with the question."""
    said = asdict(spec)
    dates = {name: str(said[name]) for name in ("date_of_birth", "died_at") if said[name]}
    return said | {"died_at": None, **dates}


def from_json(said: dict[str, Any]) -> PatientSpec:
    """The same as the message had it, as far as a new patient needs it."""
    names = ("first_name", "last_name", "gender", "phone", "email", "language", "deceased")
    born = said["date_of_birth"]
    return PatientSpec(
        ids=tuple(Id(**each) for each in said["ids"]),
        date_of_birth=date.fromisoformat(born) if born else None,
        **{name: said[name] for name in names},
    )
