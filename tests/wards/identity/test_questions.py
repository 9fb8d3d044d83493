"""Questions of identity: asked once, decided by people, and then the messages are applied."""

from typing import Any

import pytest

from inbox.models import Level, Notification
from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import answer, kinds, send
from tests.wards.hl7.test_identity import ELSE, critical, people, updated
from wards.base.refused import Refused
from wards.hl7 import decisions
from wards.hl7.intake import receive
from wards.hl7.replay import replay
from wards.identity import asking
from wards.kinds import Kind
from wards.models import Admission, Event, Feed, Hl7Message, IdentityQuestion, Patient

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

State = IdentityQuestion.State


def harmless(**fields: Any) -> bytes:
    """A result for MRN-1, which is Pat Patel's number, that names somebody else."""
    named = {"number": "MRN-1", "name": "Haddad^Layla", "born": "19800229"}
    return hl7.result(hl7.obx("1"), **named | fields)


def held(floor: Cast, *messages: bytes) -> IdentityQuestion:
    """The question of these messages, which wait here."""
    Feed.objects.update(unclear=Feed.Unclear.HOLD)
    for message in messages or [harmless()]:
        code, reason = answer(receive(message))
        assert code == "AA"
        assert reason.startswith("held for a decision: ")
    return asking.open_questions(floor.hospital).get()


def test_s03_a_contradiction_is_refused_and_asked_once(floor: Cast) -> None:
    for _ in range(3):
        code, reason = answer(receive(harmless()))
        assert code == "AE"
        assert "has to be decided" in reason
        assert "Patel" not in reason
    question = asking.open_questions(floor.hospital).get()
    assert (question.messages.count(), question.is_urgent) == (3, False)
    assert [*question.candidates.all()] == [floor.patient]
    assert question.said["last_name"] == "Haddad"
    assert kinds() == [Kind.IDENTITY_UNCLEAR]
    told = Notification.objects.filter(level=Level.WARNING)
    assert {each.recipient for each in told} == {floor.alice, floor.mona}


def test_s03_two_numbers_of_two_people_are_nobodys(floor: Cast) -> None:
    other = factories.create_patient(floor.hospital, number="MRN-2", last_name="Patel")
    assert send(critical("MRN-1~MRN-2", ("Patel^", ""))) == "AE"
    question = asking.open_questions(floor.hospital).get()
    assert {*question.candidates.all()} == {floor.patient, other}
    assert Kind.TEST_RESULT_CRITICAL not in kinds()


def test_s02_a_critical_result_that_waits_is_said_to_wait(floor: Cast) -> None:
    assert send(harmless()) == "AE"
    for flag in ("HH", "LL"):
        assert send(harmless().replace(b"49-92|", f"49-92|{flag}".encode())) == "AE"
    assert asking.open_questions(floor.hospital).get().is_urgent
    assert kinds() == [Kind.IDENTITY_UNCLEAR] * 2
    loud = Notification.objects.filter(level=Level.ERROR, recipient=floor.alice).get()
    assert "critical result waits" in loud.message
    assert "Layla Haddad" in loud.title


def test_s02_critical_by_the_hospitals_own_limit(floor: Cast) -> None:
    factories.create_limit(floor.hospital, "tt-0003-01", high=0.5)
    assert send(harmless()) == "AE"
    assert asking.open_questions(floor.hospital).get().is_urgent


def test_s03_held_ones_wait_and_are_applied_in_order(floor: Cast) -> None:
    question = held(floor, harmless(), updated("MRN-1", ("Haddad^Layla", "19800229")), harmless())
    assert not Event.objects.exclude(kind=Kind.IDENTITY_UNCLEAR).exists()
    waiting = decisions.match(question=question, patient=floor.patient, by=floor.alice)
    assert [message.status for message in waiting] == ["AA"] * 3
    ready, updating = Kind.TEST_RESULT_READY, Kind.PATIENT_UPDATED
    done = [kind for kind in kinds() if kind in (ready, updating)]
    assert done == [ready, updating, ready]
    floor.patient.refresh_from_db()
    assert str(floor.patient) == "Layla Haddad"
    assert not Hl7Message.objects.filter(question__isnull=False).exists()
    assert not asking.open_questions(floor.hospital)


