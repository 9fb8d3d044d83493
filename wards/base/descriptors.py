"""File descriptors of this process: each connection takes one, and there are only so many.

Where none is left nobody can connect, and nothing says so. So processes that take connections
raise their limit when they start, and refuse what can wait (sockets) while some are left for what
cannot (pages, PostgreSQL, files).
"""

import os
import resource
import time

import structlog

SENSIBLE = 4096  # fewer than this are soon used up
SCARCE = 0.95  # of them used: what can wait is refused
COUNT_EVERY = 0.2  # s; counting thousands takes milliseconds on older kernels
WARN_EVERY = 60.0  # s
log = structlog.get_logger(__name__)


class Descriptors:
    """How many are open, how many may be, and whether that is enough."""

    def __init__(self) -> None:
        self._counted_at = self._warned_at = float("-inf")
        self._used = 0

    @property
    def limit(self) -> int:
        """How many this process may have."""
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

    @property
    def used(self) -> int:
        """How many it has; up to COUNT_EVERY seconds ago."""
        if time.monotonic() - self._counted_at >= COUNT_EVERY:
            self._used, self._counted_at = _count(), time.monotonic()
        return self._used

    @property
    def are_scarce(self) -> bool:
        """Whether nearly all are used; then the log says so, once a minute."""
        if self.used < SCARCE * self.limit:
            return False
        self.say_scarce()
        return True

    def say_scarce(self) -> None:
        """Once a minute."""
        if time.monotonic() - self._warned_at >= WARN_EVERY:
            self._warned_at = time.monotonic()
            log.warning("descriptors_scarce", used=self.used, limit=self.limit)

    def raise_limit(self) -> None:
        """As far as the system lets us; warns where that is not far."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            except (OSError, ValueError):  # macOS names a hard limit that it does not grant
                log.warning("descriptors_limit_not_raised", limit=soft)
        if self.limit < SENSIBLE:
            log.warning("descriptors_limit_low", limit=self.limit, sensible=SENSIBLE)


def _count() -> int:
    # Since Linux 6.2 the size of the directory is the number of its entries.
    try:
        return os.stat("/proc/self/fd").st_size or len(os.listdir("/proc/self/fd"))
    except OSError:  # none is left to look with
        return descriptors.limit


descriptors = Descriptors()
