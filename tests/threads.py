"""A machine that gives no more threads (a container's limit of processes, no memory)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def no_threads(after: int = 0) -> Iterator[None]:
    """Meanwhile so many can be started, and no others."""
    start, started = threading.Thread.start, 0

    def limited(thread: threading.Thread) -> None:
        nonlocal started
        if started >= after:
            raise RuntimeError("can't start new thread")
        started += 1
        start(thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", limited)
        yield
