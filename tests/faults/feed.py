"""The simulator's file: its messages, who must hear of them by our own computation, a sender."""

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

FILE = Path(__file__).parent.parent / "data/simhospital/messages.hl7"
CRITICAL_CREATININE = 300.0
CREATININE = "tt-0003-01"
# An ADT^A34 would merge two people, and MDM^T02 are not handled here. All others: AA.
REFUSED = {"ADT^A34": "AE", "MDM^T02": "AR"}


def messages() -> list[str]:
    """The file's messages, segments separated by carriage returns."""
    text = FILE.read_text(encoding="utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return [part.strip("\n").replace("\n", "\r") for part in text.split("\n\n") if part.strip()]


def answers(feed: Iterable[str]) -> Counter[str]:
    """How often each code answers these messages."""
    kinds = (message.split("|", 9)[8] for message in feed)
    return Counter(REFUSED.get(kind, "AA") for kind in kinds)


def expected(feed: Iterable[str]) -> Counter[tuple[str, str]]:
    """How many alerts the feed means for ("ward", code) and for ("clinician", code).

    Reads the file with nothing but split(): no code of the product's is asked.
    """
    alerts: Counter[tuple[str, str]] = Counter()
    for message in feed:
        rows = [row.split("|") for row in message.split("\r")]
        kind = rows[0][8]
        visit = next((row for row in rows if row[0] == "PV1"), None)
        if kind not in ("ADT^A01", "ORU^R01") or visit is None:
            continue
        ward, clinician = visit[3].split("^")[0], visit[7].split("^")[0]
        if kind == "ADT^A01":
            alerts["ward", ward] += 1
            continue
        alerts["clinician", clinician] += 1
        if any(_is_critical(row) for row in rows if row[0] == "OBX"):
            alerts["ward", ward] += 1
    return alerts


def _is_critical(observation: list[str]) -> bool:
    if observation[8] in ("HH", "LL", "AA"):
        return True
    if observation[3].split("^")[0] != CREATININE:
        return False
    with contextlib.suppress(ValueError):
        return float(observation[5]) >= CRITICAL_CREATININE
    return False


class Answer(NamedTuple):
    """The acknowledgement of a message: AA, AE or AR, and when it came (`time.monotonic`)."""

    control_id: str
    code: str
    at: float


class Sender:
    """Sends messages over MLLP one by one; an unanswered one again, on a new connection."""

    def __init__(self, port: int, *, every: float = 0.0, patience: float = 30.0) -> None:
        self.port = port
        self._patience = patience  # seconds that it waits for an answer
        self.log: list[Answer] = []
        self._every = every  # seconds from one to the next, where the answers come as quickly
        self._socket: socket.socket | None = None
        self._stopping = False

    @property
    def answers(self) -> Counter[str]:
        """How often each acknowledgement code (AA, AE, AR) came."""
        return Counter(answer.code for answer in self.log)

    def connect(self) -> Self:
        """Connects now, not only with the first message."""
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=self._patience)
        return self

    def play(self, feed: Iterable[str]) -> Counter[str]:
        """Sends all, or until it is stopped; returns `answers`."""
        started = time.monotonic()
        for number, message in enumerate(feed):
            time.sleep(max(0.0, started + number * self._every - time.monotonic()))
            if self._stopping:
                break
            code, *said = self._deliver(message.encode()).split("MSA|")[1].split("\r")[0].split("|")
            control_id = message.split("|")[9]
            assert said[0] == control_id, "this is the answer of another message"
            self.log.append(Answer(control_id, code, time.monotonic()))
        return self.answers

    def stop(self) -> None:
        """Has `play` return after the message in hand."""
        self._stopping = True

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _deliver(self, message: bytes) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                return self._exchange(message)
            except OSError:
                self.close()
                time.sleep(0.05)
        raise AssertionError("not answered within 60 s")

    def _exchange(self, message: bytes) -> str:
        if self._socket is None:
            self.connect()
        assert self._socket is not None
        self._socket.sendall(b"\x0b" + message + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("closed without an answer")
            answer += chunk
        return answer.decode()
