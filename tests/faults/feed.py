"""The simulator's file: its messages, who must hear of them by our own computation, a sender."""

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).parent.parent / "data/simhospital/messages.hl7"
CRITICAL_CREATININE = 300.0
CREATININE = "tt-0003-01"
# Of the whole file: an ADT^A34 would merge two people, and two MDM^T02 are not handled here.
ANSWERS = {"AA": 1010, "AE": 1, "AR": 2}


def messages() -> list[str]:
    """The file's messages, segments separated by carriage returns."""
    text = FILE.read_text(encoding="utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return [part.strip("\n").replace("\n", "\r") for part in text.split("\n\n") if part.strip()]


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


class Sender:
    """Sends messages over MLLP one by one; an unanswered one again, on a new connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: Counter[str] = Counter()
        self._socket: socket.socket | None = None

    def play(self, feed: Iterable[str]) -> Counter[str]:
        """Sends all; how often each acknowledgement code (AA, AE, AR) came."""
        for message in feed:
            acknowledgement = self._deliver(message.encode())
            code = acknowledgement.split("MSA|")[1][:2]
            self.answers[code] += 1
        return self.answers

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
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self._socket.sendall(b"\x0b" + message + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("closed without an answer")
            answer += chunk
        return answer.decode()
