"""Topics: what pages show besides alerts, and who wants a word when it changes."""

from collections import defaultdict

from inbox.live.sockets import Socket
from inbox.publications import frames


class Topics:
    """The sockets of this process by the inner topics (inbox.live.publish) that they watch."""

    def __init__(self) -> None:
        self._sockets: defaultdict[str, set[Socket]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._sockets)

    def watch(self, socket: Socket, topics: frozenset[str]) -> None:
        """Replaces the topics whose changes the socket wants to hear of."""
        for topic in socket.topics - topics:
            self._sockets[topic].discard(socket)
            if not self._sockets[topic]:
                del self._sockets[topic]
        for topic in topics:
            self._sockets[topic].add(socket)
        socket.topics = topics

    def tell(self, *topics: str) -> None:
        """A word to all who watch one of these."""
        for topic in topics:
            frame = _frame(topic)
            for socket in self._sockets.get(topic, ()):
                socket.push(frame)

    def tell_all(self) -> None:
        """A word of every topic to all who watch it: what has passed by is not known."""
        self.tell(*self._sockets)


def tell_again(socket: Socket) -> None:
    """A word of every topic that one socket watches."""
    for topic in socket.topics:
        socket.push(_frame(topic))


def _frame(topic: str) -> str:
    return frames.text({"type": "topic", "topic": topic.partition(":")[2]})
