"""Decisions on who somebody is; then what waited for them is applied, in the order it came."""

from django.db import transaction
from django.utils.translation import gettext as _

from wards import events
from wards.base import clock
from wards.base.refused import Refused
from wards.feeds.refusals import missing
from wards.hl7 import replay
from wards.hl7.lookup import details
from wards.identity import asking, matching, newcomers, numbering
from wards.kinds import Kind
from wards.models import Hl7Message, IdentityQuestion, Patient, User

State = IdentityQuestion.State


def match(*, question: IdentityQuestion, patient: Patient, by: User) -> list[Hl7Message]:
    """It is this patient, one of the candidates; returns the messages that waited, as they are now.

    Refused where it has been decided, or the patient is none of the candidates.
    """
    with transaction.atomic():
        _lock(question)
        candidates = question.candidates.all()
        if patient.pk not in {each.pk for one in candidates for each in (one, matching.final(one))}:
            raise Refused(_("%(patient)s is not one of those it may be.") % {"patient": patient})
        survivor = matching.final(patient)
        spec = asking.from_json(question.said)
        own = matching.unclaimed(question.hospital, spec.ids, survivor)
        numbering.write(question.hospital, own, patient=survivor)
        _decide(question, State.MATCHED, survivor, by)
    return _apply_waiting(question, by)


def new_person(*, question: IdentityQuestion, by: User) -> list[Hl7Message]:
    """It is somebody else, who is new here; the rest as `match`.

    Refused where the message has no name.
    """
    with transaction.atomic():
        _lock(question)
        spec = asking.from_json(question.said)
        assert question.feed is not None
        if not (spec.first_name or spec.last_name):
            raise Refused(missing("PID-5", "patient name").reason)
        own = matching.unclaimed(question.hospital, spec.ids)
        patient = newcomers.create(spec, details(spec), question.feed, record=True, by=by, ids=own)
        _decide(question, State.NEW, patient, by)
    return _apply_waiting(question, by)


@transaction.atomic
def dismiss(*, question: IdentityQuestion, by: User) -> None:
    """The messages are not applied, nor what says the same later. Refused where it is decided."""
    _lock(question)
    _decide(question, State.DISMISSED, None, by)


def _lock(question: IdentityQuestion) -> None:
    """Brings the question up to date and keeps everybody else from deciding it."""
    row = IdentityQuestion.objects.select_for_update().get(pk=question.pk)
    if row.state != State.OPEN:
        raise Refused(_("This has been decided already."))
    question.state, question.said = row.state, row.said


def _decide(question: IdentityQuestion, state: State, patient: Patient | None, by: User) -> None:
    question.state, question.patient = state, patient
    question.decided_by, question.decided_at = by, clock.now()
    question.save(update_fields=["state", "patient", "decided_by", "decided_at"])
    about = {"patient": patient} if patient else {}
    events.record(
        Kind.IDENTITY_DECIDED,
        hospital=question.hospital,
        actor=by,
        data={"question": question.pk, "state": state.value},
        **about,  # type: ignore[arg-type]
    )


def _apply_waiting(question: IdentityQuestion, by: User) -> list[Hl7Message]:
    waiting = [*question.messages.order_by("id")]
    for message in waiting:
        replay.replay(message, by)
    return waiting
