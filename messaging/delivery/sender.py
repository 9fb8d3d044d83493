"""The process that carries messages out: all lanes, woken by the database, until it is told to end.

It needs PostgreSQL and nothing else. Whoever makes a message due notifies in the same transaction;
a notification that is lost costs a second, because every lane also looks by itself.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection
from django_scopes import scopes_disabled

from messaging import carriers
from messaging.carriers.base import Accepted
from messaging.channels import Channel
from messaging.delivery import orphans
from messaging.delivery.lanes import TICK, Lane
from wards.base import faults, heartbeats, routes
from wards.base.seldom import Seldom

NO_DATABASE = (OperationalError, InterfaceError, psycopg.Error)
IN_HAND = 15.0  # seconds for the calls under way when it is told to end
log = structlog.get_logger(__name__)
_seldom = Seldom()


def lanes(channels: Collection[str] = Channel.values) -> list[Lane]:
    """A lane for each channel and each of its carriers."""
    routes.load()  # before any of them has threads
    every = [Channel(channel) for channel in channels]
    return [Lane(each, carrier) for each in every for carrier in carriers.for_channel(each)]


class Sender:
    """All lanes, each in a thread; this one listens."""

    def __init__(self) -> None:
        self.lanes = lanes()
        self._stopping = False
        self._ticked = 0.0

    def stop(self, *_: object) -> None:
        """Has it end: no new calls, and those under way are waited for. A signal handler."""
        self._stopping = True

    def run(self, when_listening: Callable[[], None]) -> bool:
        """Works until it is stopped; whether every call under way had ended by then."""
        threads = [threading.Thread(target=lane.run, daemon=True) for lane in self.lanes]
        for thread in threads:
            thread.start()
        while not self._stopping:
            try:
                self._listen(when_listening)
            except NO_DATABASE as fault:
                if _seldom():
                    log.warning("sender_without_database", fault=type(fault).__name__)
                connection.close()
                time.sleep(TICK)
        for lane in self.lanes:
            lane.stop()
        deadline = time.monotonic() + IN_HAND
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _listen(self, when_listening: Callable[[], None]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("LISTEN messages_due")
        for lane in self.lanes:
            lane.wake()  # whatever was notified before
        when_listening()
        while not self._stopping:
            for notification in connection.connection.notifies(timeout=TICK):
                for lane in self.lanes:
                    if lane.channel == notification.payload:
                        lane.wake()
            self._tick()

    def _tick(self) -> None:
        """Now and then, says that it is alive and looks after what no lane is for."""
        if time.monotonic() - self._ticked < heartbeats.EVERY:
            return
        self._ticked = time.monotonic()
        heartbeats.say("sender")
        try:
            with scopes_disabled():
                orphans.sweep()
        except NO_DATABASE:
            raise
        except Exception as fault:  # what has no lane must not end the lanes
            log.error("sweep_fault", fault=faults.place(fault))


@dataclass
class Sent:
    """What came of messages that were sent in the foreground."""

    processed: int = 0
    by_channel: Counter[str] = field(default_factory=Counter)
    errors: int = 0


def send_due(channels: Collection[str], limit: int) -> Sent:
    """Sends what is due on these channels, here and now, `limit` messages at most.

    Beside a running sender, too: they share the work. Raises what the database raises.
    """
    sent = Sent()
    with scopes_disabled():
        orphans.sweep()
    for lane in lanes(channels):
        for outcome in lane.drain(limit - sent.processed):
            sent.processed += 1
            if isinstance(outcome.what, Accepted):
                sent.by_channel[outcome.message.channel] += 1
            else:
                sent.errors += 1
    return sent


def end(in_order: bool) -> None:
    """Ends the process; where calls hang, without waiting for them: their leases heal that."""
    if not in_order:
        log.warning("sender_leaves_calls")
        os._exit(1)
