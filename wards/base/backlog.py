"""What waits for Celery's workers, and nudging them without adding to it."""

from collections.abc import Sequence
from typing import Any

from celery import Task, current_app

from wards.base import wakeups


def nudge(task: Task[Any, Any], ids: Sequence[int]) -> None:
    """Has a worker run `task` for each of these rows, unless something waits for a worker already.

    So nothing piles up however long the workers are away or busy; who nudges comes back later.
    Raises kombu's OperationalError, within seconds, where Redis is away or hangs.
    """
    if ids and not waiting():
        for id_ in ids:
            wakeups.nudge(task, id_)


def waiting() -> int:
    """How many tasks wait for a worker. Raises kombu's OperationalError where Redis is away."""
    with current_app.connection_for_write(transport_options=wakeups.BRIEF) as connection:
        # Declaring changes nothing in Redis. Passively, kombu would look for a key without prefix.
        channel: Any = connection.default_channel
        found = channel.queue_declare(current_app.conf.task_default_queue)
    return int(found.message_count)
