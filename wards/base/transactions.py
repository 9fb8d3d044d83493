"""Transactions of verbs: of their own, or part of what must be done as a whole anyway."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_whole: ContextVar[bool] = ContextVar("whole", default=False)


@contextmanager
def whole() -> Iterator[None]:
    """All verbs meanwhile stand or fall together: what one of them raises undoes all.

    So they need no savepoints, two statements each. Who wants to go on after a refusal makes one.
    """
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic`, which makes no savepoint inside `whole`."""
    with transaction.atomic(savepoint=not _whole.get()):
        yield
