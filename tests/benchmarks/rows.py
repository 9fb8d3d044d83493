"""The rows of one event for thousands of recipients."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection, transaction

from config.local.postgresql import Postgres
from tests.benchmarks import people
from tests.benchmarks.announcement import MESSAGE, Announcement
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.stage import Helper

TEXT = """Notifications, numbers and unread counts of one event, with the commit. `notify.send` of
django-notifications-hq gets the list of users; as it comes it commits row by row, so it is also
measured within one transaction. It keeps neither numbers nor counts. The floor is a bare
`INSERT … SELECT` into a table with the columns, constraints and indexes of ours."""
FLOOR = """
INSERT INTO floor (hospital_id, event_id, created_at, recipient_id, seq, category, level, title,
                   message, link, acknowledge_comment)
SELECT %s, %s, now(), user_id, %s, 'system', 'info', 'Maintenance', %s, '/inbox/', ''
FROM unnest(%s::bigint[]) AS user_id
"""


def measure(runs: int, recipients: int, directory: Path) -> Section:
    staff = people.hire(recipients)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor (LIKE inbox_notification INCLUDING ALL)")

    def wardbell(run: int) -> float:
        return Announcement(staff.hospital).write(staff.ids)

    def floor(run: int) -> float:
        start = perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FLOOR, [staff.hospital.pk, run, run, MESSAGE, staff.ids])
        return perf_counter() - start

    database = Postgres(directory / "postgres").create_database("notifications_hq")
    with Helper(
        "peers.notifications_hq", recipients, environment={"DATABASE_URL": database}
    ) as peer:

        def notifications_hq(how: str, run: int) -> float:
            peer.ask(how)
            return float(peer.answer())

        ways: dict[str, Callable[[int], float]] = {
            "Wardbell": wardbell,
            "django-notifications-hq": partial(notifications_hq, "each"),
            "the same in one transaction": partial(notifications_hq, "one"),
            "bare INSERT … SELECT": floor,
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for run in range(runs + 1):  # the first is to warm up
            for name, way in ways.items():
                seconds = way(run)
                if run:
                    times[name].append(seconds)
    ours, theirs, _, bare = (median(each) for each in times.values())
    return Section(
        "Rows",
        TEXT,
        ["rows of one event", "ms", "rows/s", "of bare"],
        [
            [name, spread(each), f"{recipients / median(each):,.0f}", f"{median(each) / bare:.2f}"]
            for name, each in times.items()
        ],
        [
            Target("≥ 20 times the rows/s of django-notifications-hq", theirs / ours, at_least=20),
            Target("≤ 2 times a bare INSERT … SELECT", ours / bare, 2),
        ],
    )
