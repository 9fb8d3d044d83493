"""A feed over MLLP: messages a second until the last alert is out, and how long answers take."""

import math
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil
from django.db import connection
from django_scopes import scopes_disabled

from config.local.redis import free_port
from tests.benchmarks import senders, ward_feed
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size
from tests.processes import PROCFILE, Process, wait_for
from wards.models import Hospital, Outbox

SENT = size(600, 15)  # messages of each sender a run
MANY = 8  # senders at once
TEXT = f"""{SENT} messages of each sender, each after the answer to the one before: stays of
{ward_feed.PATIENTS} patients a sender, with admission, {ward_feed.RESULTS} results of
{ward_feed.VALUES} values, one of them critical, and discharge; a nurse on duty in each of
{ward_feed.WARDS} wards. Measured until the last alert is in its mailbox. The bare listener
(asyncio, psycopg) stores each message in one durable `INSERT` and answers: it reads nothing and
tells nobody. The processor's time is of all the listener's processes."""
BARE = "python -m tests.benchmarks.peers.bare_mllp"
ORDERED = """
SELECT count(*) FROM (
    SELECT event_id < max(event_id) OVER (
        PARTITION BY recipient_id, patient_id ORDER BY seq ROWS UNBOUNDED PRECEDING
    ) AS late
    FROM inbox_notification JOIN wards_event ON wards_event.id = event_id
    WHERE wards_event.hospital_id = %s
) AS alerts WHERE late
"""


class Listener:
    """A listener under test, and what it has done so far."""

    def __init__(self, name: str, command: str, directory: Path, stack: ExitStack) -> None:
        self.name, self.port = name, free_port()
        environment = {"HL7_PORT": str(self.port), "PORT": str(self.port)}
        self.process = Process(command, directory / f"hl7-{self.port}.log", environment)
        self.process.start()
        stack.callback(self.process.stop)
        self.rates: dict[int, list[float]] = {1: [], MANY: []}
        self.cpu: dict[int, list[float]] = {1: [], MANY: []}
        self.waits: dict[int, list[float]] = {1: [], MANY: []}

        def listens() -> bool:
            assert self.process.running, self.process.output
            return any(
                each.laddr and each.laddr.port == self.port and each.status == psutil.CONN_LISTEN
                for each in psutil.net_connections("tcp")
            )

        wait_for(listens, 60, f"{name}\n{self.process.output}")

    def run(self, number: int, hospital: Hospital) -> None:
        """So many senders at once; ends when everybody in the hospital is told."""
        feeds = [ward_feed.stays(sender, SENT) for sender in range(number)]
        used, start = self._used(), perf_counter()
        waits = senders.play(self.port, feeds)
        with scopes_disabled():
            untold = Outbox.objects.filter(event__hospital=hospital)  # not what other parts left
            wait_for(lambda: not untold.exists(), 60, "everybody is told")
        seconds = perf_counter() - start
        self.rates[number].append(SENT * number / seconds)
        self.cpu[number].append((self._used() - used) / (SENT * number))
        self.waits[number] += waits

    def _used(self) -> float:
        """Processor time, s, with its children's."""
        main = psutil.Process(self.process.pid)
        times = [each.cpu_times() for each in (main, *main.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    def row(self, number: int, bare: "Listener") -> list[str]:
        """Of the table."""
        waits = self.waits[number]
        return [
            f"{self.name}, {number} {'senders' if number > 1 else 'sender'}",
            spread(self.rates[number], 1),
            f"{self.of(bare, number):.3f}",
            f"{median(waits) * 1000:.1f}",
            f"{late(waits) * 1000:.1f}",
            spread(self.cpu[number], 1000, 1),
        ]

    def of(self, other: "Listener", number: int) -> float:
        """Our messages a second in the other's."""
        return median(self.rates[number]) / median(other.rates[number])


def late(times: list[float]) -> float:
    """What 99 % of the times are not above."""
    return sorted(times)[math.ceil(len(times) * 0.99) - 1]


def out_of_order(hospital: Hospital) -> int:
    """Alerts of a patient that somebody got after a later one."""
    with connection.cursor() as cursor:
        cursor.execute(ORDERED, [hospital.pk])
        return int(cursor.fetchone()[0])


def measure(runs: int, sockets: int, directory: Path) -> Section:
    hospital = ward_feed.settle()
    with ExitStack() as stack:
        ours = Listener("Wardbell", PROCFILE["hl7"], directory, stack)
        bare = Listener("bare listener", BARE, directory, stack)
        for run in range(runs + 1):  # the first is to warm up
            for number in (1, MANY):
                for listener in (ours, bare):
                    listener.run(number, hospital)
                    if not run:
                        for found in (listener.rates, listener.cpu, listener.waits):
                            found[number].clear()
    return Section(
        "A feed",
        TEXT,
        ["", "messages/s", "of bare", "answer, median ms", "99 % ms", "processor a message, ms"],
        [listener.row(number, bare) for number in (1, MANY) for listener in (ours, bare)],
        [
            Target("one sender ≥ 0.12 of the bare listener's", ours.of(bare, 1), at_least=0.12),
            Target("eight senders ≥ 0.09", ours.of(bare, MANY), at_least=0.09),
            Target("99 % of answers within 60 ms (ms)", late(ours.waits[MANY]) * 1000, 60),
            Target("no alert of a patient out of order", out_of_order(hospital), 0),
        ],
    )
