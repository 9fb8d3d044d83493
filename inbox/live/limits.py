"""Limits of what one client may ask, as buckets of tokens."""

from collections.abc import Callable, Hashable
from time import monotonic

FRAMES = 20.0  # a second that a client may send
FRAMES_AT_ONCE = 60
VISITS = 5.0  # sockets a second that a client may open
VISITS_AT_ONCE = 100
REMEMBERED = 10_000  # clients
COOL_DOWN = 10.0  # s that a client is refused after it has sent too much
GARBAGE = 1.0  # s after a frame that is not understood
HOLD = 2.0  # s that it is made to wait before it is told so
SOCKETS_A_USER = 50  # in one process; one more, and the oldest has to go


class Bucket:
    """Holds `size` tokens and gets `rate` a second; what happens takes one of them.

    It may be overdrawn: `debt` says how many seconds it takes until it is level again.
    """

    __slots__ = ("_at", "_clock", "_level", "_rate", "_size")

    def __init__(self, rate: float, size: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._size, self._clock = rate, size, clock
        self._level, self._at = float(size), clock()

    def take(self) -> bool:
        """Takes a token; False where there was none."""
        now = self._clock()
        self._level = min(self._size, self._level + (now - self._at) * self._rate) - 1
        self._at = now
        return self._level >= 0

    @property
    def debt(self) -> float:
        """Seconds until as many tokens are there as were taken."""
        return max(0.0, -self._level / self._rate)

    def drain(self, seconds: float) -> None:
        """Nothing is to be had for so long."""
        self.take()
        self._level = -seconds * self._rate


class Visits:
    """How often each client opens a socket: one that comes too often has to wait."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[Hashable, Bucket] = {}

    def of(self, who: Hashable) -> Bucket:
        """The bucket of a client; made up anew once there are too many to remember."""
        if len(self._buckets) >= REMEMBERED:
            self._buckets.clear()
        return self._buckets.setdefault(who, Bucket(VISITS, VISITS_AT_ONCE, self._clock))
