"""Plays messages to an MLLP listener, each after the answer to the one before."""

import asyncio
import contextlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wards.hl7.framing import START, Deframer, Frame, framed
from wards.hl7.header import read
from wards.hl7.values import unescape

_MESSAGE = re.compile(rb"(?:^|(?<=[\r\n]))MSH.*?(?=[\r\n]+MSH|\s*\Z)", re.S)
LARGEST = 100 * 2**20  # bytes, of a message or an answer


@dataclass(frozen=True)
class Answer:
    """What the listener said to a message: AA, AE or AR, and the reason; "" if nothing."""

    code: str = ""
    reason: str = "no answer"


@dataclass(frozen=True)
class Listener:
    """Where messages go, and how many seconds an answer may take."""

    host: str
    port: int
    timeout: float = 30.0


def messages_in(data: bytes) -> list[bytes]:
    """The messages of a file: in MLLP frames, or one after another, blank lines between or not."""
    if START in data:
        return [f.message for f in Deframer(LARGEST).feed(data) if isinstance(f, Frame)]
    return _MESSAGE.findall(data)


def with_new_ids(message: bytes, suffix: str) -> bytes:
    """The message as another one: MSH-10 (control id) and PV1-19 (visit number) get the suffix."""
    separator, component, end = message[3:4], message[4:5], suffix.encode()
    lines = re.split(rb"([\r\n]+)", message)
    for index, line in enumerate(lines):
        fields = line.split(separator)
        number = {b"MSH": 9, b"PV1": 19}.get(fields[0], len(fields))
        if number < len(fields) and fields[number]:
            first, *rest = fields[number].split(component)
            fields[number] = component.join((first + end, *rest))
            lines[index] = separator.join(fields)
    return b"".join(lines)


def with_facility(message: bytes, facility: str) -> bytes:
    """The message as sent by `facility` (MSH-4)."""
    separator = message[3:4]
    fields = message.split(separator, 4)
    return separator.join([*fields[:3], facility.encode(), *fields[4:]])


async def play(
    messages: Sequence[bytes],
    listener: Listener,
    answered: Callable[[Answer], None],
    *,
    rate: float = 0,
    connections: int = 1,
) -> None:
    """Sends all messages, `rate` a second (0: as fast as answers come), and tells each answer.

    With several connections, all messages about one patient take the same one: in order.
    """
    shares: list[list[tuple[float, bytes]]] = [[] for _ in range(connections)]
    now = asyncio.get_running_loop().time()
    for index, message in enumerate(messages):
        due = now + index / rate if rate else now
        shares[_patient(message) % connections].append((due, message))
    await asyncio.gather(*(_play(share, listener, answered) for share in shares))


def _patient(message: bytes) -> int:
    """A number that is the same for all messages with the same PID-3."""
    found = re.search(rb"[\r\n]PID(.)(?:[^\r\n]*?\1){2}(.*?)\1", message, re.S)
    return zlib.crc32(found[2]) if found else 0


async def _play(
    share: Sequence[tuple[float, bytes]], listener: Listener, answered: Callable[[Answer], None]
) -> None:
    connection: Connection | None = None
    loop = asyncio.get_running_loop()
    for due, message in share:
        await asyncio.sleep(max(0, due - loop.time()))
        try:
            async with asyncio.timeout(listener.timeout):
                connection = connection or await Connection.open(listener)
                answered(await connection.ask(message))
        except (OSError, TimeoutError, EOFError):
            # An answer that comes late would be taken for the next message's.
            if connection:
                connection.close()
            connection = None
            answered(Answer())
    if connection:
        connection.close()


class Connection:
    """One connection to a listener."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._deframer = Deframer(LARGEST)

    @classmethod
    async def open(cls, listener: Listener) -> "Connection":
        """Connects; OSError where nobody listens."""
        return cls(*await asyncio.open_connection(listener.host, listener.port))

    async def ask(self, message: bytes) -> Answer:
        """Sends one message and waits for its answer; EOFError where the listener hangs up."""
        self._writer.write(framed(message))
        await self._writer.drain()
        while data := await self._reader.read(65536):
            for item in self._deframer.feed(data):
                if isinstance(item, Frame):
                    return answer_in(item.message)
        raise EOFError

    def close(self) -> None:
        """Hangs up."""
        with contextlib.suppress(OSError):
            self._writer.close()


def answer_in(acknowledgement: bytes) -> Answer:
    """What an acknowledgement says."""
    header, text = read(acknowledgement)
    fields = next(
        (line.split(header.separators.field) for line in text.split("\r") if line[:3] == "MSA"), []
    )
    _, code, _, reason = [*fields, "", "", "", ""][:4]
    return Answer(code, unescape(reason, header.separators, header.codec))
