"""Messages: how many a second, how soon, and whether a large table matters."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.channels import Channel
from messaging.delivery import claims
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size
from tests.carrier import CarrierProcess
from tests.messaging.outbox import Scripted, new_message
from tests.processes import PROCFILE, Process, wait_for
from wards.models import Hospital

LATENCY = 0.1  # s, of the carrier
OURS, THEIRS = size(3000, 40), size(200, 5)  # messages a run
A_SECOND, SECONDS = 50, size(60, 1)
FEW, MANY = size(10_000, 2_000), size(1_000_000, 3_000)  # rows in the table
CLAIMED = size(64, 8)  # messages in a claim
OTHERS = size(1000, 20)  # messages by another provider while one hangs
SILENT = "+12025550109"  # the carrier tells nothing of them: nobody listens here
TEXT = f"""Messages to the sandbox carrier, a process of its own that answers after {LATENCY:g} s,
by one sender. Next to it, one Celery worker with default settings (a process a processor) that gets
a task for each message, with the same provider and the same rows. The steady flow is {A_SECOND}
messages a second for {SECONDS} s, each in a transaction of its own, from there to the carrier's
answer. The provider that hangs takes connections and says nothing, on another channel. A claim is
of {CLAIMED} messages out of a table that holds old ones besides."""


def queue(hospital: Hospital, number: int, **fields: object) -> list[int]:
    given = {"address": SILENT} | fields
    return delivery.queue([new_message(hospital, **given) for _ in range(number)])


def until_sent(ids: list[int], timeout: float = 120.0) -> None:
    waiting = Message.objects.filter(pk__in=ids).exclude(status=Status.SENT)
    wait_for(lambda: not waiting.exists(), timeout, "all are sent")


@contextmanager
def process(command: str, carrier: CarrierProcess, ready: str, **env: str) -> Iterator[Process]:
    """Runs meanwhile, in touch with the carrier."""
    log = carrier.log.with_name(f"{ready.split(maxsplit=1)[0]}-{perf_counter():.0f}.log")
    process = Process(command, log, carrier.environment("http://127.0.0.1:1") | env)
    process.start()
    try:
        wait_for(lambda: ready in process.output, 30, f"{command}\n{process.output}")
        yield process
    finally:
        process.stop()


def ours(hospital: Hospital, carrier: CarrierProcess) -> float:
    """Messages a second by the sender."""
    with process(PROCFILE["sender"], carrier, "listening"):
        queue(hospital, 100)  # to warm up
        until_sent(queue(hospital, 100))
        start = perf_counter()
        until_sent(queue(hospital, OURS))
        return OURS / (perf_counter() - start)


def theirs(hospital: Hospital, carrier: CarrierProcess) -> float:
    """Messages a second by a task each."""
    from tests.benchmarks.peers.celery_each import send

    command = "celery -A tests.benchmarks.peers.celery_each worker"
    with process(command, carrier, "[queues]"):
        for warm_up in (True, False):
            number = 20 if warm_up else THEIRS
            start = perf_counter()
            ids = queue(hospital, number)
            for id_ in ids:
                send.delay(id_)
            until_sent(ids)
        return THEIRS / (perf_counter() - start)


def steady(hospital: Hospital, carrier: CarrierProcess) -> list[float]:
    """Seconds from the transaction that queued it to the carrier's answer, of each message."""
    ids: list[int] = []
    with process(PROCFILE["sender"], carrier, "listening"):
        start = perf_counter()
        while (passed := perf_counter() - start) < SECONDS:
            if len(ids) < passed * A_SECOND:
                ids += queue(hospital, 1)
            time.sleep(0.002)
        until_sent(ids)
    times = Message.objects.filter(pk__in=ids).values_list("created_at", "sent_at")
    return sorted((sent - created).total_seconds() for created, sent in times if sent)


