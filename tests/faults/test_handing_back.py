"""SIGTERM to the processes behind the pages: what is in hand is ended, and others go on at once."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import transaction
from django_scopes import scope, scopes_disabled
from pytest_django.fixtures import Settings

from config.local.redis import free_port
from messaging import delivery
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.carrier import StartCarrier
from tests.cast import Cast, create_cast
from tests.conftest import StartProcess
from tests.messaging.outbox import new_message
from tests.processes import Process, wait_for
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.test_listener import Sender
from tests.wards.operations import bulk
from tests.wards.operations.bulk import table
from wards.base import heartbeats
from wards.hl7.framing import framed
from wards.models import BulkOperation, Hl7Message, Patient
from wards.operations import actions

pytestmark = pytest.mark.django_db(transaction=True)

GRACE = 20.0  # s; as docs/deployment.md has it
LEASE = "600"  # s: longer than any test; who goes on earlier has been given it back
PATIENTS = 10_000


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return create_cast()


def end(process: Process) -> None:
    """Tells it to end; it must be gone before a supervisor would kill it."""
    before = time.monotonic()
    assert process.stop(timeout=GRACE) == 0, process.output
    print(f"gone after {time.monotonic() - before:.2f} s")


def test_a_worker_gives_back_a_bulk_operation(
    cast: Cast, start_process: StartProcess, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    env = {"MEDIA_ROOT": str(tmp_path / "media"), "BULK_LEASE": LEASE, "WORKERS": "1"}
    first = start_process("worker", **env)
    rows = [f"N{n},Layla,Haddad {n},p{n}@example.com,,1980-05-15,F" for n in range(PATIENTS)]
    with scope(hospital=cast.hospital.pk):
        operation = actions.start_import(
            hospital=cast.hospital, by=cast.mona, file=table(bulk.PATIENTS, rows)
        )

    def done() -> int:
        with scopes_disabled():
            return BulkOperation.objects.values_list("cursor", flat=True).get(pk=operation.pk)

    wait_for(done, 60, "it has begun")
    with transaction.atomic(), scopes_disabled():  # the first waits meanwhile
        held = BulkOperation.objects.select_for_update().get(pk=operation.pk)
        assert held.cursor < PATIENTS
        second = start_process("worker", **env)
        wait_for(lambda: "ready" in second.output, 60, second.output)
        os.kill(first.pid, signal.SIGTERM)
        wait_for(lambda: "Warm shutdown" in first.output, 20, "it has heard it")
    wait_for(lambda: not first.running, GRACE, "it is gone")
    assert first.kill() == 0
    wait_for(lambda: done() == PATIENTS, 60, "the rest is done")
    with scopes_disabled():
        operation.refresh_from_db()
        assert operation.worker != held.worker, "the first has done the rest"
        assert Patient.objects.filter(last_name__startswith="Haddad").count() == PATIENTS


def test_a_sender_leaves_the_rest_to_another(
    start_process: StartProcess, start_carrier: StartCarrier
) -> None:
    carrier = start_carrier(latency=0.5)
    env = carrier.environment("http://127.0.0.1:1") | {"MESSAGING_LEASE": LEASE}
    senders = [start_process("sender", MESSAGING_CALLS="8", **env) for _ in range(2)]
    for each in senders:
        wait_for(lambda each=each: "listening" in each.output, 60)  # type: ignore[misc]
    hospital = factories.create_hospital()
    delivery.queue([new_message(hospital) for _ in range(100)])
    wait_for(carrier.ledger, 30, "the carrier has some")
    end(senders[0])
    with scopes_disabled():
        sent = Message.objects.filter(status=Status.SENT)
        wait_for(lambda: sent.count() == 100, 60, "the other has sent the rest")
    references = [message["reference"] for message in carrier.ledger()]
    assert len(references) == len(set(references)) == 100


@pytest.mark.parametrize("processes", [1, 2])
def test_a_listener_answers_what_it_has_taken(
    cast: Cast, start_process: StartProcess, processes: int
) -> None:
    """Whoever sends without waiting gets an answer for each message that was taken, then an end."""
    port = free_port()
    command = f"python manage.py hl7_listener --port {port} --processes {processes}"
    listener = start_process(command)
    wait_for(lambda: "listening" in listener.output, 60)
    sender, number = Sender(port), 300
    visits = [hl7.admission(number=f"P{n}", visit=f"V{n}") for n in range(number)]
    sender.send(b"".join(map(framed, visits)))
    wait_for(lambda: _taken() > 0, 30)
    end(listener)
    answers = []
    with suppress(EOFError):  # a ConnectionResetError would be another end
        while True:
            answers.append(sender.answer()[0])
    sender.close()
    assert answers == ["AA"] * _taken()
    assert 0 < len(answers) < number
    with pytest.raises(ConnectionRefusedError):
        Sender(port)


def _taken() -> int:
    with scopes_disabled():
        return Hl7Message.objects.count()


def test_beat_ends_at_once(start_process: StartProcess) -> None:
    beat = start_process("beat")
    wait_for(lambda: "beat" in heartbeats.seen(), 60, "it ticks")
    end(beat)
