"""Limits of what one client may ask: a bucket of tokens, and a time to cool down."""

from collections.abc import Callable, Hashable
from time import monotonic

FRAMES = 20.0  # a second that a client may send
FRAMES_AT_ONCE = 60
COOL_DOWN = 10.0  # s that a client is refused after it has sent too much
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


class CoolDown:
    """Who has done too much, and is not listened to for a while."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._until: dict[Hashable, float] = {}

    def start(self, who: Hashable) -> None:
        """From now on `who` has to wait."""
        now = self._clock()
        self._until = {each: until for each, until in self._until.items() if until > now}
        self._until[who] = now + self._seconds

    def __contains__(self, who: object) -> bool:
        return bool(self._until) and self._until.get(who, 0.0) > self._clock()  # type: ignore[call-overload,no-any-return]
