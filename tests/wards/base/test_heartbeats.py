"""Signs of life are rows by the database's clock, said beside those who work."""

import os
import socket

import pytest
from django.db import connection

from tests.database import database_away
from tests.processes import wait_for
from tests.threads import no_threads
from wards.base import heartbeats
from wards.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


def age(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wards_heartbeat SET at = at - make_interval(secs => %s)", [seconds])


def test_one_row_a_process_says_when() -> None:
    heartbeats.say("hl7")
    wait_for(Heartbeat.objects.exists)
    first = Heartbeat.objects.get()
    wait_for(lambda: not heartbeats._saying.locked())
    heartbeats.say("hl7")
    wait_for(lambda: Heartbeat.objects.get().at > first.at)
    assert first.process == f"{socket.gethostname()}:{os.getpid()}"
    assert abs((first.at - first.said_at).total_seconds()) < 60


def test_a_part_is_seen_for_a_while() -> None:
    heartbeats.say("hl7")
    wait_for(lambda: list(heartbeats.seen()) == ["hl7"])
    age(heartbeats.COUNTS_FOR)
    assert heartbeats.seen() == {}


def test_processes_that_ended_long_ago_are_forgotten() -> None:
    heartbeats.say("hl7")
    wait_for(lambda: heartbeats.seen())
    heartbeats.clear()
    assert Heartbeat.objects.count() == 1
    age(heartbeats.KEPT_FOR)
    heartbeats.clear()
    assert not Heartbeat.objects.exists()


def test_without_the_database_nobody_waits_and_nothing_fails() -> None:
    connection.ensure_connection()
    with database_away():
        heartbeats.say("hl7")
        wait_for(lambda: not heartbeats._saying.locked(), 10)
    heartbeats.say("hl7")
    wait_for(lambda: list(heartbeats.seen()) == ["hl7"])


def test_nor_without_a_thread_to_say_it() -> None:
    with no_threads():
        heartbeats.say("hl7")
    heartbeats.say("hl7")
    wait_for(lambda: list(heartbeats.seen()) == ["hl7"])


def test_a_fork_can_say_it_too() -> None:
    """Whatever the parent was saying in that moment."""
    with heartbeats._saying:
        child = os.fork()
        if child == 0:
            os._exit(int(heartbeats._saying.locked()))
    assert os.waitpid(child, 0)[1] == 0
