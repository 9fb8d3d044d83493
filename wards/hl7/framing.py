"""MLLP frames: `<VT> message <FS><CR>`. No sockets here: bytes in, frames out."""

from dataclasses import dataclass

START, END = b"\x0b", b"\x1c"
HEAD = (
    16 * 1024
)  # bytes kept of what is not a proper frame: enough to read its header and to look at


def framed(message: bytes) -> bytes:
    """The message as MLLP sends it."""
    return START + message + END + b"\r"


@dataclass(frozen=True)
class Frame:
    """A whole message."""

    message: bytes

    @property
    def is_empty(self) -> bool:
        """Whether it only keeps the connection alive: nothing to store, nothing to answer."""
        return not self.message.strip(b" \t\r\n\0\x0b")


@dataclass(frozen=True)
class Oversized:
    """A frame longer than the limit; the rest of it is being thrown away."""

    head: bytes


@dataclass(frozen=True)
class Unframed:
    """A message header outside any frame: the sender does not speak MLLP."""

    head: bytes


class Deframer:
    """Cuts a stream of bytes into frames; forgets what is too long, and what is between frames.

    A frame ends with its FS: the CR after it is optional, for there are senders that forget it.
    `limit` is the longest message in bytes; memory stays below it whatever arrives.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.stray = 0  # bytes outside of frames so far, line ends apart
        self._buffer = bytearray()  # the frame so far; between frames, the start of stray bytes
        self._inside = self._skipping = False

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and not ended yet."""
        return self._inside

    def feed(self, data: bytes) -> list[Frame | Oversized | Unframed]:
        """What is complete now that `data` has arrived, in order."""
        found: list[Frame | Oversized | Unframed] = []
        while data:
            read = self._read_inside if self._inside else self._read_between
            item, data = read(data)
            if item:
                found.append(item)
        return found

    def _read_between(self, data: bytes) -> tuple[Unframed | None, bytes]:
        stray, start, rest = data.partition(START)
        self.stray += len(stray.strip(b"\r\n"))
        self._buffer += stray[: HEAD - len(self._buffer)]
        item = self._header_outside()
        if start:
            self._inside = True
            self._buffer.clear()
        return item, rest

    def _header_outside(self) -> Unframed | None:
        """A whole header segment among the stray bytes."""
        head = bytes(self._buffer).lstrip()
        if not head.startswith(b"MSH") or not {*head} & {*b"\r\n"}:
            return None
        self._buffer.clear()
        return Unframed(head)

    def _read_inside(self, data: bytes) -> tuple[Frame | Oversized | None, bytes]:
        part, end, rest = data.partition(END)
        item: Frame | Oversized | None = None
        if not self._skipping:
            self._buffer += part
            if len(self._buffer) > self.limit:
                item = Oversized(bytes(self._buffer[:HEAD]))
                self._skipping = True
                self._buffer.clear()
            elif end:
                item = Frame(self._last_message())
        if end:
            self._inside = self._skipping = False
            self._buffer.clear()
        return item, rest

    def _last_message(self) -> bytes:
        """The frame; without the beginning of an earlier one that its sender gave up half-way."""
        message = bytes(self._buffer)
        restart = message.rfind(START + b"MSH")
        return message if restart < 0 else message[restart + 1 :]
