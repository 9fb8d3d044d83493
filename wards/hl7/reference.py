"""What is asked of the database for every message and hardly ever changes, remembered.

Feeds, wards, clinicians, limits, flags: found once, then kept in this process. Exact: triggers
write the number of each transaction that changes one of them to a row (`wards_reference`), and the
statement that stores a message also reads it, so a message is never applied by what was true
before. What is remembered is of one version of all of it; a new one begins with nothing.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import TypeVar, cast

from django.db import transaction

VERSION = "(SELECT version FROM wards_reference)"  # for the statement that is sent anyway
Value = TypeVar("Value")
Memory = dict[Hashable, object]

_newest: tuple[int, Memory] = (0, {})
# Of the transaction at work: what it finds is remembered for the version it began with, although
# another thread may have begun a newer one.
_at_work: ContextVar[Memory | None] = ContextVar("reference_at_work", default=None)


def is_current(version: int) -> bool:
    """Whether what is remembered is of this version, which the transaction at work has read.

    Where it is not, all is forgotten, and what the caller has used of it is worthless.
    """
    global _newest
    was_current = _newest[0] == version
    if not was_current:
        _newest = (version, {})
    _at_work.set(_newest[1])
    return was_current


def before(key: Hashable, look: Callable[[], Value | None]) -> Value | None:
    """As `find`, before the transaction begins that will ask `is_current`."""
    memory = _newest[1]
    if key not in memory and (value := look()) is not None:
        memory[key] = value
    return cast(Value | None, memory.get(key))


def find(key: Hashable, look: Callable[[], Value | None]) -> Value | None:
    """What `look` finds, remembered once this transaction has committed; None is not remembered.

    Outside a transaction that has asked `is_current`, it is just looked up. The value is shared by
    all threads: nobody may change it.
    """
    memory = _at_work.get()
    if memory is None or not transaction.get_connection().in_atomic_block:
        return look()
    if key in memory:
        return cast(Value, memory[key])
    value = look()
    if value is not None:
        transaction.on_commit(lambda: memory.setdefault(key, value))
    return value


def done() -> None:
    """The transaction at work has ended."""
    _at_work.set(None)
