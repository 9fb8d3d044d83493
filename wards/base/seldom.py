"""What is said again and again while something is away: now and then, so that the log stays small.

A night without a database must not fill the disk, nor hide in its lines what else happened.
"""

import logging
import time
from collections.abc import Hashable

EVERY = 60.0  # s


class Seldom:
    """Lets through what is said for the first time within a minute, by its kind."""

    def __init__(self) -> None:
        self._said: dict[Hashable, float] = {}

    def __call__(self, *kind: Hashable) -> bool:
        """Whether it may be said now. Kinds are few: no numbers, no names of anybody."""
        now = time.monotonic()
        if now - self._said.get(kind, -EVERY) < EVERY:
            return False
        self._said[kind] = now
        return True


class Repeated(logging.Filter):
    """For loggers of libraries that tell of every try, by the text without its values."""

    def __init__(self) -> None:
        super().__init__()
        self._seldom = Seldom()

    def filter(self, record: logging.LogRecord) -> bool:
        return self._seldom(record.name, record.levelno, str(record.msg))
