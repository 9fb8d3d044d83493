"""A connection that does not wait for ever for a server that is there and says nothing.

TCP sees an unplugged cable (`REACHABLE` says how soon), not a server that is stopped or whose disk
hangs: its kernel goes on acknowledging. libpq has no timeout for that, psycopg's `wait` has one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen

from wards.base.clock import ReadOnly

T = TypeVar("T")

# Of libpq: how long connecting may take (s), when a silent line is asked whether it is still there
# (s) and given up, and after how long (ms) what was sent and not acknowledged is given up.
REACHABLE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
# The same for the server: a session whose client is out of reach must not keep its locks for two
# hours, the kernel's own idea of patience. On a unix socket they mean nothing.
SERVER = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
    " SET tcp_keepalives_count = 3; SET tcp_user_timeout = 15000"
)
CANCEL_SECONDS = 1.0
ENDED = ("FATAL", "PANIC")  # how grave it is when the server ends a session


class NoAnswer(psycopg.OperationalError):
    """The server has said nothing for too long; whether it did what it was told is not known."""


class Connection(psycopg.Connection[Any]):
    """Waits `patience` seconds for each answer (None: for ever); then it is closed: NoAnswer.

    What may merely be slow is cancelled first, so that it does not pile up in the server.
    """

    patience: float | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """psycopg's own; `timeout` is that of a caller who means to go on after it.

        A server that takes no changes, or ended the session (idle_in_transaction_session_timeout),
        is as good as away: psycopg says InternalError, which all would take for a fault of ours.
        """
        try:
            return self._wait(gen, interval, timeout)
        except errors.ReadOnlySqlTransaction as fault:
            self.pgconn.finish()  # it may be a standby's, and the pool has to look for another
            raise ReadOnly(str(fault)) from fault
        except psycopg.InternalError as fault:
            if fault.diag.severity_nonlocalized not in ENDED:
                raise
            raise psycopg.OperationalError(str(fault)) from fault

    def _wait(self, gen: PQGen[T], interval: float, timeout: float | None) -> T:
        if timeout is not None or self.patience is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except errors._WaitTimeout:
            self._try_cancel(timeout=CANCEL_SECONDS)
            self.pgconn.finish()
            raise NoAnswer(f"no answer within {self.patience:g} s") from None

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """At most so long for each answer meanwhile."""
        before, self.patience = self.patience, min(seconds, self.patience or seconds)
        try:
            yield
        finally:
            self.patience = before
