"""Bulk sends: how soon one sees what would be sent, and how soon it is queued."""

from itertools import count
from pathlib import Path
from statistics import median

from django.db import connection

from tests import factories
from tests.benchmarks import stage
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size
from wards.models import Hospital, Role

TINY, FEW, MANY = size(100, 5), size(10_000, 20), size(100_000, 100)
TEXT = f"""{MANY:,} patients, a third of whom read Arabic, each with a number and a mailbox, to be
written to in own words by SMS, WhatsApp or e-mail, whichever they prefer. The preview is measured
from the form to the finished preview: everybody's channel, number, words and SMS parts are worked
out and written down. The file has the same people with two columns of its own. They are queued from
the click to the last message with its history; the floor is a bare `COPY` of the same rows into the
table of messages, which has the same indexes, without a history. Each in a process of its own that
has prepared one for {TINY} patients before: what a worker loads once, most of it before its first
task (Django's checks load all URLs), is not what people wait for. Peak memory is the process's,
against one that does {FEW:,}."""
_files = count(1)

PEOPLE = """
INSERT INTO wards_patient (hospital_id, number, first_name, last_name, email, phone, gender,
    language, tags, deceased)
SELECT %(hospital)s, 'B-' || n, 'Layla', 'Haddad ' || n, 'b' || n || '@example.org',
    '+96650' || lpad(n::text, 7, '0'), 'F', CASE n %% 3 WHEN 0 THEN 'ar' ELSE 'en' END, '{{}}',
    false
FROM generate_series(1, %(people)s) AS n
""".replace("{{}}", "{}")


def settle(name: str, people: int) -> Hospital:
    """A hospital with so many patients, and somebody who writes to them."""
    hospital = factories.create_hospital(name)
    factories.create_user(hospital, Role.FRONT_DESK)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"hospital": hospital.pk, "people": people})
        cursor.execute(POLICY, {"hospital": hospital.pk})
        cursor.execute("ANALYZE wards_patient")
    return hospital


POLICY = """
INSERT INTO messaging_messagingpolicy (hospital_id, quiet_from, quiet_until, failure_limit,
    approval_above, budget_currency, budget_warning)
VALUES (%(hospital)s, '00:00', '00:00', 5, 1000000, '', 80)
"""


def do(
    verb: str, hospital: Hospital, before: Hospital, path: Path | str = "-"
) -> tuple[float, int]:
    """Seconds and peak memory in bytes, in a process that has prepared one for `before`."""
    with stage.Helper("bulk_send_worker", environment={}) as worker:
        worker.ask(f"prepare {before.pk} -")
        worker.answer()
        worker.ask(f"{verb} {hospital.pk} {path}")
        seconds, peak = worker.answer().split()
        return float(seconds), int(peak)


def a_file(directory: Path, rows: int) -> Path:
    """The patients of the hospital by their number, and strangers by turns."""
    path = directory / f"list-{next(_files)}.csv"
    lines = (
        f"{'' if n % 2 else f'B-{n + 1}'},Layla Haddad,+96650{n + 1:07},b{n + 1}@example.org,"
        f"{'ar' if n % 3 else 'en'},Cardiology,{n}\n"
        for n in range(rows)
    )
    path.write_text(f"patient_id,name,phone,email,language,clinic,amount\n{''.join(lines)}")
    return path


def measure(runs: int, sockets: int, directory: Path) -> Section:
    tiny, few, many = settle("Tiny", TINY), settle("Few", FEW), settle("Many", MANY)
    file = a_file(directory, MANY)
    _, small = do("prepare", few, tiny)
    times: dict[str, list[float]] = {"file": [], "prepare": [], "queue": [], "copy": []}
    peaks: dict[str, int] = {}
    for _ in range(runs):
        for verb, found in times.items():
            as_file = verb == "file"
            seconds, peak = do("prepare", many, tiny, file) if as_file else do(verb, many, tiny)
            found.append(seconds)
            peaks[verb] = max(peak, peaks.get(verb, 0))
    middle = {verb: median(values) for verb, values in times.items()}
    floor = middle["copy"] / middle["queue"]
    memory = peaks["prepare"] / small
    return Section(
        "Bulk sends",
        TEXT,
        ["", "s", "people/s", "of the floor", "peak memory"],
        [
            line("preview of all patients", times["prepare"], peak=peaks["prepare"]),
            line("preview of a file", times["file"], peak=peaks["file"]),
            line("queued", times["queue"], floor, peaks["queue"]),
            line("bare COPY", times["copy"], 1.0),
        ],
        [
            Target(f"a preview of {MANY:,} patients within 3 s", middle["prepare"], 3),
            Target(f"its peak memory ≤ 1.3 times that of {FEW:,}", memory, 1.3),
            Target("queued at ≥ 0.4 of a bare COPY's rows/s", floor, at_least=0.4),
        ],
    )


def line(name: str, times: list[float], ratio: float | None = None, peak: int = 0) -> list[str]:
    memory = f"{peak / 1024**2:.0f} MB" if peak else ""
    of_floor = f"{ratio:.2f}" if ratio else ""
    return [name, spread(times, 1, 1), f"{MANY / median(times):,.0f}", of_floor, memory]
