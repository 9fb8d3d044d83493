"""One alert follows a result to its end; patients hear once."""

import threading
from itertools import permutations

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from inbox import fanout, mailbox
from inbox.models import Level, Notification
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.inbox.results import C, F, P, alert, box, oru, potassium, said
from tests.messaging.people import make_reachable
from tests.wards.hl7.messages import send
from wards.models import Event, Hl7Message, Outbox, Patient, Result, ResultVersion

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def test_s05_one_alert_follows_the_result(cast: Cast) -> None:
    assert send(P) == "AA"
    assert said(cast.noor) == (
        "critical",
        "Critical: Potassium for Pat Patel",
        "Preliminary. 6.9 mmol/L (3.5-5.1, HH). Cardiology.",
    )
    first = alert(cast.noor)
    mailbox.acknowledge(cast.omar, first)
    mailbox.mark_read(cast.noor, [first.pk])
    before = box(cast.noor)
    assert send(F) == "AA"  # nothing new to hear
    final = alert(cast.noor)
    assert "Preliminary" not in final.message
    assert (final.pk, bool(final.read_at), final.acknowledged_by) == (first.pk, True, cast.omar)
    assert box(cast.noor) == (before[0] + 1, 0)
    with scope(hospital=cast.hospital.pk):
        mailbox.archive(cast.noor, [first.pk])
    assert send(C) == "AA"  # taken back, and said to everybody who had it
    for user in (cast.noor, cast.priya):
        assert said(user) == (
            "warning",
            "Corrected: Potassium for Pat Patel",
            "4.9 mmol/L (3.5-5.1, N), was 6.9. No longer critical. Normal. Cardiology.",
        )
        assert (alert(user).read_at, alert(user).archived_at) == (None, None)
    assert alert(cast.noor).acknowledged_by == cast.omar
    assert_mailboxes_consistent()


@pytest.mark.parametrize("order", [*permutations((P, F, C))])
def test_s05_any_order_ends_the_same(cast: Cast, order: tuple[bytes, ...]) -> None:
    for raw in order:
        assert send(raw) == "AA"
    with scope(hospital=cast.hospital.pk):
        result = Result.objects.get()
        assert (result.status, result.interpretation) == ("corrected", "normal")
        assert alert(cast.priya).level in (Level.WARNING, Level.INFO)
        assert alert(cast.priya).event == result.versions.latest("number").event
        assert "4.9 mmol/L" in alert(cast.priya).message
    assert_mailboxes_consistent()


def test_s05_a_stale_and_a_repeated_report_change_nothing(cast: Cast) -> None:
    again = oru(potassium("6.9", "HH"), said="202611261512")
    for raw in (F, P, again):
        assert send(raw) == "AA"
    with scope(hospital=cast.hospital.pk):
        assert Event.objects.filter(kind__startswith="test_result").count() == 1
        notes = [*Hl7Message.objects.order_by("id").values_list("reason", flat=True)]
        assert notes == [
            "",
            "nothing to do: a later report of this result is known already",
            "nothing to do: this report is known already",
        ]
        assert ResultVersion.objects.count() == 1


def test_s05_another_critical_value_rings_and_is_to_be_taken_again(cast: Cast) -> None:
    send(F)
    mailbox.acknowledge(cast.priya, alert(cast.priya))
    send(oru(potassium("7.4", "HH"), status="C", said="202611261511"))
    note = alert(cast.noor)
    assert (note.level, note.acknowledged_at, note.read_at) == (Level.CRITICAL, None, None)
    assert note.message == "7.4 mmol/L (3.5-5.1, HH), was 6.9. Cardiology."


def test_s05_a_withdrawal_is_said_to_everybody_who_had_it(cast: Cast) -> None:
    send(F)
    send(oru(potassium("", "", "W"), status="C", said="202611261511"))
    for user in (cast.noor, cast.priya):
        assert said(user) == (
            "warning",
            "Withdrawn: Potassium for Pat Patel",
            "Withdrawn by the laboratory: 6.9 mmol/L (3.5-5.1). Cardiology.",
        )


def test_s05_who_takes_what_has_changed_meanwhile_takes_nothing(cast: Cast) -> None:
    send(F)
    seen = alert(cast.noor)
    send(oru(potassium("7.4", "HH"), status="C", said="202611261511"))
    assert not mailbox.acknowledge(cast.noor, seen)
    assert alert(cast.noor).acknowledged_at is None


def test_s05_an_order_without_a_number_is_a_result_each_time(cast: Cast) -> None:
    for observed in ("", "", "202611261400", "202611261400"):
        send(oru(potassium("4.9", "N"), order="|", observed=observed))
    with scope(hospital=cast.hospital.pk):
        assert Result.objects.count() == 3


