"""The dashboard and the analytics with millions of messages, and what counting them costs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.carriers.base import Accepted
from messaging.channels import Channel
from messaging.delivery import claims
from messaging.delivery.outcomes import Outcome, settle
from messaging.insights import counters
from messaging.models import Message
from tests import factories
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size
from tests.messaging.outbox import Scripted, new_message
from wards.models import Hospital, Role

FEW, MANY, DAYS, AT_ONCE = size(50_000, 200), size(5_000_000, 400), 365, size(500_000, 150)
COPIED, SENT, LEFT = size(20_000, 100), size(640, 16), size(64, 8)  # messages a run; in a claim
PAGES = {
    "dashboard": "/notifications/",
    "dashboard, 90 days": "/notifications/?days=90",
    "analytics": "/notifications/analytics/",
    "analytics, 365 days": "/notifications/analytics/?days=365",
}
TEXT = f"""Time in the database of whole pages, of a hospital with {FEW:,} messages and of one with
{MANY:,}, both of the last {DAYS} days: three channels, 20 templates, two providers, four countries,
all states. `count(*)` by status over the same 30 days is what the dashboard would ask without
tallies. Below, what keeping them costs: the same work with the triggers and without. `COPY` is of
{COPIED:,} messages; sending is {SENT:,} messages, claimed and settled {LEFT} at a time; a single
one is queued in a transaction of its own."""

FILL = """
INSERT INTO messaging_message (hospital_id, key, topic, urgent, code, "values", channel, fallbacks,
    address, country, language, subject, body, parts, status, reason, due_at, attempts, tries,
    provider, provider_id, cost, currency, created_at, sent_at, delivered_at, read_at, version_id,
    variant)
SELECT %(hospital)s, '', 'care', false, '', '{}', (ARRAY['sms', 'whatsapp', 'email'])[1 + n %% 3],
    '{}', '+966500000000', (ARRAY['SA', 'SA', 'SA', 'AE', 'BH', 'KW'])[1 + n %% 6], 'en', '',
    'Your appointment is on Tuesday.', 1 + n %% 3, status,
    CASE WHEN status IN ('failed', 'bounced') THEN (30000 + n %% 12)::text ELSE '' END, NULL, 1, 1,
    (ARRAY['twilio', 'unifonic'])[1 + n %% 2], '', 0.04, 'SAR', at, at + interval '1 second',
    CASE WHEN status IN ('delivered', 'read') THEN at + exp(3 * random()) * interval '1 s' END,
    CASE WHEN status = 'read' THEN at + exp(8 * random()) * interval '1 s' END,
    (%(versions)s::bigint[])[1 + n %% 20], 0
