"""What is asked of the database for every message and hardly ever changes, remembered.

Feeds, wards, clinicians, limits, flags: found once, then kept in this process. Exact: triggers
(wards/base/sql/reference_version.sql) write the number of each transaction that changes one of them
to a row (`wards_reference`), and the statement that stores a message also reads it, so a message is
never applied by what was true before. What is remembered is of one version of all of it; a new
version begins with nothing.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar, cast

from django.db import transaction

Value = TypeVar("Value")


class Memory(NamedTuple):
    """What was found while the reference data were of this version."""

    version: int
    values: dict[Hashable, object]


_newest = Memory(0, {})
# What the message in hand is read with, although another thread may have seen a newer version.
_in_use: ContextVar[Memory | None] = ContextVar("reference", default=None)


@contextmanager
def in_use() -> Iterator[None]:
    """For one try with one message, which must ask `is_current` before it trusts what it found."""
    token = _in_use.set(_newest)
    try:
        yield
    finally:
        _in_use.reset(token)


def is_current(version: int) -> bool:
    """Whether what the message in hand is read with is of this version, just read.

    Where it is not, what was found is worthless; the next try begins with nothing.
    """
    global _newest  # noqa: PLW0603
    memory = _in_use.get()
    if memory is None or memory.version == version:
        return True
    if _newest.version != version:
        _newest = Memory(version, {})
    return False


def find(key: Hashable, look: Callable[[], Value | None]) -> Value | None:
    """What `look` finds; next time it is remembered. None is not.

    In a transaction it is remembered once that has committed: it may be of its own making. The
    value is shared by all threads: nobody may change it.
    """
    memory = _in_use.get()
    if memory is None:
        return look()
    if key not in memory.values:
        value = look()
        if value is None:
            return None
        if not transaction.get_connection().in_atomic_block:
            memory.values[key] = value
        else:
            transaction.on_commit(lambda: memory.values.setdefault(key, value))
        return value
    return cast(Value, memory.values[key])
