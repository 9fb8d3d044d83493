"""One event becomes the right people's alerts, once, numbered, in their language."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox import fanout, tasks
from inbox.models import Level, Mailbox, Notification
from inbox.rules import recipients as readers
from inbox.rules.table import Rule, rules_for
from tests import factories
from tests.cast import Cast, create_cast
from wards import events
from wards.actions import appointments
from wards.kinds import Kind
from wards.models import Event, Outbox, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def told(user: User) -> list[str]:
    """The titles a user has, oldest first."""
    with scopes_disabled():
        rows = Notification.objects.filter(recipient=user).order_by("id")
        return list(rows.values_list("title", flat=True))


def test_an_admission_tells_the_nurse_on_duty_there_and_the_patient(cast: Cast) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    assert told(cast.noor) == ["Pat Patel admitted to Cardiology"]
    assert told(cast.pat) == ["Welcome to Rawdah General"]
    assert told(cast.omar) == told(cast.zed) == told(cast.dana) == []


def test_a_transfer_tells_both_wards(cast: Cast) -> None:
    stay = factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    from wards.actions import admissions

    with scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=stay, ward=cast.renal, bed=cast.renal_bed)
    assert told(cast.omar) == ["Pat Patel moved to Renal Ward"]
    assert told(cast.noor)[-1] == "Pat Patel moved to Renal Ward"


def test_whoever_is_off_duty_or_inactive_is_not_told(cast: Cast) -> None:
    now = timezone.now()
    late = factories.create_user(cast.hospital)
    factories.create_duty(late, cast.cardiology, begin=now + timedelta(hours=1))
    gone = factories.create_user(cast.hospital)
    factories.create_duty(
        gone, cast.cardiology, begin=now - timedelta(hours=9), end=now - timedelta(hours=1)
    )
    left = factories.create_user(cast.hospital, is_active=False)
    factories.create_duty(left, cast.cardiology)
    factories.create_admission(ward=cast.cardiology)
    assert told(late) == told(gone) == told(left) == []
    assert len(told(cast.noor)) == 1


def test_two_duties_in_one_ward_do_not_tell_twice(cast: Cast) -> None:
    now = timezone.now()
    factories.create_duty(
        cast.noor, cast.cardiology, begin=now - timedelta(hours=2), end=now + timedelta(hours=2)
    )
    factories.create_admission(ward=cast.cardiology)
    assert len(told(cast.noor)) == 1


def test_a_critical_result_tells_the_provider_and_the_ward(cast: Cast) -> None:
    factories.report_result(
        cast.patient, "640", flag="HH", ward=cast.cardiology, provider=cast.priya
    )
    assert told(cast.noor) == told(cast.priya)
    with scopes_disabled():
        alert = Notification.objects.get(recipient=cast.noor)
    assert alert.level == Level.CRITICAL
    assert alert.message == "Creatinine 640 µmol/L (HH). Cardiology."
    assert told(cast.pat) == []


@pytest.mark.parametrize(("cleared", "level"), [(True, Level.SUCCESS), (False, Level.WARNING)])
def test_the_arrival_ping_says_whether_all_is_cleared(
    cast: Cast, cleared: bool, level: Level
) -> None:
    booked = factories.create_appointment(
        provider=cast.priya,
        patient=cast.patient,
        financial_clearance=cleared,
        consent_verified=True,
    )
    with scope(hospital=cast.hospital.pk):
        appointments.arrive(appointment=booked)
        ping = Notification.objects.filter(recipient=cast.priya).latest("id")
    assert (ping.title, ping.level) == ("Pat Patel has arrived", level)
    assert ("Financially cleared." in ping.message) == cleared
    assert "Consent verified." in ping.message


def test_a_template_has_versions_and_is_no_result(cast: Cast) -> None:
    """Nobody is told, and nothing waits or fails for ever."""
    factories.create_template(cast.hospital)
    with scopes_disabled():
        assert Event.objects.filter(kind=Kind.TEMPLATE_CREATED).exists()
        assert not Outbox.objects.exists()


def test_everybody_is_told_in_their_language(cast: Cast) -> None:
    User.objects.filter(pk=cast.noor.pk).update(language="ar")
    james = factories.create_user(cast.hospital)
    factories.create_duty(james, cast.cardiology)
    factories.create_admission(ward=cast.cardiology, patient=cast.patient)
    assert told(james) == ["Pat Patel admitted to Cardiology"]
    assert "أمراض القلب" in told(cast.noor)[0]


def test_what_a_patient_is_called_is_never_read_as_a_placeholder(cast: Cast) -> None:
    odd = factories.create_patient(cast.hospital, first_name="{ward.hospital}", last_name="{0}")
    factories.create_admission(ward=cast.cardiology, patient=odd)
    assert told(cast.noor) == ["{ward.hospital} {0} admitted to Cardiology"]


def test_seqs_and_unread_counts_go_up_by_one_each(cast: Cast) -> None:
    for _ in range(3):
        factories.create_admission(ward=cast.cardiology)
    box = Mailbox.objects.get(user=cast.noor)
    assert (box.seq, box.unread) == (3, 3)
    with scopes_disabled():
        seqs = Notification.objects.filter(recipient=cast.noor).values_list("seq", flat=True)
        assert sorted(seqs) == [1, 2, 3]


@pytest.mark.fan_out_fails
def test_dispatching_again_tells_nobody_twice(cast: Cast) -> None:
    factories.create_admission(ward=cast.cardiology)
    with scopes_disabled():
        event = Event.objects.get(kind=Kind.PATIENT_ADMITTED)
        assert not fanout.dispatch([event.pk])
        Outbox.objects.create(event=event)  # even if the outbox were wrong
        assert not fanout.dispatch([event.pk])
        assert Outbox.objects.get().error
    assert len(told(cast.noor)) == 1
    assert Mailbox.objects.get(user=cast.noor).seq == 1


@pytest.mark.fan_out_fails
def test_a_rule_that_raises_undoes_nothing_and_is_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: str) -> None:
        raise ImproperlyConfigured("Pat Patel")

    with monkeypatch.context() as patch:
        patch.setattr(readers, "rules_for", broken)
        factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    with scopes_disabled():
        waiting = Outbox.objects.get()
        assert waiting.attempts == 1
        assert "ImproperlyConfigured" in waiting.error
        assert "Pat" not in waiting.error
        assert told(cast.noor) == []
        tasks.sweep()  # not yet due
        assert told(cast.noor) == []
        Outbox.objects.update(retry_at=timezone.now())
        tasks.sweep()
    assert told(cast.noor) == ["Pat Patel admitted to Cardiology"]
    with scopes_disabled():
        assert not Outbox.objects.exists()


@pytest.mark.fan_out_fails
def test_an_event_that_fails_for_ever_is_kept_but_not_tried_for_ever(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[str] = []

    def broken(kind: str) -> None:
        attempts.append(kind)
        raise ZeroDivisionError

    monkeypatch.setattr(readers, "rules_for", broken)
    factories.create_admission(ward=cast.cardiology)
    with scopes_disabled():
        for _ in range(fanout.MAX_ATTEMPTS + 3):
            Outbox.objects.update(retry_at=timezone.now())
            tasks.sweep()
        assert len(attempts) == fanout.MAX_ATTEMPTS
        assert Outbox.objects.count() == 1


@pytest.mark.parametrize("readers", [1, 40])
def test_it_takes_the_same_queries_however_many_are_told(cast: Cast, readers: int) -> None:
    for _ in range(readers):
        factories.create_duty(factories.create_user(cast.hospital), cast.cardiology)
    with scope(hospital=cast.hospital.pk):
        patient = factories.create_patient(cast.hospital)
        bed = factories.create_bed(cast.cardiology)
        with CaptureQueriesContext(connection) as queries:
            factories.create_admission(ward=cast.cardiology, patient=patient, bed=bed)
    fan_out = [q["sql"] for q in queries if "inbox_" in q["sql"] or "wards_user" in q["sql"]]
    assert len(fan_out) == 3  # take the event, find the readers, write everything
    assert len(queries) == 16  # these, the admission, and templates and messages for the patient


def test_it_publishes_nothing_but_what_is_committed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def publish(events: list[Event], *args: object) -> None:
        assert not connection.in_atomic_block
        seen.extend(event.pk for event in events)

    monkeypatch.setattr("inbox.publications.publish.alerts", publish)
    factories.create_admission(ward=cast.cardiology)
    assert len(seen) == 1


def test_many_events_at_once_are_told_in_order_and_in_the_queries_of_one(cast: Cast) -> None:
    nurse = factories.create_user(cast.hospital, language="ar")
    factories.create_duty(nurse, cast.cardiology)
    taken = {count: len(admit_and_discharge(cast, count)) for count in (2, 60)}
    assert taken[2] == taken[60] <= 14
    for user in (cast.noor, nurse, cast.pat):
        box = Mailbox.objects.get(user=user)
        assert (box.seq, box.unread) == (62, 62)
    with scopes_disabled():
        rows = Notification.objects.filter(recipient=cast.noor).order_by("seq")
        assert [row.seq for row in rows] == list(range(1, 63))
        assert [row.event_id for row in rows] == sorted(row.event_id for row in rows)


def admit_and_discharge(cast: Cast, count: int) -> CaptureQueriesContext:
    """Records so many events of two kinds in one transaction; the queries that took."""
    kinds = (Kind.PATIENT_ADMITTED, Kind.PATIENT_DISCHARGED)
    about = {"ward": cast.cardiology, "patient": cast.patient}
    recorded = [
        Event(hospital=cast.hospital, kind=kinds[number % 2], source="web", **about)
        for number in range(count)
    ]
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        events.record_all(recorded)
    return queries


@pytest.mark.fan_out_fails
def test_one_broken_event_does_not_hold_up_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_for_discharges(kind: str) -> list[Rule]:
        if kind == Kind.PATIENT_DISCHARGED:
            raise ZeroDivisionError
        return rules_for(kind)

    monkeypatch.setattr(readers, "rules_for", broken_for_discharges)
    admit_and_discharge(cast, 6)
    assert told(cast.noor) == ["Pat Patel admitted to Cardiology"] * 3
    with scopes_disabled():
        assert Outbox.objects.count() == 3
