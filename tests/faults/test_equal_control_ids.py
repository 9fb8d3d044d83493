"""Several connections with one control id at the same moment: never AA without what it says.

A real listener of several processes, each connection of a round taken by whichever is quickest.
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django_scopes import scopes_disabled

from config.local.redis import free_port
from tests.cast import Cast
from tests.conftest import StartProcess
from tests.faults import lasting
from tests.faults.feed import Sender
from tests.processes import Process, wait_for
from tests.wards.hl7 import messages as hl7
from wards.kinds import Kind
from wards.models import Event, Hl7Message, Patient

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = lasting(25, 200)
KILLED_EVERY = 10  # rounds; the listener takes some seconds to start again
PROCESSES = 3
# What the connections of a round say: for each its patient, and the minute of its MSH-7.
WAYS = {
    "the same": ["A 1", "A 1"],
    "the same at another time": ["A 1", "A 2"],
    "two contents": ["A 1", "B 1"],
    "two contents at other times": ["A 1", "B 2"],
    "three contents": ["A 1", "B 1", "C 1"],
    "three connections, two contents": ["A 1", "B 1", "A 2"],
}


class Round:
    """Messages with one control id, each on a connection that is open before any is sent."""

    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self.control_id = f"R{number}"
        said = [each.split() for each in [*WAYS.values()][number % len(WAYS)]]
        self.patients = [f"{self.control_id}{patient}" for patient, _ in said]
        self._messages = [self._message(*each) for each in said]
        self._senders = [Sender(port).connect() for _ in said]

    def _message(self, patient: str, minute: str) -> str:
        number = f"{self.control_id}{patient}"
        raw = hl7.admission(
            control_id=self.control_id,
            number=number,
            visit=number,
            name=f"Of{patient}^Round{self.number}",
            born=f"19{50 + ord(patient) % 40}0101",
            place="CARD",
        )
        return raw.decode().replace("20261120101500", f"2026112010{int(minute):02}00")

    def send(self, meanwhile: Process | None) -> list[Counter[str]]:
        """Sends all at once, each until it is answered; `meanwhile` is killed and started again."""
        barrier = Barrier(len(self._senders) + bool(meanwhile))

        def run(sender: Sender, message: str) -> Counter[str]:
            barrier.wait(10)
            try:
                return sender.play([message])
            finally:
                sender.close()

        with ThreadPoolExecutor(len(self._senders)) as pool:
            playing = [pool.submit(run, *each) for each in zip(self._senders, self._messages)]  # noqa: B905
            if meanwhile:
                barrier.wait(10)
                time.sleep(random.uniform(0, 0.02))  # between the first byte and an answer
                meanwhile.kill()
                meanwhile.start()
            return [each.result(60) for each in playing]


@pytest.fixture
def listener(cast: Cast, start_process: StartProcess) -> tuple[Process, int]:
    port = free_port()
    process = start_process("hl7", HL7_PORT=str(port), HL7_PROCESSES=str(PROCESSES))
    wait_for(lambda: "listening" in process.output.lower(), 20, "the HL7 listener")
    return process, port


def test_equal_control_ids_at_once(listener: tuple[Process, int]) -> None:
    process, port = listener
    for number in range(1, ROUNDS + 1):
        round_ = Round(number, port)
        answers = round_.send(process if number % KILLED_EVERY == 0 else None)
        assert answers == [Counter(AA=1)] * len(answers)
        assert_applied_once(round_)
    with scopes_disabled():
        assert not Hl7Message.objects.exclude(status="AA").exists()


def assert_applied_once(round_: Round) -> None:
    """Each content is a row, each patient is there, and was admitted once."""
    expected = sorted(set(round_.patients))
    with scopes_disabled():
        rows = Hl7Message.objects.filter(control_id=round_.control_id, status="AA")
        assert sorted(_patient_of(row.raw) for row in rows) == expected
        people = Patient.objects.filter(number__startswith=f"{round_.control_id}")
        known = [each.number for each in people if each.number[:-1] == round_.control_id]
        assert sorted(known) == expected
        stays = Event.objects.filter(kind=Kind.PATIENT_ADMITTED, patient__number__in=expected)
        assert sorted(stays.values_list("patient__number", flat=True)) == expected


def _patient_of(raw: str) -> str:
    return raw.split("PID|1||")[1].split("^", maxsplit=1)[0]
