"""The groups that this process's hub is in: `user.<id>` of everybody who is connected here.

They are joined and left beside everything else, many at a time, and nobody's connecting waits for
it. Whoever was connected before their group was joined may have missed what was sent to it: they
are compared with the database once it is. After the last socket of a person has gone the hub stays
a little: most come back with the next page.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from inbox.publications.subscription import Subscription

GATHER = 0.05  # s that those who come wait for each other
TOGETHER = 250  # groups in one command: 2,000 would hold up what else Redis and we have to do
LEAVE_EVERY = 5.0  # s, between two looks for who has gone


class Groups:
    """Of those in `users`, whoever that is at a time; `joined` hears of those newly joined."""

    def __init__(
        self, users: Mapping[int, object], joined: Callable[[Sequence[int]], None]
    ) -> None:
        self._users, self._joined = users, joined
        self._member_of: set[int] = set()
        self._subscription: Subscription | None = None
        self._changed = asyncio.Event()
        self._left = 0.0

    def change(self) -> None:
        """Somebody has come."""
        self._changed.set()

    @contextmanager
    def through(self, subscription: Subscription) -> Iterator[None]:
        """Groups are joined, all anew, as long as this lasts."""
        self._member_of, self._subscription = set(), subscription
        self.change()
        try:
            yield
        finally:
            self._subscription = None

    async def keep(self) -> None:
        """Waits until there is something to do, and does it; to be awaited again and again."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), LEAVE_EVERY)
        await asyncio.sleep(GATHER)
        self._changed.clear()
        if self._subscription is None:
            return
        try:
            await self._join(self._subscription)
            await self._leave(self._subscription)
        except Exception:
            self._changed.set()
            raise

    async def _join(self, subscription: Subscription) -> None:
        new = [user for user in self._users if user not in self._member_of]
        for start in range(0, len(new), TOGETHER):
            some = new[start : start + TOGETHER]
            await subscription.join(some)
            if self._subscription is not subscription:
                return
            self._member_of.update(some)
            self._joined(some)

    async def _leave(self, subscription: Subscription) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._left < LEAVE_EVERY:
            return
        self._left = now
        gone = self._member_of - self._users.keys()
        if gone:
            self._member_of -= gone
            await subscription.leave(gone)
