"""When Python looks for garbage in a web process: seldom, and after many sockets have ended."""

import gc
import time

ENDED = 100  # sockets that have ended since the last look; each leaves some 50 KB in circles
EVERY = 20.0  # s between two such looks at least: one stops everything for up to 0.2 s


class Garbage:
    """The collector, as thousands of sockets need it."""

    def __init__(self) -> None:
        self._ended, self._looked_at = 0, time.monotonic()

    def settle(self) -> None:
        """What is loaded by now never becomes garbage, and the rest is looked through less often.

        A full collection walks every object of Django and of thousands of sockets: with 2,000 of
        them it stopped everything for up to 0.2 s.
        """
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    def socket_ended(self) -> None:
        """Its connection refers to itself: only a full collection frees it, and what was unsent."""
        self._ended += 1
        if self._ended >= ENDED and time.monotonic() - self._looked_at >= EVERY:
            gc.collect()
            self._ended, self._looked_at = 0, time.monotonic()


garbage = Garbage()