def test_s03_the_same_again_is_decided_as_before(floor: Cast) -> None:
    question = held(floor)
    decisions.match(question=question, patient=floor.patient, by=floor.alice)
    assert send(harmless()) == "AA"
    assert send(harmless(name="Otaibi^Omar")) == "AA", "that is another question"
    assert asking.open_questions(floor.hospital).count() == 1
    assert kinds().count(Kind.TEST_RESULT_READY) == 2
    decided = Event.objects.get(kind=Kind.IDENTITY_DECIDED)
    assert (decided.actor, decided.patient) == (floor.alice, floor.patient)


def test_s03_somebody_new_under_a_number_that_is_taken(floor: Cast) -> None:
    question = held(floor)
    [message] = decisions.new_person(question=question, by=floor.mona)
    assert message.status == "AA"
    assert people() == [("RAWDAH:MRN-1", "Layla Haddad")]
    layla = Patient.objects.get(number="RAWDAH:MRN-1")
    assert send(harmless()) == "AA"
    assert Event.objects.filter(kind=Kind.TEST_RESULT_READY, patient=layla).count() == 2
    assert send(critical("MRN-1", ("Patel^Pat", ""))) == "AA"
    assert Event.objects.get(kind=Kind.TEST_RESULT_CRITICAL).patient == floor.patient


def test_s03_dismissed_ones_are_not_applied(floor: Cast) -> None:
    question = held(floor)
    decisions.dismiss(question=question, by=floor.alice)
    code, reason = answer(receive(harmless()))
    assert (code, "was decided before" in reason) == ("AA", True)
    assert Kind.TEST_RESULT_READY not in kinds()
    assert kinds().count(Kind.IDENTITY_UNCLEAR) == 1


def test_s03_it_is_decided_once_and_for_one_of_the_candidates(floor: Cast) -> None:
    question = held(floor)
    stranger = factories.create_patient(floor.hospital)
    with pytest.raises(Refused, match="not one of those"):
        decisions.match(question=question, patient=stranger, by=floor.alice)
    decisions.dismiss(question=question, by=floor.alice)
    for decide in (decisions.dismiss, decisions.new_person):
        with pytest.raises(Refused, match="already"):
            decide(question=question, by=floor.alice)


def test_s03_what_was_mended_meanwhile_is_not_applied_twice(floor: Cast) -> None:
    """The sender tries again under the same control id after the name was put right here."""
    raw = harmless(control_id="7")
    assert send(raw) == "AE"
    question = asking.open_questions(floor.hospital).get()
    Patient.objects.filter(pk=floor.patient.pk).update(first_name="Layla", last_name="Haddad")
    assert send(raw) == "AA"
    assert decisions.match(question=question, patient=floor.patient, by=floor.alice) == []
    assert kinds().count(Kind.TEST_RESULT_READY) == 1


def test_a_stored_message_is_replayed_after_something_was_mended(floor: Cast) -> None:
    assert send(hl7.admission(facility="NEW SITE", number="MRN-1")) == "AR"
    [stored] = Hl7Message._base_manager.all()
    with pytest.raises(Refused):
        replay(stored, floor.alice)
    factories.create_feed(floor.hospital, "NEW SITE")
    assert replay(stored, floor.alice) == "AA"
    stored.refresh_from_db()
    assert (stored.status, stored.hospital) == ("AA", floor.hospital)
    assert Admission.objects.count() == 1
    replayed = Event.objects.get(kind=Kind.MESSAGE_REPLAYED)
    assert replayed.data == {"message": stored.pk, "before": "AR", "status": "AA"}
    with pytest.raises(Refused, match="applied"):
        replay(stored, floor.alice)


def test_s03_nobody_replays_another_hospitals_message(floor: Cast) -> None:
    assert send(hl7.admission(number="")) == "AE"
    [stored] = Hl7Message._base_manager.all()
    with pytest.raises(Refused):
        replay(stored, floor.zed)


def test_a_message_in_arabic_is_replayed_as_it_came(floor: Cast) -> None:
    header = hl7.header("ADT^A04", charset="8859/6")
    raw = hl7.message(header, "PID|1||9||المطيري^يوسف||19800229", encoding="iso8859-6")
    Feed.objects.update(creates_people=False)
    assert send(raw) == "AE"
    Feed.objects.update(creates_people=True)
    [stored] = Hl7Message._base_manager.all()
    assert replay(stored, floor.alice) == "AA"
    assert str(Patient.objects.get(number="9")) == "يوسف المطيري"


def test_s03_somebody_else_with_the_same_question_is_asked_too(floor: Cast) -> None:
    assert send(critical("MRN-1", ELSE)) == "AE"
    assert send(critical("MRN-1", ("Else^Nobody", "19560101"))) == "AE"
    assert asking.open_questions(floor.hospital).count() == 2
