"""The sandbox carrier's books as people hold them in their hands: a thread for each number and
mailbox.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from messaging.channels import Channel


class Line(NamedTuple):
    """Something said: by the hospital, or (`answer`) by the person."""

    at: datetime
    body: str
    subject: str = ""
    language: str = ""
    unsubscribe_url: str = ""
    arrived: bool = True
    answer: bool = False


@dataclass
class Thread:
    """What one phone or mailbox shows on one channel, oldest first."""

    channel: str
    address: str
    sender: str = ""
    message_ids: set[int] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)

    @property
    def id(self) -> int:
        """Stands for the thread in addresses, which should name nobody."""
        return max(self.message_ids)

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def channel_name(self) -> str:
        return str(Channel(self.channel).label)

    @property
    def is_mailbox(self) -> bool:
        return self.channel == Channel.EMAIL


def message_id(reference: str) -> int:
    """Our message's id in a reference (`<id>-<attempt>`); 0 in one that is not ours."""
    number = reference.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() else 0


def threads(books: dict[str, Any], ours: Container[int]) -> list[Thread]:
    """The threads of the messages whose ids are in `ours`, the one with the newest line first."""
    found: dict[tuple[str, str], Thread] = {}
    for entry in books["messages"]:
        id_ = message_id(entry["reference"])
        if id_ in ours:
            key = entry["channel"], entry["recipient"]
            thread = found.setdefault(key, Thread(*key))
            thread.sender = entry["sender"]
            thread.message_ids.add(id_)
            thread.lines.append(_line(entry))
    for entry in books["answers"]:
        answered = found.get((entry["channel"], entry["sender"]))
        if answered and message_id(entry["reference"]) in ours:
            answered.lines.append(Line(_time(entry), entry["body"], answer=True))
    for thread in found.values():
        thread.lines.sort(key=lambda line: line.at)
    return sorted(found.values(), key=lambda thread: thread.last.at, reverse=True)


def _line(entry: dict[str, Any]) -> Line:
    names = ("body", "subject", "language", "unsubscribe_url", "arrived")
    return Line(_time(entry), *(entry[name] for name in names))


def _time(entry: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(entry["at"], UTC)