def test_s05_an_update_that_brings_the_laboratorys_number_completes_the_result(cast: Cast) -> None:
    send(oru(potassium("6.9", "HH", "P"), order="P1|", status="P"))
    send(oru(potassium("6.9", "HH"), order="P1|F1", said="202611261510"))
    send(oru(potassium("4.9", "N"), order="|F1", status="C", said="202611261520"))
    with scope(hospital=cast.hospital.pk):
        result = Result.objects.get()
    assert (result.placer, result.filler, result.version) == ("P1", "F1", 3)


@pytest.mark.fan_out_fails
def test_s05_events_told_in_the_wrong_order_or_twice_leave_the_newest(cast: Cast) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fanout, "readers", lambda events: 1 / 0)
        send(F)
        send(C)
    with scopes_disabled():
        late, new = Event.objects.filter(kind__startswith="test_result").order_by("id")
        fanout.dispatch([new.pk])
        fanout.dispatch([late.pk])
        Outbox.objects.create(event=late)
        fanout.dispatch([late.pk])
    assert alert(cast.priya).event == new
    with scopes_disabled():
        assert not Notification.objects.filter(level=Level.CRITICAL).exists()
    assert_mailboxes_consistent()


def test_s05_two_processes_at_once_keep_one_result_and_one_alert(cast: Cast) -> None:
    reports = [
        oru(potassium(f"7.{n}", "HH"), status="C", said=f"2026112615{n:02}") for n in range(8)
    ]

    def feed(mine: list[bytes]) -> None:
        for raw in mine:
            send(raw)
        connections.close_all()

    threads = [threading.Thread(target=feed, args=(reports[n::2],)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(hospital=cast.hospital.pk):
        fanout.dispatch([*Outbox.objects.values_list("pk", flat=True)])
        assert Result.objects.get().observations[0]["value"] == "7.7"
    for user in (cast.priya, cast.noor):
        assert "7.7 mmol/L" in alert(user).message
    assert_mailboxes_consistent()


def messages(cast: Cast) -> list[str]:
    with scopes_disabled():
        sent = Message.objects.filter(patient=cast.patient, code="test_result_ready")
        return [*sent.order_by("id").values_list("status", flat=True)]


def test_s05_a_patient_hears_once_an_order(cast: Cast) -> None:
    make_reachable(cast)
    ready, sodium = potassium("4.9", "N"), "NA^Sodium^L"
    send(oru(potassium("4.9", "N", "P"), status="P", said="202611261500"))
    assert messages(cast) == []
    send(oru(ready, said="202611261510"))
    send(oru(ready, said="202611261511", test=sodium))
    send(oru(potassium("4.8", "N"), status="C", said="202611261512"))
    assert messages(cast) == [Status.QUEUED]
    with scopes_disabled():
        assert Notification.objects.filter(recipient=cast.pat).count() == 1
    send(oru(ready.replace("|F", "|X"), status="X", said="202611261513"))
    assert messages(cast) == [Status.CANCELLED], "what is withdrawn before it left does not leave"


@pytest.mark.parametrize(
    "raw",
    [
        oru(potassium("4.9", "N"), observed="202601011200"),
        oru(potassium("6.9", "HH")),
        oru(potassium("4.9", "N", "X"), status="X"),
        oru(potassium("4.9", "N", "P"), status="P"),
    ],
    ids=["old", "critical", "cancelled", "preliminary"],
)
def test_s05_a_patient_does_not_hear(cast: Cast, raw: bytes) -> None:
    make_reachable(cast)
    send(raw)
    assert messages(cast) == []
    with scopes_disabled():
        assert not Notification.objects.filter(recipient=cast.pat).exists()


def test_s05_a_patient_hears_when_what_was_critical_is_final_and_harmless(cast: Cast) -> None:
    make_reachable(cast)
    send(P)
    send(oru(potassium("4.9", "N"), said="202611261510"))
    assert messages(cast) == [Status.QUEUED]


@pytest.mark.parametrize("readers", [1, 30])
def test_it_takes_the_same_queries_however_many_are_told_anew(cast: Cast, readers: int) -> None:
    for _ in range(readers):
        factories.create_duty(factories.create_user(cast.hospital), cast.cardiology)
    with scope(hospital=cast.hospital.pk):
        patient = Patient.objects.get(pk=cast.patient.pk)
        factories.report_result(patient, "7", "HH", filler="F", ward=cast.cardiology)
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            factories.report_result(patient, "8", "HH", filler="F", ward=cast.cardiology)
    assert len(queries) <= 32
