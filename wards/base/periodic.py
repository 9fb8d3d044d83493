"""Periodic work, claimed by a row: each interval once, whoever looks and whatever their clocks say.

A task is due when its row says so by the database's clock. Of several processes that look, one gets
it; where none looked for a while, it is due once, at the next look.
"""

from collections.abc import Mapping

from django.db import connection
from prometheus_client import Counter

from wards.base import sql

FAILED = Counter(
    "wardbell_periodic_task_failures", "Periodic work that ended in a fault.", ["task"]
)


def claim(intervals: Mapping[str, float]) -> list[str]:
    """Those of the tasks that are due, ours to run now; `intervals` are seconds, by name.

    One statement. A task begun in the future is due as well: then the database's clock was ahead
    and has been put right. A name that is new is due at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [list(intervals), list(intervals.values())])
        return [name for (name,) in cursor.fetchall()]


CLAIM = sql.load("wards/base/sql/claim_periodic_tasks.sql")
