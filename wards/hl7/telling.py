"""Tells of what the feed brought, apart from the connections: what has gathered in one go.

Telling of thirty events takes little longer than of one (inbox/fanout), and nobody's answer
waits for it. The first after a quiet moment is told of at once; while much comes, they gather.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from wards import events
from wards.hl7.intake import DATABASE_AWAY

log = structlog.get_logger(__name__)

EVERY = 0.05  # s from one telling to the next, at least
TOGETHER = 200  # events told of in one go
UNTOLD = 400  # events that may wait; who sends more waits, too: no feed runs away from its alerts
AGAIN = 0.5  # s until the next try while the database is away


class Teller:
    """One thread that tells of events in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[int] = []
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._ending = False
        # Not run_in_executor: what asks for the event loop (the channel layer) finds ours.
        self._tell = sync_to_async(
            _tell, thread_sensitive=False, executor=ThreadPoolExecutor(1, "hl7-telling")
        )

    def add(self, event_ids: Sequence[int]) -> None:
        """These are committed."""
        if event_ids:
            self._waiting += event_ids
            self._news.set()
            if len(self._waiting) > UNTOLD:
                self._room.clear()

    async def room(self) -> None:
        """Until not too many wait."""
        await self._room.wait()

    def end(self) -> None:
        """No more will come: `run` returns once all are told of."""
        self._ending = True
        self._news.set()

    async def run(self) -> None:
        """Tells, until the end."""
        while await self._news.wait() and (self._waiting or not self._ending):
            started = time.monotonic()
            together, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            if not (self._waiting or self._ending):
                self._news.clear()
            if len(self._waiting) <= UNTOLD:
                self._room.set()
            if together and not await self._tell(together):
                self._keep(together)
                started += AGAIN
            if not self._ending:
                await asyncio.sleep(started + EVERY - time.monotonic())

    def _keep(self, untold: list[int]) -> None:
        """For the next try; at the end the sweep must do it, from the outbox."""
        if not self._ending:
            self._waiting = untold + self._waiting
            self._news.set()


def _tell(event_ids: list[int]) -> bool:
    """False where the database is away: they are to be told of as soon as it is back.

    Any other fault is that of an event: it is in the outbox, and the sweep tells of it later.
    """
    try:
        events.tell(event_ids)
    except Exception as fault:
        log.error("hl7_not_told", events=len(event_ids), fault=type(fault).__name__)
        return not isinstance(fault, DATABASE_AWAY)
    finally:
        close_old_connections()
    return True
