"""One channel by one carrier: claims what is due, calls, and writes down what came of it.

Each lane has a thread of its own for the database and as many for calls as may be under way at
once. So a carrier that hangs fills its own lane, and no other. Many calls end while one batch is
written; the next batch has them all, so the statements are few when it matters.
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django_scopes import scopes_disabled

from messaging import carriers
from messaging.carriers.base import Carrier
from messaging.channels import Channel
from messaging.delivery import calls, claims, health, outcomes
from messaging.delivery.outcomes import Outcome
from messaging.models import CarrierState, Message
from wards.base import clock, faults
from wards.base.seldom import Seldom

TICK = 1.0  # seconds without a nudge before a lane looks by itself
GATHER = 0.02  # seconds in which outcomes and nudges are joined
NO_DATABASE = (OperationalError, InterfaceError)
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Lane:
    """Works through what is due on `channel` while it is the turn of `carrier`.

    Made and worked by one thread; `wake` and `stop` may be called by others.
    """

    def __init__(self, channel: Channel, carrier: Carrier) -> None:
        self.channel, self.provider = channel, carrier
        everybody = carriers.for_channel(channel)
        self._preferred = everybody[: everybody.index(carrier) + 1]  # to ours, and ours
        self.settled: list[Outcome] = []  # in the last turn
        self._calls = min(carrier.at_once, settings.MESSAGING_CALLS)
        self._pool = ThreadPoolExecutor(self._calls, f"{channel}-{carrier.name}")
        self._finished: SimpleQueue[Outcome | None] = SimpleQueue()  # None: a nudge
        self._unsettled: list[Outcome] = []
        self._under_way: set[int] = set()  # messages whose calls have not ended or aren't settled
        self._asked = self._not_before = 0.0
        self._stopping = False
        self._seldom = Seldom()

    def wake(self) -> None:
        """Has it look at the table now."""
        self._finished.put(None)

    def stop(self) -> None:
        """Has it end once its calls have ended."""
        self._stopping = True
        self.wake()

    def run(self) -> None:
        """Works until it is stopped, whatever happens to the database."""
        wait = 0.0
        with scopes_disabled():
            while self._under_way or not self._stopping:
                try:
                    wait = self.turn(wait)
                except NO_DATABASE as fault:
                    self._rest(fault, 1.0)
                except Exception as fault:  # no fault may end a lane for good
                    self._rest(fault, 5.0)
        self._pool.shutdown()
        connection.close()

    def drain(self, limit: int) -> list[Outcome]:
        """Works in the foreground until nothing is due or `limit` were taken; what came of them.

        Raises what the database raises.
        """
        done: list[Outcome] = []
        wait = 0.0
        with scopes_disabled():
            while self._under_way or wait < TICK:
                wait = self.turn(wait, limit - len(done) - len(self._under_way))
                done += self.settled
        self._pool.shutdown()
        return done

    def turn(self, wait: float, limit: int | None = None) -> float:
        """Waits at most so many seconds for calls to end, writes that down, and claims anew.

        Claims at most `limit`. Returns how long the next turn should wait.
        """
        self._unsettled += self._gather(wait)
        self._settle(self._unsettled)
        self.settled, self._unsettled = self._unsettled, []
        self._under_way -= {outcome.message.pk for outcome in self.settled}
        if self._stopping:
            return TICK
        mine, turn = self._state()
        if not (mine.is_resting and self.provider.can_find):
            self._ask()
        room = self._room(mine) if turn else 0
        return self._claim(room if limit is None else min(room, limit))

    def _gather(self, wait: float) -> list[Outcome]:
        """The outcomes of the calls that have ended, joined with those that end just after."""
        found: list[Outcome | None] = []
        with suppress(Empty):
            found.append(self._finished.get(timeout=wait))
            time.sleep(GATHER)
            while True:
                found.append(self._finished.get_nowait())
        return [outcome for outcome in found if outcome is not None]

    def _settle(self, batch: list[Outcome]) -> None:
        """Writes them down; one that cannot be keeps none of the others from it."""
        if not batch:
            return
        try:
            outcomes.settle(self.provider, batch)
        except NO_DATABASE:
            raise
        except Exception as fault:
            if len(batch) == 1:
                self._note(fault)  # its lease runs out, and it is asked about
                return
            for outcome in batch:
                self._settle([outcome])

    def _state(self) -> tuple[CarrierState, bool]:
        """How our carrier does, and whether it is its turn: those before it are not well."""
        *before, mine = health.states(self._preferred)
        return mine, not any(state.is_well for state in before)

    def _room(self, mine: CarrierState) -> int:
        """How many calls may begin; after a rest one alone, which shows whether it is over."""
        if mine.is_resting:
            return 0
        if not mine.is_well:
            return int(not self._under_way)
        return min(self._free, math.ceil(self.provider.rate))

    def _claim(self, room: int) -> float:
        """Claims and begins up to `room` calls; in how many seconds to look again."""
        if room <= 0:
            return TICK
        if (pause := self._not_before - time.monotonic()) > 0:
            return pause
        # Half of the lease is for beginning the call, the other half for the call itself.
        start_by = clock.up() + settings.MESSAGING_LEASE / 2
        try:
            claim = claims.claim(self.channel, self.provider, room)
        except NO_DATABASE:
            raise
        except Exception as fault:
            if room > 1:
                return self._claim(1)
            self._note(fault)
            return GATHER if claims.put_off(self.channel) else TICK
        for message in claim.messages:
            self._begin(calls.hand_over, message, start_by)
        # Where the rate is used up, nudges are no reason to look again and again.
        self._not_before = time.monotonic() + min(claim.wait, TICK / 2)
        return GATHER if claim.more and self._free else TICK

    def _ask(self) -> None:
        """Once in a while, asks about those whose lease ran out."""
        if not self._free or time.monotonic() - self._asked < TICK:
            return
        self._asked = time.monotonic()
        found = claims.claim_unclear(
            self.channel, self.provider.name, self._free, under_way=self._under_way
        )
        for message, since in found.items():
            self._begin(calls.ask, message, since)

    @property
    def _free(self) -> int:
        """How many calls more may be under way."""
        return self._calls - len(self._under_way)

    def _begin(
        self, call: Callable[[Carrier, Message, T], Outcome], message: Message, when: T
    ) -> None:
        self._under_way.add(message.pk)
        try:
            self._pool.submit(lambda: self._finished.put(call(self.provider, message, when)))
        except RuntimeError as fault:  # no thread more; it waits for one of those there are
            self._note(fault)

    def _note(self, fault: Exception) -> None:
        where = {"channel": self.channel, "provider": self.provider.name}
        log.error("lane_fault", fault=faults.place(fault), **where)

    def _rest(self, fault: Exception, seconds: float) -> None:
        """Waits; what was not written down is kept for the next turn."""
        if not isinstance(fault, NO_DATABASE) or self._seldom(type(fault).__name__):
            self._note(fault)
        connection.close()
        time.sleep(seconds)
