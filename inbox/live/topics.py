"""Topics: what pages show besides alerts, and who wants a word when it changes.

A page that was fetched a moment ago need not be fetched again when its socket opens: it says since
when it shows what it shows, and is told of what has changed since. Where that is not known, because
this process is younger or Redis was away, it is told that it may have.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from inbox.live.sockets import Socket
from inbox.publications import frames
from wards.base import clock

# What a page says is of a moment before its rows were read; what we hear comes after the commit.
# Two clocks and the way through Redis are between them.
DOUBT = timedelta(seconds=5)
KEPT, MOST = (
    timedelta(minutes=10),
    10_000,
)  # how long, and of how many topics, the last word is known
# News for many browsers has each of them fetch within so many seconds for each of them, by chance;
# at most so many.
APART, APART_MOST, CROWD = 0.005, 3.0, 10
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Topics:
    """The sockets of this process by the inner topics (inbox.live.publish) that they watch."""

    def __init__(self) -> None:
        self._sockets: defaultdict[str, set[Socket]] = defaultdict(set)
        self._told: dict[str, datetime] = {}
        self._known_from: datetime | None = None  # whatever was said since then, we have heard

    def __len__(self) -> int:
        return len(self._sockets)

    def watch(self, socket: Socket, topics: frozenset[str], since: datetime | None = None) -> None:
        """Replaces the topics whose changes the socket wants to hear of.

        `since`: when what the client shows was true; it gets a word at once of what has changed.
        """
        for topic in socket.topics - topics:
            self._sockets[topic].discard(socket)
            if not self._sockets[topic]:
                del self._sockets[topic]
        for topic in topics:
            self._sockets[topic].add(socket)
        socket.topics = topics
        if since is not None:
            self._tell_what_passed_by(socket, since)

    def _tell_what_passed_by(self, socket: Socket, since: datetime) -> None:
        all_heard = self._known_from is not None and self._known_from <= since
        for topic in socket.topics:
            if not all_heard or self._told.get(topic, LONG_AGO) + DOUBT >= since:
                socket.push(_frame(topic, len(self._sockets[topic])))

    def tell(self, *topics: str) -> None:
        """A word to all who watch one of these."""
        if topics:
            self._note(*topics)
        for topic in topics:
            sockets = self._sockets.get(topic, ())
            frame = _frame(topic, len(sockets))
            for socket in sockets:
                socket.push(frame)

    def tell_all(self) -> None:
        """A word of every topic to all who watch it: what has passed by is not known."""
        self._known_from = clock.now()
        self.tell(*self._sockets)

    def _note(self, *topics: str) -> None:
        now = clock.now()
        if len(self._told) > MOST:
            oldest = now - KEPT
            self._told = {topic: at for topic, at in self._told.items() if at > oldest}
            self._known_from = max(self._known_from or oldest, oldest)
        self._told.update(dict.fromkeys(topics, now))


def tell_again(socket: Socket) -> None:
    """A word of every topic that one socket watches."""
    for topic in socket.topics:
        socket.push(_frame(topic, 1))


def _frame(topic: str, watchers: int) -> str:
    frame: dict[str, object] = {"type": "topic", "topic": topic.partition(":")[2]}
    if watchers > CROWD:
        frame["within"] = round(min(watchers * APART, APART_MOST), 2)
    return frames.text(frame)
