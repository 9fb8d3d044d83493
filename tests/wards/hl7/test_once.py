"""Each message is applied once, however often and from wherever it comes."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier
from unittest.mock import patch

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import kinds, send
from wards import events
from wards.hl7 import mapping
from wards.hl7.intake import receive
from wards.kinds import Kind
from wards.models import Admission, Event, Hl7Message, Patient, User, Ward

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_message_again_gets_the_same_answer_and_changes_nothing(floor: Cast) -> None:
    raw = hl7.result(hl7.obx("9", "HH"))
    first = receive(raw)
    again = receive(raw.replace(b"20261120101500", b"20261120101999"))  # MSH-7
    assert again == first
    assert kinds() == [Kind.TEST_RESULT_CRITICAL]
    assert Hl7Message.objects.count() == 1


def test_another_message_under_a_used_control_id_is_applied_once_and_noted(floor: Cast) -> None:
    """Case I1: a sender that begins to count anew, not a repetition."""
    normal, critical = (
        hl7.result(hl7.obx(value, flag), control_id="1")
        for value, flag in (("9", ""), ("900", "HH"))
    )
    assert hl7.answer(receive(normal)) == ("AA", "")
    code, note = hl7.answer(receive(critical))
    assert (code, "MSH-10 (control id) was used before" in note) == ("AA", True)
    assert kinds() == [Kind.TEST_RESULT_READY, Kind.TEST_RESULT_CRITICAL]
    assert receive(critical) == receive(critical)
    assert hl7.answer(receive(normal)) == ("AA", "")
    assert len(kinds()) == 2
    first, second = Hl7Message.objects.order_by("id")
    assert ("|9|" in first.raw, "|900|" in second.raw) == (True, True)
    assert (first.reason, second.reason) == ("", note)


def test_what_was_refused_is_tried_again_whatever_came_under_its_id_since(floor: Cast) -> None:
    nobody = hl7.admission(name="", number="MRN-55", control_id="1")
    assert send(nobody) == "AE"
    assert send(hl7.admission(control_id="1")) == "AA"
    assert send(nobody) == "AE"
    assert send(hl7.admission(number="MRN-55", visit="V2")) == "AA"
    assert send(nobody) == "AA"  # who it is has been said meanwhile
    assert Hl7Message.objects.filter(control_id="1").count() == 2


def test_the_same_content_that_means_something_else_is_another_message(floor: Cast) -> None:
    """An admission and its cancellation may differ in MSH-9 alone, a rehearsal in MSH-11."""
    cancelled = hl7.moved("A11", control_id="1")
    rehearsed = hl7.result(control_id="2").replace(b"|P|2.5.1", b"|T|2.5.1")
    for raw in (hl7.admission(control_id="1"), cancelled, rehearsed):
        assert send(raw) == "AA"
    assert kinds() == [Kind.PATIENT_ADMITTED, Kind.ADMISSION_CANCELLED]
    assert send(rehearsed.replace(b"|T|2.5.1", b"|P|2.5.1")) == "AA"
    assert kinds()[2:] == [Kind.TEST_RESULT_READY]
    assert send(cancelled.replace(b"20261120101500", b"20261120101999")) == "AA"
    assert len(kinds()) == 3
    assert Hl7Message.objects.count() == 4


def test_what_was_stored_before_is_still_known(floor: Cast) -> None:
    """The migration reckons the digest as the listener does, however the lines end."""
    for raw in (hl7.admission(), hl7.result().replace(b"\r", b"\r\n"), hl7.result().strip()):
        receive(raw)
    digests = {each.pk: each.digest for each in Hl7Message.objects.all()}
    Hl7Message.objects.update(digest="before")
    with connection.cursor() as cursor:
        cursor.execute(import_module("wards.migrations.0021_messages_by_meaning").DIGEST)
    assert {each.pk: each.digest for each in Hl7Message.objects.all()} == digests


def test_control_ids_are_each_senders_own(floor: Cast) -> None:
    for sender in ({}, {"application": "LAB"}, {"facility": "OTHER"}):
        assert send(hl7.result(control_id="1", **sender)) == "AA"
    with scopes_disabled():
        assert Event.objects.count() == 3


def test_died_before_the_end(floor: Cast) -> None:
    """Nothing is there, but nobody was answered either, so the sender sends it again."""
    raw = hl7.admission()
    with (
        patch.object(mapping, "apply", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        receive(raw)
    assert not Hl7Message.objects.exists()
    assert send(raw) == "AA"
    assert kinds() == [Kind.PATIENT_ADMITTED]
    assert Hl7Message.objects.get().status == Hl7Message.Status.ACCEPTED


def test_who_gathers_has_the_answer_before_anybody_is_told(floor: Cast) -> None:
    """A sender does not wait for the bells: telling may take its time, or fail."""
    told: list[list[int]] = []

    def tell(event_ids: list[int], **_: object) -> None:
        told.append(event_ids)

    events.recorded.connect(tell)
    try:
        with events.gathering() as ids:
            assert send(hl7.admission()) == "AA"
            assert send(hl7.result()) == "AA"
        assert not told
        events.tell(ids)
        assert told == [ids]
        assert ids == [*Event.objects.order_by("id").values_list("id", flat=True)]
        assert send(hl7.result()) == "AA"
        assert len(told) == 2  # at once, where nobody gathers
    finally:
        events.recorded.disconnect(tell)


def at_once(*raw: bytes) -> list[str]:
    """Sends all at the same moment, each on a connection of its own."""
    barrier = Barrier(len(raw))

    def run(message: bytes) -> str:
        connection.ensure_connection()
        try:
            barrier.wait(10)
            return send(message)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(raw)) as pool:
        return [*pool.map(run, raw)]


@pytest.mark.parametrize("round_", range(3))
def test_one_message_on_four_connections_at_once(floor: Cast, round_: int) -> None:
    assert at_once(*[hl7.admission(control_id="1")] * 4) == ["AA"] * 4
    assert kinds() == [Kind.PATIENT_ADMITTED]
    assert Hl7Message.objects.count() == 1


@pytest.mark.parametrize("round_", range(25))
def test_two_patients_under_one_control_id_at_once(floor: Cast, round_: int) -> None:
    """Nothing is answered AA that is not stored and applied."""
    people = [
        hl7.admission(control_id="1", number=number, visit=number, place=place)
        for number, place in (("P1", "CARD^^C-01"), ("P2", "CARD^^C-02"))
    ]
    assert at_once(*people, *people) == ["AA"] * 4
    assert {stay.patient.number for stay in Admission.objects.all()} == {"P1", "P2"}
    assert len(kinds()) == 2
    rows = Hl7Message.objects.filter(control_id="1", status="AA")
    assert sorted("P1^" in row.raw for row in rows) == [False, True]


@pytest.mark.parametrize("round_", range(3))
def test_four_connections_name_the_same_unknown_things_at_once(floor: Cast, round_: int) -> None:
    stays = [hl7.admission(place="ICU2", attending="D77^Saleh^Huda") for _ in range(4)]
    assert at_once(*stays) == ["AA"] * 4
    assert Patient.objects.filter(number="MRN-9").count() == 1
    assert Ward.objects.filter(code="ICU2").count() == 1
    assert User.objects.filter(code="D77").count() == 1
    assert kinds() == [Kind.PATIENT_ADMITTED]


@pytest.mark.parametrize("round_", range(3))
def test_two_patients_for_one_bed_at_once(floor: Cast, round_: int) -> None:
    assert at_once(hl7.admission(number="1"), hl7.admission(number="2", visit="V2")) == ["AA"] * 2
    assert sorted(stay.bed_id or 0 for stay in Admission.objects.all()) == [0, floor.bed.pk]


@pytest.mark.parametrize("round_", range(3))
def test_two_visits_of_one_patient_at_once(floor: Cast, round_: int) -> None:
    visits = [hl7.admission(visit=f"V{number}") for number in range(4)]
    assert at_once(*visits) == ["AA"] * 4
    assert Admission.objects.filter(discharged_at=None).count() == 1
    assert Admission.objects.count() == 4


def test_patients_who_swap_beds_at_once(floor: Cast) -> None:
    """Each needs the bed that the other's old stay gives up: a deadlock, which is tried again."""
    beds = ("CARD^^C-01", "CARD^^C-02")
    for number, place in enumerate(beds):
        assert send(hl7.admission(number=f"P{number}", visit=f"A{number}", place=place)) == "AA"
    for round_ in range(5):
        moves = [
            hl7.admission(number=f"P{number}", visit=f"{round_}-{number}", place=place)
            for number, place in enumerate(beds if round_ % 2 else beds[::-1])
        ]
        assert at_once(*moves) == ["AA", "AA"]
    assert Admission.objects.filter(discharged_at=None).count() == 2
