"""What happens again and again reads a handful of rows, however much has happened.

A million events, a million messages with their steps and ten million alerts, most of them old, in
two hospitals (under `make soak`). Each periodic task, each look of a sender and of a hub, and what
people do is run on it, and the plans of the statements really sent are looked at: none reads a
whole table.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from config.celery import app
from config.metrics import installation, reading
from config.metrics.families import Rows
from inbox import mailbox
from inbox.mailbox import Ask
from inbox.models import Mailbox, Notification
from inbox.publications import standing
from messaging import carriers
from messaging.channels import Channel
from messaging.delivery import claims, orphans
from messaging.models import Message, MessageLog
from messaging.statuses import Status
from tests import factories
from tests.faults import at_night
from tests.feeds import create_feed
from tests.filling import fill
from wards import reminders
from wards.base import clock
from wards.kinds import Kind
from wards.models import Appointment, Event, Hl7Message, Hospital, Role, User

pytestmark = at_night  # filling takes minutes
EVENTS = MESSAGES = 1_000_000
READERS, ALERTS_EACH = 1_000, 10_000
LARGE = 10_000  # rows; a smaller table may be read as a whole
PAGES_READ = 10_000  # 8 KB each, of a statement that only reads
PAGES_A_ROW = 8  # that it answers: an index's depth, and the row in each of two tables
YEARS = "interval '2 years'"


@pytest.fixture(scope="module")
def millions(django_db_setup: None, django_db_blocker: Any) -> Iterator[Hospital]:
    """One of the hospitals; removed at the end."""
    with django_db_blocker.unblock(), scopes_disabled(), connection.cursor() as cursor:
        try:
            hospital, other = factories.create_hospital(), factories.create_hospital("Elsewhere")
            _fill_events(hospital, other)
            _fill_messages(hospital)
            _fill_alerts(hospital)
            _fill_feed(hospital)
            cursor.execute("VACUUM ANALYZE")
            yield hospital
        finally:
            cursor.execute("TRUNCATE wards_hospital CASCADE")


def _fill_events(hospital: Hospital, other: Hospital) -> None:
    """Most of long ago; and today 1,500 visits, to be reminded of or to be asked about."""
    provider = factories.create_user(hospital, Role.PROVIDER)
    visit = factories.create_appointment(provider=provider)
    event = Event.objects.filter(appointment=visit).latest("id")
    soon = "date_trunc('minute', now()) + n * interval '1 minute'"
    fill(visit, 1_500, starts_at=soon, created_at="now() - interval '3 days'",
         status="CASE WHEN n < 600 THEN 'completed' ELSE 'booked' END")  # fmt: skip
    fill(
        event,
        EVENTS,
        hospital_id=f"CASE WHEN n %% 3 = 0 THEN {other.pk} ELSE {hospital.pk} END",
        kind="(ARRAY['patient.admitted', 'appointment.completed', 'patient.updated'])[1 + n %% 3]",
        at=f"now() - {YEARS} * n / {EVENTS}",
        key="CASE WHEN n %% 2 = 0 THEN 'reminder:24h:' || n ELSE '' END",
        source="'system'",
    )
    completed = Appointment.objects.filter(status=Appointment.Status.COMPLETED)
    Event.objects.bulk_create(
        Event(
            hospital=hospital,
            kind=Kind.APPOINTMENT_COMPLETED,
            source=Event.Source.WEB,
            appointment=appointment,
            patient_id=visit.patient_id,
            provider=provider,
            at=clock.now() - timedelta(hours=2),
        )
        for appointment in completed
    )


def _fill_messages(hospital: Hospital) -> None:
    """Delivered long ago; besides, some due on each channel and some that nobody answered for."""
    patient = factories.create_patient(hospital)
    message = factories.create_delivered(hospital, patient=patient)
    fill(message, MESSAGES, dedup_key="'m' || n", created_at=f"now() - {YEARS} * n / {MESSAGES}",
         sent_at=f"now() - {YEARS} * n / {MESSAGES}", provider="'sandbox'",
         provider_id="'p' || n")  # fmt: skip
    step = MessageLog.objects.filter(message=message).latest("id")
    fill(step, MESSAGES, message_id=f"{message.pk} + n", at=f"now() - {YEARS} * ({MESSAGES} - n) / {MESSAGES}")  # fmt: skip  # noqa: E501
    late = clock.now() - timedelta(minutes=10)
    for channel in Channel.values:
        for _ in range(20):
            factories.create_message(patient, channel=channel, due_at=late)
    for _ in range(20):
        unclear = factories.create_message(
            patient, status=Status.SENDING, provider="sandbox", due_at=late
        )
        MessageLog.objects.create(message=unclear, status=Status.SENDING, channel=unclear.channel)


def _fill_alerts(hospital: Hospital) -> None:
    """A thousand people with as many alerts each; some snoozed until a minute ago."""
    readers = [factories.create_user(hospital, Role.FRONT_DESK) for _ in range(READERS)]
    first = readers[0].pk
    alert = factories.create_notification(readers[0])
    fill(
        alert,
        READERS * ALERTS_EACH,
        recipient_id=f"{first} + n %% {READERS}",
        seq=f"n / {READERS} + 2",
        event_id=f"{alert.event_id} + 1 + n / {READERS}",
        created_at=f"now() - {YEARS} * ({READERS * ALERTS_EACH} - n) / {READERS * ALERTS_EACH}",
        read_at="CASE WHEN n %% 50 > 0 THEN now() END",
        level="'info'",
        snoozed_until="CASE WHEN n %% 10000 = 0 THEN now() - interval '1 minute' END",
    )
    Mailbox.objects.bulk_create(
        [Mailbox(user=reader, seq=ALERTS_EACH + 2, unread=ALERTS_EACH // 50) for reader in readers],
        ignore_conflicts=True,
    )


def _fill_feed(hospital: Hospital) -> None:
    """A laboratory's messages of two years."""
    message = Hl7Message.objects.create(
        hospital=hospital, feed=create_feed(hospital, "LAB"), raw="MSH|", status="AA"
    )
    fill(message, EVENTS, control_id="'c' || n", digest="''",
         received_at=f"now() - {YEARS} * ({EVENTS} - n) / {EVENTS}")  # fmt: skip


