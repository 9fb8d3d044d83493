"""Whether this worker has been told to stop: long work is handed back between two steps of it.

The signal reaches the worker alone. Its pool's processes, which do the work, are forked from it
and read what it has written into memory that they share.
"""

import mmap
from typing import Any

from celery.signals import worker_shutting_down

_told = mmap.mmap(-1, 1)


class Told(Exception):
    """Another worker is to go on."""


def look() -> None:
    """Raises Told once the worker is to stop."""
    if _told[0]:
        raise Told


@worker_shutting_down.connect
def _tell(**_: Any) -> None:
    _told[0] = 1