def beside(hospital: Hospital, carrier: CarrierProcess, *, hanging: bool) -> float:
    """Seconds for messages by one provider; while all calls to another hang, or alone."""
    env = {"MESSAGING_PROVIDERS": "hanging,sandbox"}
    with process("python -m tests.messaging.hanging", carrier, "listening", **env):
        until_sent(queue(hospital, 100, channel=Channel.WHATSAPP))
        if hanging:
            queue(hospital, 64)
            stuck = Message.objects.filter(provider="hanging", status=Status.SENDING)
            wait_for(lambda: stuck.count() >= 64, 10, "every call hangs")
        start = perf_counter()
        until_sent(queue(hospital, OTHERS, channel=Channel.WHATSAPP))
        seconds = perf_counter() - start
    Message.objects.filter(provider="hanging").update(due_at=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_providerstate SET rests = 0, rests_until = NULL")
    return seconds


def claim_times(hospital: Hospital, rows: int, runs: int) -> list[float]:
    """Seconds of each claim, in a table with so many messages."""
    provider = Scripted()
    provider.rate = 1e6
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"hospital": hospital.pk, "rows": rows - Message.objects.count()})
        cursor.execute("VACUUM ANALYZE messaging_message, messaging_messagelog")
    queue(hospital, CLAIMED * 10 * (runs + 1))
    times = []
    for _ in range(10 * (runs + 1)):
        start = perf_counter()
        claimed = claims.claim(Channel.SMS, provider, CLAIMED).messages
        times.append(perf_counter() - start)
        assert len(claimed) == CLAIMED
    return times[10:]


FILL = """
INSERT INTO messaging_message (hospital_id, key, topic, urgent, code, "values", channel, fallbacks,
    address, country, language, subject, body, parts, status, reason, due_at, attempts, tries,
    provider, provider_id, currency, created_at, sent_at, variant)
SELECT %(hospital)s, 'old:' || n || ':' || clock_timestamp(), 'care', false, '', '{}', 'sms', '{}',
    '+966500000000', 'SA', 'en', '', 'Your appointment is on Tuesday.', 1, 'delivered', '', NULL,
    1, 1, 'sandbox', 'SB' || n, 'USD', now(), now(), 0
FROM generate_series(1, %(rows)s) AS n
"""


def measure(runs: int, sockets: int, directory: Path) -> Section:
    hospital = factories.create_hospital("Messages")
    carrier = CarrierProcess(directory, latency=LATENCY)
    carrier.start()
    try:
        carrier.wait_until_ready()
        with scopes_disabled():
            return _measure(runs, hospital, carrier)
    finally:
        carrier.stop()


def _measure(runs: int, hospital: Hospital, carrier: CarrierProcess) -> Section:
    ways: dict[str, Callable[[], float]] = {
        "sender": lambda: ours(hospital, carrier),
        "a Celery task each": lambda: theirs(hospital, carrier),
        "alone": lambda: beside(hospital, carrier, hanging=False),
        "beside one that hangs": lambda: beside(hospital, carrier, hanging=True),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            found[name].append(way())
    waits = steady(hospital, carrier)
    small, large = (claim_times(hospital, rows, runs) for rows in (FEW, MANY))
    middle = {name: median(values) for name, values in found.items()}
    late = waits[int(len(waits) * 0.95)]
    return Section(
        "Messages",
        TEXT,
        ["", "", "messages/s"],
        [
            ["one sender", "", spread(found["sender"], 1)],
            ["a Celery task each", "", spread(found["a Celery task each"], 1)],
            *(
                [f"{OTHERS:,} by another provider, {name}", f"{spread(found[name])} ms", ""]
                for name in ("alone", "beside one that hangs")
            ),
            [f"steady flow of {A_SECOND}/s", f"95 % within {late * 1000:.0f} ms", ""],
            [f"a claim, {FEW:,} rows", f"{spread(small, digits=1)} ms", ""],
            [f"a claim, {MANY:,} rows", f"{spread(large, digits=1)} ms", ""],
        ],
        [
            Target(
                "≥ 10 times the messages/s of a Celery task each",
                middle["sender"] / middle["a Celery task each"],
                at_least=10,
            ),
            Target("95 % of a steady flow handed over within 10 s", late, 10),
            Target(
                "beside a provider that hangs ≤ 1.1 times as long",
                middle["beside one that hangs"] / middle["alone"],
                1.1,
            ),
            Target(
                f"a claim out of {MANY:,} rows ≤ 1.3 times one out of {FEW:,}",
                median(large) / median(small),
                1.3,
            ),
        ],
    )