FROM (
    SELECT n, now() - random() * interval '%(days)s days' AS at, (ARRAY['delivered', 'delivered',
        'delivered', 'read', 'read', 'sent', 'failed', 'bounced', 'suppressed', 'delivered'])
        [1 + floor(random() * 10)::int] AS status
    FROM generate_series(1, %(messages)s) AS n
) AS made
"""
COUNT = """
SELECT status, count(*) FROM messaging_message
WHERE hospital_id = %s AND created_at > now() - interval '30 days' GROUP BY status
"""
COLUMNS = """hospital_id, key, topic, urgent, code, "values", channel, fallbacks, address, country,
    language, subject, body, parts, status, reason, attempts, tries, provider, provider_id,
    currency, created_at, variant"""


class Look(NamedTuple):
    """Seconds in the database, and queries, of one request."""

    seconds: float
    queries: int


def fill(hospital: Hospital, messages: int) -> None:
    """Messages of a year, written in large statements, each counted once by the triggers."""
    versions = [
        factories.create_template(hospital).versions.values_list("pk", flat=True)[0]
        for _ in range(20)
    ]
    with connection.cursor() as cursor:
        for start in range(0, messages, AT_ONCE):
            some = min(AT_ONCE, messages - start)
            given: dict[str, Any] = {"hospital": hospital.pk, "versions": versions, "days": DAYS}
            cursor.execute(FILL, {**given, "messages": some})
            counters.fold()


def look(client: Client, address: str) -> Look:
    times: list[float] = []

    def timed(execute: Callable[..., object], *query: object) -> object:
        start = perf_counter()
        try:
            return execute(*query)
        finally:
            times.append(perf_counter() - start)

    with connection.execute_wrapper(timed):
        response = client.get(address)
    assert response.status_code == 200, response
    return Look(sum(times), len(times))


def reader_of(hospital: Hospital) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(factories.create_user(hospital, Role.FRONT_DESK))
    return client


def count(hospital: Hospital) -> Look:
    """What the dashboard would do without tallies, for one of its figures."""
    start = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [hospital.pk])
        cursor.fetchall()
    return Look(perf_counter() - start, 1)


def pages(runs: int) -> dict[str, list[Look]]:
    """Of each page, with few and with many messages, by turns."""
    ways: dict[str, Callable[[], Look]] = {}
    for name, messages in (("few", FEW), ("many", MANY)):
        hospital = factories.create_hospital(name)
        fill(hospital, messages)
        client = reader_of(hospital)
        for page, address in PAGES.items():
            ways[f"{page}, {messages:,}"] = partial(look, client, address)
        ways[f"count(*), {messages:,}"] = partial(count, hospital)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_message, messaging_tally")
    found: dict[str, list[Look]] = {name: [] for name in ways}
    for run in range(3 * runs + 1):  # the first is to warm up
        for name, way in ways.items():
            seen = way()
            if run:
                found[name].append(seen)
    return found


def copied(hospital: Hospital, block: bytes) -> float:
    with connection.cursor() as cursor:
        start = perf_counter()
        with cursor.copy(f"COPY messaging_message ({COLUMNS}) FROM STDIN") as copy:
            copy.write(block)
        return perf_counter() - start


def rows(hospital: Hospital) -> bytes:
    """Of a COPY, as a bulk send writes them."""
    row = f"{hospital.pk}\t\tcare\tf\t\t{{}}\tsms\t{{}}\t+9665\tSA\ten\t\tYour appointment is"
    rest = f"1\tqueued\t\t0\t0\t\t\t\t{timezone.now().isoformat()}\t0\n"
    return (f"{row}\t{rest}" * COPIED).encode()


def sent(hospital: Hospital) -> float:
    """Claimed and settled; they were queued before."""
    provider = Scripted()
    provider.rate = 1e6
    Message.objects.filter(hospital=hospital).exclude(due_at=None).update(due_at=None)
    delivery.queue([new_message(hospital) for _ in range(SENT)])
    start = perf_counter()
    for _ in range(SENT // LEFT):
        claimed = claims.claim(Channel.SMS, provider, LEFT).messages
        settle(provider, [Outcome(m, Accepted(f"id-{m.reference}")) for m in claimed])
    return perf_counter() - start


def queued(hospital: Hospital) -> float:
    """One by one, each in a transaction."""
    start = perf_counter()
    for _ in range(50):
        delivery.queue([new_message(hospital)])
    return (perf_counter() - start) / 50


def triggers(runs: int) -> dict[str, tuple[list[float], list[float]]]:
    """What is done -> seconds with the triggers and without, by turns."""
    hospital = factories.create_hospital("Triggers")
    block = rows(hospital)
    works: dict[str, Callable[[], float]] = {
        "COPY": lambda: copied(hospital, block),
        "sending": lambda: sent(hospital),
        "queueing one": lambda: queued(hospital),
    }
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in works}
    with connection.cursor() as cursor:
        for run in range(2 * runs + 1):  # the first is to warm up
            for name, work in works.items():
                for off, verb in enumerate(("ENABLE", "DISABLE")):
                    cursor.execute(f"ALTER TABLE messaging_message {verb} TRIGGER USER")
                    seconds = work()
                    if run:
                        found[name][off].append(seconds)
        cursor.execute("ALTER TABLE messaging_message ENABLE TRIGGER USER")
    return found


def measure(runs: int, sockets: int, directory: Path) -> Section:
    with scopes_disabled():
        costs = triggers(runs)
        found = pages(runs)
    seconds = {name: [each.seconds for each in looks] for name, looks in found.items()}
    base = median(seconds[f"dashboard, {FEW:,}"])
    times = {name: median(each) / base for name, each in seconds.items()}
    queries = {name: looks[-1].queries for name, looks in found.items()}
    worst = max(
        median(with_them) / median(without)
        for name, (with_them, without) in costs.items()
        if name != "queueing one"
    )
    return Section(
        "Figures of messages",
        TEXT,
        ["", "ms", "of the dashboard with few", "queries"],
        [
            *(
                [name, spread(each, digits=1), f"{times[name]:.1f}", str(queries[name])]
                for name, each in seconds.items()
            ),
            *(
                [f"{name}, {how}", spread(each, digits=1), "", ""]
                for name, both in costs.items()
                for how, each in zip(("counted", "not counted"), both, strict=True)
            ),
        ],
        [
            Target(
                f"every page with {MANY:,} messages < 10 times the dashboard with {FEW:,}",
                max(times[f"{page}, {MANY:,}"] for page in PAGES),
                10,
            ),
            Target(
                "as many queries with many as with few (most by which they differ)",
                max(abs(queries[f"{p}, {MANY:,}"] - queries[f"{p}, {FEW:,}"]) for p in PAGES),
                0,
            ),
            Target("COPY and sending ≤ 1.1 times as long while they are counted", worst, 1.1),
        ],
    )
