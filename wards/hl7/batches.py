"""Batches: what comes in one frame, cut into its messages. Pure.

Each message is stored, applied and answered on its own: one that is refused sinks none of the
others. File and batch headers (FHS, BHS) and trailers (BTS, FTS) are only counted.
"""

import re
from dataclasses import dataclass

from wards.feeds.content import Unread

_LINE = re.compile(rb"(?:\A|(?<=[\r\n]))[ \t\x0b]*(MSH|FHS|BHS|BTS|FTS)(?=[^\w\s]|[\r\n]|\Z)")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Batch:
    """The messages of a frame, in order; what its trailers count differently."""

    messages: tuple[bytes, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether it is a message and no batch."""
        return len(self.messages) == 1 and not self.unread


def messages_of(raw: bytes) -> Batch:
    """A frame's messages; what has none is one itself, to be refused with a reason.

    A count in BTS-1 (messages of the batch) or FTS-1 (batches of the file) that is not what came is
    in `unread`: something got lost on its way here.
    """
    raw = raw.removeprefix(_BOM)
    found = [(match[1], match.start(1)) for match in _LINE.finditer(raw)]
    if [name for name, _ in found] == [b"MSH"] or not any(name == b"MSH" for name, _ in found):
        return Batch((raw,))
    messages: list[bytes] = []
    unread: list[Unread] = []
    in_batch = batches = 0
    ends = [start for _, start in found[1:]] + [len(raw)]
    for (name, start), end in zip(found, ends, strict=True):
        part = raw[start:end]
        match name:
            case b"MSH":
                messages.append(part.strip())
                in_batch += 1
            case b"BHS":
                in_batch, batches = 0, batches + 1
            case b"BTS":
                unread += _differs("BTS-1", part, in_batch)
                in_batch = 0
            case b"FTS":
                unread += _differs("FTS-1", part, max(batches, 1))
    return Batch(tuple(messages), tuple(unread))


def _differs(place: str, trailer: bytes, count: int) -> list[Unread]:
    found = re.match(rb"\w{3}[^\w\s]\s*(\d{1,9})", trailer)
    if not found or int(found[1]) == count:
        return []
    return [Unread(place, f"{int(found[1])} counted, {count} came")]