PLANNED = ("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")


@contextmanager
def watching() -> Iterator[list[str]]:
    """The faults of the plans of all that is sent meanwhile, which is undone in the end."""
    faults: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().split(None, 1)[0].upper() in PLANNED:
            faults.extend(_faults(sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(look):
            yield faults
        transaction.set_rollback(True)


def _faults(sql: str, params: Any) -> Iterator[str]:
    """What is wrong with the plan of a statement: it is run, in a savepoint, and undone."""
    with connection.cursor() as cursor:
        cursor.db.execute_wrappers, wrappers = [], cursor.db.execute_wrappers
        try:
            cursor.execute("SAVEPOINT plan")
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + sql, params)
            (answer,) = cursor.fetchone()
            cursor.execute("ROLLBACK TO SAVEPOINT plan")
            sizes = _sizes()
        finally:
            cursor.db.execute_wrappers = wrappers
    top = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    for node in _nodes(top):
        table = node.get("Relation Name", "")
        if node["Node Type"] == "Seq Scan" and sizes.get(table, 0) > LARGE:
            yield f"reads all of {table}: {sql}"
    read = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    enough = max(PAGES_READ, PAGES_A_ROW * top["Actual Rows"])
    if read > enough and top["Node Type"] != "ModifyTable" and "INSERT" not in sql:
        yield f"reads {read} pages: {sql}"


def _sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r'")
        return dict(cursor.fetchall())


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


PERIODIC = sorted({entry["task"] for entry in app.conf.beat_schedule.values()})


@pytest.mark.parametrize("task", PERIODIC)
def test_no_periodic_task_reads_a_whole_table(millions: Hospital, db: None, task: str) -> None:
    """All that beat has done; a task that is added to its table is in here."""
    app.loader.import_default_modules()
    with watching() as faults:
        app.tasks[task].run()
    assert not faults


def test_there_was_something_to_do(millions: Hospital, db: None) -> None:
    """Else the plans above would be those of nothing."""
    assert reminders.record_due() > 500
    woken = mailbox.wake_snoozed()
    assert sum(len(changed.ids) for changed in woken) >= READERS * ALERTS_EACH // 20_000


def _sender() -> None:
    for channel in Channel:
        for provider in carriers.for_channel(channel):
            claims.claim_unclear(channel, provider.name, 100)
            assert claims.claim(channel, provider, 100).messages
    orphans.sweep()


def _hub() -> None:
    users = list(User.objects.values_list("pk", flat=True)[:500])
    standing.present(users, {f"session-{number}" for number in range(500)})
    behind = [Ask(user, ALERTS_EACH - 10) for user in users]
    mailbox.catch_up([*behind, *(Ask(user, None) for user in users[:50])])


def _verbs() -> None:
    user = Notification.objects.order_by("id")[0].recipient
    newest = list(Notification.objects.filter(recipient=user).order_by("-id")[:50])
    mailbox.mark_read(user, [each.pk for each in newest])
    mailbox.archive(user, [each.pk for each in newest[:5]])
    mailbox.withdraw([newest[0].event_id], mailbox.recipients([newest[0].event_id]))


def _figures() -> None:
    """What /metrics reads, each fifteen seconds and by each web process."""

    def ask(statement: str, values: Mapping[str, object]) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, cast(Any, values or None))
            return list(cursor.fetchall())

    list(installation.lives(ask))
    for reader in reading.READERS:
        assert list(reader(ask))


@pytest.mark.parametrize("look", [_sender, _hub, _verbs, _figures])
def test_no_look_of_a_process_reads_a_whole_table(
    millions: Hospital, db: None, look: Callable[[], None]
) -> None:
    with scopes_disabled(), watching() as faults:
        look()
    assert not faults


def test_the_table_can_be_read_wrongly(millions: Hospital, db: None) -> None:
    """The test itself: what reads everything is noticed."""
    with scopes_disabled(), watching() as faults:
        list(Event.objects.filter(data={"no": "index"})[:1])
        Message.objects.filter(body="no index").exists()
    assert len(faults) >= 2
