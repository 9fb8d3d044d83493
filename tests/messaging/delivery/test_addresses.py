"""A message goes to where its reader is reached when it leaves, whatever was known before."""

import pytest
from django_scopes import scope

from messaging.channels import Channel
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from tests.cast import Cast, create_cast
from tests.messaging.happenings import due, stay, visit
from tests.messaging.outbox import Scripted, drain, queue_message
from tests.messaging.people import MAIL, NUMBER, make_reachable, prefer, written
from wards.actions import patients
from wards.kinds import Kind
from wards.models import Patient, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unscoped")]


@pytest.fixture
def cast() -> Cast:
    """The cast, whose patient and provider can be reached in every way and at any hour."""
    cast = create_cast()
    make_reachable(cast)
    return cast


def correct(cast: Cast, **details: str) -> None:
    """At the front desk."""
    with scope(hospital=cast.hospital.pk):
        patients.update_patient(patient=cast.patient, **details)  # type: ignore[arg-type]


def sent(carrier: Scripted) -> dict[str, str]:
    """Sends everything that is due: by channel, where it went."""
    for channel in (Channel.SMS, Channel.EMAIL):
        drain(carrier, channel)
    return {each.channel: each.to for each in carrier.taken}


def test_a_new_number(cast: Cast, scripted: Scripted) -> None:
    stay(cast)
    correct(cast, phone="+971501234567")
    assert sent(scripted) == {"sms": "+971501234567", "email": MAIL}
    assert {m.channel: (m.address, m.country) for m in written(patient=cast.patient)} == {
        "sms": ("+971501234567", "AE"),
        "email": (MAIL, ""),
    }


def test_two_corrections_one_after_the_other(cast: Cast, scripted: Scripted) -> None:
    """Whoever hears of which first, and whether anybody hears of them at all."""
    stay(cast)
    correct(cast, phone="0507654321", email="first@pat.org")
    Patient.objects.filter(pk=cast.patient.pk).update(phone="0500000009", email="last@pat.org")
    assert sent(scripted) == {"sms": "+966500000009", "email": "last@pat.org"}


def test_a_number_written_differently_is_the_same(cast: Cast, scripted: Scripted) -> None:
    stay(cast)
    correct(cast, phone="00966501234567")
    assert sent(scripted)["sms"] == NUMBER


def test_what_has_gone_stays_where_it_went(cast: Cast) -> None:
    stay(cast)
    Message.objects.update(status=Status.SENT, due_at=None)
    correct(cast, phone="0507654321", email="new@pat.org")
    assert {m.address for m in written()} == {NUMBER, MAIL}


def test_one_that_failed_is_tried_again_at_the_new_number(cast: Cast, scripted: Scripted) -> None:
    stay(cast)
    Message.objects.filter(channel="sms").update(status=Status.FAILED, attempts=1, tries=1)
    correct(cast, phone="0507654321")
    assert sent(scripted)["sms"] == "+966507654321"


def test_without_a_number_it_is_not_sent_to_the_old_one(cast: Cast, scripted: Scripted) -> None:
    stay(cast)
    correct(cast, phone="")
    assert set(sent(scripted)) == {"email"}
    [left] = written(channel="sms")
    assert (left.status, left.reason, left.address) == ("suppressed", Reason.NO_ADDRESS, NUMBER)


def test_without_a_number_the_next_channel_is_taken(cast: Cast, scripted: Scripted) -> None:
    due(cast, Kind.APPOINTMENT_FOLLOW_UP_DUE)
    [letter] = written(code="appointment_follow_up_due")
    assert letter.channel == Channel.SMS
    correct(cast, phone="")
    assert sent(scripted) == {"email": MAIL}


def test_a_colleague_with_a_new_mailbox(cast: Cast, scripted: Scripted) -> None:
    visit(cast)
    User.objects.filter(pk=cast.priya.pk).update(email="priya@new.example.org")
    assert sent(scripted) == {"email": "priya@new.example.org"}


def test_what_somebody_wrote_by_hand_goes_where_they_said(cast: Cast, scripted: Scripted) -> None:
    queue_message(cast.hospital, patient=cast.patient, address="+4915112345678")
    correct(cast, phone="0507654321")
    assert sent(scripted) == {"sms": "+4915112345678"}


def test_whoever_said_stop_is_not_written_to_at_the_new_number(
    cast: Cast, scripted: Scripted
) -> None:
    stay(cast)
    prefer(cast.patient, sms=False)
    correct(cast, phone="0507654321")
    assert set(sent(scripted)) == {"email"}
