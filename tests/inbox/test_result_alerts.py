"""What people hear of results as laboratories send them: only what is true, once, to the end."""

import threading
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox import fanout, mailbox
from inbox.models import Level, Mailbox, Notification
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast, create_cast
from tests.inbox.truth import assert_mailboxes_consistent
from tests.messaging.people import make_reachable
from tests.wards import hl7_messages as hl7
from tests.wards.hl7_messages import send
from wards.kinds import Kind
from wards.models import Event, Hl7Message, Outbox, Patient, Result, ResultVersion, User, Ward

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

AT = "20261126150000"


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def oru(*obx: str, status: str = "F", test: str = "K^Potassium^L", **fields: str) -> bytes:
    """A report on Pat, who lies in Cardiology, ordered by Priya unless `orderer` is another."""
    given = {"place": "CARD^^C-01", "orderer": "C006^Prasad^Priya", "said": AT} | fields
    order = given.get("order", "P1|F1")
    return hl7.message(
        hl7.header("ORU^R01", **fields),
        f"PID|1||{given.get('number', 'MRN-1')}^^^RAWDAH^MRN||Patel^Pat||19800101|F",
        f"PV1|1|{given.get('patient_class', 'I')}|{given['place']}",
        f"OBR|1|{order}|{test}|||{given.get('observed', '')}|||||||||{given['orderer']}"
        f"||||||{given['said']}|||{status}",
        *obx,
    )


def potassium(value: str, flag: str = "", status: str = "F", between: str = "3.5-5.1") -> str:
    return f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|{between}|{flag}|||{status}"


def alert(user: User) -> Notification:
    """The one alert a user has of a result."""
    with scopes_disabled():
        return Notification.objects.get(recipient=user, result__isnull=False)


def said(user: User) -> tuple[str, str, str]:
    note = alert(user)
    return note.level, note.title, note.message


def box(user: User) -> tuple[int, int]:
    return Mailbox.objects.values_list("seq", "unread").get(user=user)


