"""One subscription a process: takes each publication once and hands it to the sockets concerned.

Channels' own way, a group per user and a channel per socket, costs a Redis command per user and
loses frames at 2,000 sockets (docs/benchmarks.md). Here the process has one channel; it is in the
groups of those who are connected here (groups.py), and who they are is a dict. Publications may be
lost or come in the wrong order (Redis promises neither): every socket knows the seq it has reached,
a gap is healed from the database at once, and every 15 s (every second while Redis is silent:
stopped, hung or cut off) all are compared with the database: with its seqs, and with what let each
of them in. Only listening waits for Redis.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from prometheus_client import Counter, Gauge

from inbox.live.comebacks import RESTART, Comebacks
from inbox.live.comparing import compare
from inbox.live.groups import Groups
from inbox.live.limits import SOCKETS_A_USER
from inbox.live.loops import for_ever
from inbox.live.pulse import Pulse
from inbox.live.sockets import Socket
from inbox.live.topics import Topics
from inbox.publications import frames, sealing
from inbox.publications.frames import Changed, Posted
from inbox.publications.subscription import Subscription
from wards.base import clock, wakeups
from wards.base.seldom import Seldom

logger = logging.getLogger(__name__)

COMPARE_EVERY = 15.0  # s, between two comparisons of everybody with the database
COMPARE_ALONE = 1.0  # s, the same while Redis is silent
BEAT_EVERY = 0.5  # s, between two messages of the hub to itself
SILENCE = 1.5  # s without one coming back: Redis is stopped, hung or cut off
LIFE_EVERY = 1.0  # s, between two rounds of signs of life
GATHER = 0.02  # s that those out of step wait for each other (and for a frame out of order)
SIGN_OF_LIFE = 4  # rounds, each of which is for a part of those who asked for signs of life
SESSION_ENDED, TOO_MANY = 4401, 4409
# What we say in the groups of people; what else is said there is passed on.
OURS = ("alerts", "changes")
SIGNED_OUT = frames.error(SESSION_ENDED, "Your session has ended.")
OPEN = Gauge("wardbell_sockets_open", "Sockets that are live.")
PUSHED = Counter("wardbell_alerts_pushed", "Alerts handed to a socket as they came.")


class Hub:
    """The sockets of this process, by user and by topic."""

    def __init__(self) -> None:
        self._users: defaultdict[int, dict[Socket, None]] = defaultdict(dict)  # oldest first
        self._topics = Topics()
        self._subscription = Subscription()
        self._groups = Groups(self._users, self._joined)
        self._seldom = Seldom()
        self._behind: set[int] = set()
        self._gap = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._own = ""  # the channel of our beats, while we listen
        self._heard = 0.0
        self._compared = 0.0
        self._in_step = True  # the last comparison went well
        self._pulse = Pulse()
        self._beats = 0
        self._comebacks: Comebacks | None = None  # once the process is to end
        self.revoked = 0  # how often somebody's credentials were said to have changed

    def join(self, socket: Socket, revoked: int | None = None) -> None:
        """From now on the socket gets its user's frames.

        `revoked` is what the hub's was before the client's credentials were looked at. A user has
        so many sockets at most; the oldest goes, as it may be the one whose client is long gone.
        """
        if not self._tasks:
            self._start()
        mine = self._users[socket.identity.user_id]
        if not mine:
            self._groups.change()
        if len(mine) >= SOCKETS_A_USER:
            said = frames.error(TOO_MANY, "Too many sockets of yours are open.")
            self._end(next(iter(mine)), TOO_MANY, said)
        self._users[socket.identity.user_id][socket] = None
        OPEN.inc()
        socket.on_drained = partial(self._fell_behind, socket.identity.user_id)
        if self._comebacks:
            self._send_away(socket, self._comebacks)
        if revoked is not None and revoked != self.revoked:
            self._fell_behind(socket.identity.user_id)

    def leave(self, socket: Socket) -> None:
        """The socket is gone, or soon will be; said twice, the second time changes nothing."""
        self.watch(socket, frozenset())
        mine = self._users.get(socket.identity.user_id, {})
        if socket in mine:
            del mine[socket]
            OPEN.dec()
        if not mine:
            self._users.pop(socket.identity.user_id, None)

    def watch(self, socket: Socket, topics: frozenset[str], since: datetime | None = None) -> None:
        """Replaces the topics whose changes the socket wants to hear of (inbox/live/topics.py)."""
        self._topics.watch(socket, topics, since)

    def bring_up(self, socket: Socket, state: dict[str, Any]) -> None:
        """Gives the socket the state it asked for, and heals what passed by meanwhile."""
        if socket.bring_up(state):
            self._fell_behind(socket.identity.user_id)

    def restart(self) -> None:
        """Sends everybody away, as the process ends; who joins from now on, too."""
        everybody = self._everybody()
        self._comebacks = Comebacks(len(everybody))
        for socket in everybody:
            self._send_away(socket, self._comebacks)

    def _send_away(self, socket: Socket, comebacks: Comebacks) -> None:
        socket.flush()  # what it was about to be told comes first
        self._end(socket, RESTART, comebacks.frame())

    def _everybody(self) -> list[Socket]:
        return [socket for sockets in self._users.values() for socket in sockets]

    def _start(self) -> None:
        listening = (self._listen, self._beat, self._groups.keep)
        self._tasks = [
            asyncio.create_task(for_ever(work))
            for work in (*listening, self._live, self._heal, self._pulse.feel)
        ]

    async def _listen(self) -> None:
        """A connection that says nothing for so long is a dead one: our beats would have come."""
        async with self._subscription as subscription:
            self._own = subscription.own
            self._compare_all()  # what a fault made us miss
            with self._groups.through(subscription):
                while True:
                    heard = await subscription.hear(SILENCE)
                    self._take(heard.sealed, heard.user_id)

    def _take(self, sealed: bytes, user_id: int | None = None) -> None:
        """A message that cannot be read or handled is one that was lost: all are compared.

        `user_id` is whose group it was sent to: there, other code may say things, too.
        """
        try:
            message = sealing.unseal(sealed)
            if user_id is None or message["type"] in OURS:
                getattr(self, f"_on_{message['type']}")(message)
            else:
                self._pass_on(user_id, message)
        except Exception:
            logger.exception("hub: message not understood")
            self._compare_all()

    def _pass_on(self, user_id: int, message: dict[str, Any]) -> None:
        """To the sockets of a person what somebody's `group_send` said."""
        try:
            frame = frames.of_others(message)
        except ValueError as fault:
            if self._seldom(str(fault)):
                logger.warning("hub: a message to user.%s is refused: %s", user_id, fault)
            return
        for socket in self._users.get(user_id, ()):
            if socket.epoch:  # its state comes first
                socket.push(frame)

    def _joined(self, users: Iterable[int]) -> None:
        """From now on we hear what is sent to these; what was sent before may have passed us by."""
        for user_id in users:
            for socket in self._users.get(user_id, ()):
                if socket.seq is None:
                    socket.missed = True  # it is compared once it has its state
                else:
                    self._fell_behind(user_id)

    async def _beat(self) -> None:
        """Has itself woken: what comes back proves the whole way through Redis, and our line."""
        await asyncio.sleep(BEAT_EVERY)
        wakeups.publish(self._own, partial(sealing.seal, {"type": "beat"}), kind="beat")

    async def _live(self) -> None:
        """Whatever Redis does: while the sockets can be compared, they miss nothing."""
        await asyncio.sleep(LIFE_EVERY)
        if self._in_step and self._pulse.is_there:
            self._show_life()

    def _show_life(self) -> None:
        """To a part of the sockets each time, so that thousands are not written to at once."""
        self._beats = (self._beats + 1) % SIGN_OF_LIFE
        frame = frames.beat()
        for socket in self._everybody():
            if socket.beats and (id(socket) >> 6) % SIGN_OF_LIFE == self._beats:
                socket.push(frame)

    def _compare_all(self) -> None:
        self._compared = 0.0
        self._gap.set()

    def _on_beat(self, message: dict[str, Any]) -> None:
        if self._silent():
            self._compare_all()  # Redis is back: find what was published meanwhile, now
            self._topics.tell_all()
        self._heard = asyncio.get_running_loop().time()

    def _on_alerts(self, message: dict[str, Any]) -> None:
        for row in message["told"]:
            told = Posted(*row)
            if told.user_id in self._users:
                frame = frames.alert(told, message["tails"][told.wording])
                self._deliver(told.user_id, told.seq, frame)
                PUSHED.inc(len(self._users[told.user_id]))
        self._topics.tell(*message["topics"])

    def _on_changes(self, message: dict[str, Any]) -> None:
        for row in message["changed"]:
            change = Changed(*row)
            if change.user_id in self._users:
                self._deliver(change.user_id, change.seq, frames.changed(change, message["tail"]))
        self._topics.tell(*message["topics"])

    def _on_touched(self, message: dict[str, Any]) -> None:
        self._topics.tell(*message["topics"])

    def _on_credentials(self, message: dict[str, Any]) -> None:
        self.revoked += 1
        for user_id in message["users"]:
            if user_id in self._users:
                self._fell_behind(user_id)

    def _on_end_session(self, message: dict[str, Any]) -> None:
        self.revoked += 1
        for socket in self._everybody():
            if socket.identity.session == message["session"]:
                self._end(socket, SESSION_ENDED, SIGNED_OUT)

    def _deliver(self, user_id: int, seq: int, frame: str) -> None:
        for socket in self._users[user_id]:
            if not socket.offer(seq, frame):
                self._fell_behind(user_id)

    def _fell_behind(self, user_id: int) -> None:
        self._behind.add(user_id)
        self._gap.set()

    def _silent(self) -> bool:
        return asyncio.get_running_loop().time() - self._heard > SILENCE

    async def _heal(self) -> None:
        """Waits for a gap or the time of the next comparison, and puts everybody in step."""
        loop = asyncio.get_running_loop()
        period = COMPARE_ALONE if self._silent() else COMPARE_EVERY
        try:
            await asyncio.wait_for(self._gap.wait(), min(period, BEAT_EVERY))
        except TimeoutError:
            pass
        else:
            await asyncio.sleep(GATHER)
        self._gap.clear()
        behind, self._behind = self._behind, set()
        if loop.time() - self._compared >= period:
            self._compared = loop.time()
            self._end_expired()
            behind = set(self._users)
        try:
            await self._compare(behind)
        except Exception:
            self._behind |= behind  # the database is away: they are still behind when it is back
            self._in_step = False
            self._gap.set()
            raise
        self._in_step = True

    async def _compare(self, users: Iterable[int]) -> None:
        """Ends those who may not stay, and brings up those who have not reached their seq."""
        seen = [socket for user in users for socket in self._users.get(user, ())]
        await compare(seen, lambda socket: self._end(socket, SESSION_ENDED, SIGNED_OUT))

    def _end_expired(self) -> None:
        now = clock.now()
        for socket in self._everybody():
            if socket.identity.expires_at <= now:
                self._end(socket, SESSION_ENDED, SIGNED_OUT)

    def _end(self, socket: Socket, code: int, frame: str) -> None:
        """Hangs up, and says why. Nothing reaches the client any more, whether or not it goes."""
        self.leave(socket)
        socket.stop()
        task = asyncio.ensure_future(socket.close(code, frame))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
