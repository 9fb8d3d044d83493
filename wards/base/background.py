"""Threads beside the work, on machines that may give none: a limit of processes, no memory left."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


def begin(work: Callable[..., object], *given: object, name: str | None = None) -> bool:
    """Has `work(*given)` done in a thread of its own; nobody waits for it, not even the process.

    False, and a line in the log, where the machine gives no thread more: then it is not done.
    """
    try:
        threading.Thread(target=work, args=given, name=name, daemon=True).start()
    except RuntimeError:
        log.error("no_thread_more", work=name or getattr(work, "__qualname__", ""))
        return False
    return True