CASES = {
    # What is sent, and the level, title and message that Priya gets.
    "A1 out of its range without a flag": (
        oru(potassium("7.9")),
        "warning", "Potassium for Pat Patel", "7.9 mmol/L (3.5-5.1). Cardiology.",
    ),
    "A2 positive without a flag": (
        oru("OBX|1|CWE|94534-5^RdRp^LN||10828004^Positive^SCT||||||F", test="X^SARS-CoV-2 RNA^LN"),
        "warning", "SARS-CoV-2 RNA for Pat Patel", "RdRp Positive. Cardiology.",
    ),
    "A3 a cancelled order": (
        oru("OBX|1|NM|K^Potassium^L||||||||X", status="X"),
        "warning", "Cancelled: Potassium for Pat Patel", "Cancelled by the laboratory. Cardiology.",
    ),
    "A4 all values withdrawn": (
        oru(potassium("7.9", "HH", "W"), status="C"),
        "warning", "Withdrawn: Potassium for Pat Patel",
        "Withdrawn by the laboratory: 7.9 mmol/L (3.5-5.1, HH). Cardiology.",
    ),
    "A5 a report in words": (
        oru("OBX|1|TX|IMP^Impression^L||Acute subdural haematoma, midline shift 9 mm.||||||F",
            test="CTHEAD^CT head^L"),
        "warning", "CT head for Pat Patel",
        "Report: Acute subdural haematoma, midline shift 9 mm. Cardiology.",
    ),
    "A6 a flag that only laboratories know": (
        oru(potassium("6.9", "CRIT")),
        "critical", "Critical: Potassium for Pat Patel", "6.9 mmol/L (3.5-5.1, CRIT). Cardiology.",
    ),
    "A7 a comma, beyond the hospital's limit": (
        oru("OBX|1|NM|tt-0003-01^Creatinine^L||310,5|umol/L|||||F", test="CREA^Creatinine^L"),
        "critical", "Critical: Creatinine for Pat Patel", "310,5 umol/L. Cardiology.",
    ),
    "A7 a comparator": (
        oru("OBX|1|NM|tt-0003-01^Creatinine^L||≥300|umol/L|||||F", test="CREA^Creatinine^L"),
        "critical", "Critical: Creatinine for Pat Patel", "≥300 umol/L. Cardiology.",
    ),
    "normal, because the laboratory says so": (
        oru(potassium("4.9", "N")),
        "info", "Potassium for Pat Patel", "4.9 mmol/L (3.5-5.1, N). Normal. Cardiology.",
    ),
    "within its range, and no more than that": (
        oru(potassium("4.9")),
        "info", "Potassium for Pat Patel",
        "4.9 mmol/L (3.5-5.1). Within the range given. Cardiology.",
    ),
    "a value that says nothing": (
        oru("OBX|1|ST|K^Potassium^L||see remark||||||F"),
        "warning", "Potassium for Pat Patel", "see remark, not interpreted. Cardiology.",
    ),
    "no values": (
        oru(),
        "warning", "Potassium for Pat Patel", "No values were sent. Cardiology.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_s01_an_alert_says_what_was_said(cast: Cast, case: str) -> None:
    factories.create_limit(cast.hospital, high=300)
    raw, *expected = CASES[case]
    assert send(raw) == "AA"
    assert said(cast.priya) == tuple(expected)


def test_s01_two_readings_are_both_shown(cast: Cast) -> None:
    factories.create_limit(cast.hospital, "PLT", high=1000)
    assert send(oru("OBX|1|NM|PLT^Platelets^L||1,200|G/L|||||F", test="PLT^Platelets^L")) == "AA"
    level, _, message = said(cast.priya)
    assert level == "critical"
    assert "1,200 G/L, read as 1200 / 1.2" in message


def test_s01_of_many_values_the_worst_come_first_and_the_rest_are_counted(cast: Cast) -> None:
    normal = [f"OBX|{n}|NM|T{n}^Test {n}^L||5|g|1-9|N|||F" for n in range(15)]
    assert send(oru(*normal, potassium("6.9", "HH"), test="U^Everything^L")) == "AA"
    message = alert(cast.priya).message
    assert message.startswith("Potassium 6.9 mmol/L (3.5-5.1, HH) · Test 0 5 g (1-9, N)")
    assert "and 12 more" in message
    assert "Normal" not in message


def test_s01_the_place_is_that_of_the_patient(cast: Cast) -> None:
    factories.create_admission(patient=cast.patient, ward=cast.renal, bed=cast.renal_bed)
    assert send(oru(potassium("6.9", "HH"), place="CARD")) == "AA"
    assert said(cast.omar)[2] == "6.9 mmol/L (3.5-5.1, HH). Renal Ward, bed R-01."
    assert alert(cast.noor).event.other_ward == cast.cardiology, "both wards hear"


P = oru(potassium("6.9", "HH", "P"), status="P", said="202611261500")
F = oru(potassium("6.9", "HH"), status="F", said="202611261510")
C = oru(potassium("4.9", "N", "C"), status="C", said="202611261520")


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


def letters(cast: Cast) -> list[str]:
    with scopes_disabled():
        sent = Message.objects.filter(patient=cast.patient, code="test_result_ready")
        return [*sent.order_by("id").values_list("status", flat=True)]


def test_s05_a_patient_hears_once_an_order(cast: Cast) -> None:
    make_reachable(cast)
    ready, sodium = potassium("4.9", "N"), "NA^Sodium^L"
    send(oru(potassium("4.9", "N", "P"), status="P", said="202611261500"))
    assert letters(cast) == []
    send(oru(ready, said="202611261510"))
    send(oru(ready, said="202611261511", test=sodium))
    send(oru(potassium("4.8", "N"), status="C", said="202611261512"))
    assert letters(cast) == [Status.QUEUED]
    with scopes_disabled():
        assert Notification.objects.filter(recipient=cast.pat).count() == 1
    send(oru(ready.replace("|F", "|X"), status="X", said="202611261513"))
    assert letters(cast) == [Status.CANCELLED], "what is withdrawn before it left does not leave"


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
    assert letters(cast) == []
    with scopes_disabled():
        assert not Notification.objects.filter(recipient=cast.pat).exists()


def test_s05_a_patient_hears_when_what_was_critical_is_final_and_harmless(cast: Cast) -> None:
    make_reachable(cast)
    send(P)
    send(oru(potassium("4.9", "N"), said="202611261510"))
    assert letters(cast) == [Status.QUEUED]


def heard(event_kind: str = Kind.TEST_RESULT_CRITICAL) -> set[str]:
    with scopes_disabled():
        told = Notification.objects.filter(event__kind=event_kind)
        return {*told.values_list("recipient__username", flat=True)}


def test_s02_a_ward_nobody_knows_is_not_made_and_the_patients_own_hears(cast: Cast) -> None:
    factories.create_admission(patient=cast.patient, ward=cast.renal, bed=cast.renal_bed)
    assert send(oru(potassium("6.9", "HH"), place="NEPHRO^^7", orderer="")) == "AA"
    assert heard() == {"omar"}
    with scope(hospital=cast.hospital.pk):
        assert not Ward.objects.filter(code="NEPHRO").exists()
        assert "NEPHRO" in Hl7Message.objects.latest("id").reason


def test_s02_nobody_is_named_so_managers_hear_and_are_told_why(cast: Cast) -> None:
    send(oru(potassium("6.9", "HH"), place="", patient_class="O", orderer=""))
    assert heard() == {"mona"}
    assert alert(cast.mona).message == (
        "Neither a ward nor a provider is named. You are told as hospital manager."
        " 6.9 mmol/L (3.5-5.1, HH)."
    )
    with scope(hospital=cast.hospital.pk):
        fell_back = Event.objects.get(kind=Kind.ALERT_FELL_BACK)
    assert fell_back.data["users"] == [cast.mona.pk]


def off_duty(*users: User) -> None:
    with scopes_disabled():
        for user in users:
            user.duty_periods.update(ends_at=timezone.now() - timedelta(minutes=1))


def test_s02_nobody_on_duty_there_is_told_to_the_charge_nurse_of_the_house(cast: Cast) -> None:
    off_duty(cast.noor)
    factories.create_duty(cast.farid, cast.renal, in_charge=True)
    send(oru(potassium("6.9", "HH")))
    assert heard() == {"priya", "farid"}
    assert alert(cast.farid).message.startswith(
        "Nobody is on duty in Cardiology. You are told as charge nurse. 6.9"
    )
    assert alert(cast.priya).message.startswith("6.9")


@pytest.mark.parametrize("there", ["mona", "alice"])
def test_s02_then_managers_then_administrators(cast: Cast, there: str) -> None:
    off_duty(cast.noor)
    if there == "alice":
        User.objects.filter(pk=cast.mona.pk).update(is_active=False)
    send(oru(potassium("6.9", "HH"), orderer=""))
    assert heard() == {there}


def test_s02_somebody_who_cannot_sign_in_has_heard_nothing(cast: Cast) -> None:
    ghost = factories.create_user(cast.hospital, "provider", code="G1", has_password=False)
    send(oru(potassium("6.9", "HH"), place="", orderer="G1^Ghost^Gus"))
    assert heard() == {"mona", ghost.username}, "it waits for them, but nobody has heard of it"
    assert "the provider cannot be told" in alert(cast.mona).message


def test_s02_what_nobody_hears_is_an_event_and_an_error(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(hospital=cast.hospital).update(is_active=False)
    send(oru(potassium("6.9", "HH")))
    with scope(hospital=cast.hospital.pk):
        unheard = Event.objects.get(kind=Kind.ALERT_UNHEARD)
        assert not Outbox.objects.exists()
    assert (unheard.patient, unheard.data["test"]) == (cast.patient, "Potassium")


def test_s02_copies_and_the_attending_of_the_stay_hear(cast: Cast) -> None:
    factories.create_admission(
        patient=cast.patient, ward=cast.renal, bed=cast.renal_bed, provider=cast.priya
    )
    factories.create_user(cast.hospital, "provider", username="cora", code="C7")
    raw = oru(potassium("6.9", "HH"), orderer="", place="").replace(
        b"|||F\r", b"|||F|||C7^Copy^Cora\r", 1
    )
    send(raw)
    assert heard() == {"omar", "priya", "cora"}


def test_s02_the_clinic_of_an_outpatient_hears(cast: Cast) -> None:
    send(oru(potassium("6.9", "HH"), patient_class="O", orderer=""))
    assert heard() == {"noor"}


def test_s02_a_duty_that_is_over_or_to_come_does_not_count(cast: Cast) -> None:
    off_duty(cast.noor)
    later = factories.create_user(cast.hospital, username="later")
    factories.create_duty(later, cast.cardiology, begin=timezone.now() + timedelta(minutes=5))
    send(oru(potassium("6.9", "HH"), orderer=""))
    assert heard() == {"mona"}


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
    print(len(queries), *[q["sql"][:100] for q in queries], sep="\n")
