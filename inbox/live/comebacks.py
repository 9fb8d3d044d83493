"""When the clients of a process that ends come back: each at a moment of its own."""

import random

from inbox.publications import frames

RESTART = 1012  # the close code that says: service restart
AT_A_TIME = 400.0  # clients a second that whoever answers them has room for
SHORTEST, LONGEST = 1.0, 30.0  # s in which all are to be back


class Comebacks:
    """Spreads them by chance over a time that fits how many they are."""

    def __init__(self, sockets: int) -> None:
        self.window = min(max(sockets / AT_A_TIME, SHORTEST), LONGEST)

    def frame(self) -> str:
        """Tells one client when to come back."""
        return frames.restart(random.uniform(0, self.window))  # noqa: S311
