"""/metrics: what it tells, and that it always comes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scopes_disabled
from pytest_django.fixtures import Settings

from config import local, probes
from config.local.redis import Redis
from config.metrics import page, reading
from config.metrics.installation import INTERVALS
from inbox.fanout import MAX_ATTEMPTS
from inbox.models import Level
from messaging.channels import Channel
from messaging.models import CarrierState
from messaging.statuses import Status
from tests import factories
from tests.database import database_away
from tests.faulty_redis import own_redis, stopped
from tests.feeds import create_feed
from tests.figures import Families, read, value
from tests.processes import Web, wait_for
from wards.base import clock, heartbeats
from wards.models import BulkOperation, Event, Hl7Message, Hospital, Outbox

__all__ = ["own_redis"]


def figures(client: Client) -> Families:
    response = client.get("/metrics")
    assert response.status_code == 200
    return read(response.content.decode())


@pytest.mark.django_db(transaction=True)
class TestWhatItTells:
    @pytest.fixture
    def hospital(self) -> Hospital:
        return factories.create_hospital()

    def test_what_waits(self, client: Client, hospital: Hospital) -> None:
        late = clock.now() - timedelta(minutes=10)
        patient = factories.create_patient(hospital)
        factories.create_message(patient, channel=Channel.SMS, due_at=late)
        factories.create_message(
            patient, channel=Channel.EMAIL, due_at=late, status=Status.SENDING, provider="sandbox"
        )
        factories.create_operation(hospital, status=BulkOperation.Status.PENDING)
        told = figures(client)
        assert 600 <= value(told, "wardbell_messages_due_age_seconds", channel="sms") < 660
        assert value(told, "wardbell_messages_due_age_seconds", channel="email") == 0
        assert value(told, "wardbell_messages_due", channel="sms") == 1
        assert 600 <= value(told, "wardbell_messages_unanswered_age_seconds", channel="email") < 660
        assert value(told, "wardbell_messages", channel="sms", status="queued") == 1
        assert value(told, "wardbell_operations_waiting") == 1
        assert value(told, "wardbell_operations_waiting_age_seconds") < 60
        assert value(told, "wardbell_metrics_unread") == 0
        assert value(told, "wardbell_database_up") == value(told, "wardbell_redis_up") == 1

    def test_messages_are_counted_whether_added_up_or_not(
        self, client: Client, hospital: Hospital
    ) -> None:
        for _ in range(3):
            factories.create_delivered(hospital)
            with connection.cursor() as cursor:
                cursor.execute("SELECT messaging_fold()")
        factories.create_delivered(hospital)
        told = figures(client)["wardbell_messages"]
        assert sum(s.value for s in told.samples if s.labels["status"] == "delivered") == 4

    def test_what_nobody_was_told_of_and_nobody_has_taken(
        self, client: Client, hospital: Hospital
    ) -> None:
        reader = factories.create_user(hospital)
        for _ in range(2):
            factories.create_notification(reader, level=Level.CRITICAL)
        with scopes_disabled():
            events = list(Event.objects.order_by("pk"))
            Outbox.objects.all().delete()
            Outbox.objects.create(event=events[0], attempts=MAX_ATTEMPTS)
            Outbox.objects.create(event=events[1])
        told = figures(client)
        assert value(told, "wardbell_untaken_alerts") == 2
        assert value(told, "wardbell_outbox_events") == 2
        assert value(told, "wardbell_outbox_given_up_events") == 1
        assert value(told, "wardbell_outbox_age_seconds") < 60

    def test_the_feed(self, client: Client, hospital: Hospital) -> None:
        feed = create_feed(hospital, "LAB", silent_after=5)
        ago = clock.now() - timedelta(minutes=10)
        for number, status in enumerate(("received", "AA", "AE")):
            Hl7Message.objects.create(
                hospital=hospital, feed=feed, control_id=f"{number}", status=status,
                received_at=ago + timedelta(minutes=number), raw="MSH|",
            )  # fmt: skip
        told, which_one = figures(client), {"feed": str(feed.pk)}
        assert 480 <= value(told, "wardbell_feed_last_message_age_seconds", **which_one) < 540
        assert 600 <= value(told, "wardbell_feed_unapplied_age_seconds", **which_one) < 660
        assert value(told, "wardbell_feed_refused_messages", **which_one) == 1
        assert value(told, "wardbell_feed_silent", **which_one) == 1
        assert str(feed.name) not in str(told)

    def test_providers(self, client: Client) -> None:
        rest = clock.now() + timedelta(minutes=1)
        CarrierState.objects.create(name="smtp", failures=5, rests_until=rest)
        told = figures(client)
        assert value(told, "wardbell_provider_failures", provider="smtp") == 5
        assert value(told, "wardbell_provider_resting", provider="smtp") == 1

    def test_processes_that_serve_no_pages(self, client: Client) -> None:
        assert value(figures(client), "wardbell_processes", part="hl7") == 0
        heartbeats.say("hl7")
        wait_for(lambda: "hl7" in heartbeats.seen())
        told = figures(client)
        assert value(told, "wardbell_processes", part="hl7") == 1
        assert value(told, "wardbell_processes", part="beat") == 0
        assert value(told, "wardbell_heartbeat_age_seconds", part="hl7") < 20
        for part in ("hl7", "web"):
            mine = {"part": part, "process": heartbeats.process()}
            assert abs(value(told, "wardbell_clock_ahead_seconds", **mine)) < 1
            assert value(told, "wardbell_process_open_fds", **mine) > 0
            assert value(told, "wardbell_process_start_time_seconds", **mine) > 1e9
            assert value(told, "wardbell_wakeups_dropped_total", kind="task", **mine) >= 0
            assert value(told, "wardbell_database_pool_max", **mine) > 0

    def test_what_another_release_said_is_left_out(self, client: Client) -> None:
        heartbeats.say("hl7")
        wait_for(lambda: "hl7" in heartbeats.seen())
        for said in ("null", '{"a": 1}', '[["wardbell_nobody_knows", {}, 1]]', "[[1]]"):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE wards_heartbeat SET figures = %s", [said])
            assert value(figures(client), "wardbell_processes", part="hl7") == 1

    def test_periodic_tasks(self, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM wards_periodictask")
            cursor.execute(
                "INSERT INTO wards_periodictask"
                " VALUES ('inbox.tasks.sweep', now() - interval '1 minute')"
            )
        told = figures(client)
        task = {"task": "inbox.tasks.sweep"}
        assert 60 <= value(told, "wardbell_periodic_task_age_seconds", **task) < 90
        assert value(told, "wardbell_periodic_task_interval_seconds", **task) == 5
        assert len(told["wardbell_periodic_task_interval_seconds"].samples) == len(INTERVALS)


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_takes_no_other_with_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.metrics import alerts as hospital

    monkeypatch.setattr(hospital, "OUTBOX", "SELECT 1 FROM not_there_yet")
    told = figures(client)
    assert value(told, "wardbell_metrics_unread") == 1
    assert not told["wardbell_outbox_events"].samples
    assert value(told, "wardbell_messages_due", channel="sms") == 0


OF_THE_PROCESS = re.compile(
    "wardbell_(process|wakeups|sockets|alerts_pushed|http|hl7|database_pool|periodic_task)"
)


def assert_database_is_said_away(told: Families) -> None:
    assert value(told, "wardbell_database_up") == 0
    for name, family in told.items():
        if family.samples and name.startswith("wardbell_") and not OF_THE_PROCESS.match(name):
            assert name in {"wardbell_database_up", "wardbell_redis_up", "wardbell_metrics_unread"}
    assert value(told, "wardbell_process_open_fds", part="web") > 0


@pytest.mark.django_db(transaction=True)
def test_it_comes_while_postgresql_is_away(client: Client) -> None:
    with connection.cursor():  # connects
        pass
    with database_away():
        wait_for(lambda: value(figures(client), "wardbell_database_up") == 0, 10)
        assert_database_is_said_away(figures(client))
    wait_for(lambda: value(figures(client), "wardbell_database_up") == 1, 10)


@pytest.mark.django_db(transaction=True)
def test_it_comes_while_redis_is_away(client: Client, settings: Settings, own_redis: Redis) -> None:
    settings.REDIS_URL = own_redis.url
    probes._redis.cache_clear()
    with stopped(own_redis):
        told = figures(client)
    probes._redis.cache_clear()
    assert value(told, "wardbell_redis_up") == 0
    assert value(told, "wardbell_database_up") == 1
    assert value(told, "wardbell_messages_due", channel="sms") == 0


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_it_comes_within_two_seconds_while_postgresql_hangs(tmp_path: Path, var: Path) -> None:
    """Its processes are stopped: the kernel still takes what is sent to them."""
    import psutil

    postgres, _ = local.servers(var, durable=False)
    postgres.start()
    env = {"DATABASE_URL": postgres.create_database("empty"), "PREFIX": "test-frozen"}
    web = Web(tmp_path / "web.log", env).start()
    try:
        web.wait_until_ready("/healthz/live")
        told = read(web.get("/metrics")[1])
        assert value(told, "wardbell_database_up") == 1
        assert value(told, "wardbell_metrics_unread") == 9, "it is empty"
        assert not told["wardbell_processes"].samples
        pid = int((postgres.data / "postmaster.pid").read_text().split()[0])
        server = psutil.Process(pid)
        with frozen([pid, *(child.pid for child in server.children(recursive=True))]):
            for _ in range(4):
                began = time.monotonic()
                told = read(web.get("/metrics")[1])
                assert time.monotonic() - began < 2.5  # of a machine that does other things, too
                assert_database_is_said_away(told)
        wait_for(
            lambda: value(read(web.get("/metrics")[1]), "wardbell_database_up") == 1, 15, "it is up"
        )
    finally:
        web.stop()
        postgres.stop()


@pytest.mark.django_db(transaction=True)
def test_the_series_are_few_and_well_named(client: Client) -> None:
    text = client.get("/metrics").content.decode()
    assert len([line for line in text.splitlines() if not line.startswith("#")]) < 300
    assert "django_" not in text
    assert "python_" not in text
    assert "_created" not in text
    for family in read(text).values():
        assert family.documentation
        assert re.match(r"(wardbell|process)_[a-z0-9_]+$", family.name)
    if promtool := which("promtool"):
        done = subprocess.run(
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_database_the_names_are_all_there() -> None:
    names = {family.name for family in reading.nothing().families}
    assert {"wardbell_messages", "wardbell_feed_silent", "wardbell_outbox_events"} <= names
    assert page.WITHIN < 2
