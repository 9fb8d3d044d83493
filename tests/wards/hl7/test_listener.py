"""The listener as other systems meet it: a process of its own, at the other end of a socket."""

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django_scopes import scopes_disabled

from tests.cast import Cast
from tests.database import database_away
from tests.processes import Process, wait_for
from tests.wards.hl7 import messages as hl7
from wards.base import heartbeats
from wards.hl7.framing import Deframer, Frame, framed
from wards.models import Admission, Event, Hl7Message

LIMIT = 200_000  # bytes


class Sender:
    """One connection of another system."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._deframer = Deframer(10**7)
        self._answers: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[str, str]:
        """Code and reason of the next answer; EOFError where the listener hangs up instead."""
        while not self._answers:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            frames = self._deframer.feed(data)
            self._answers += [frame.message for frame in frames if isinstance(frame, Frame)]
        return hl7.answer(self._answers.pop(0))

    def ask(self, message: bytes) -> tuple[str, str]:
        self.send(framed(message))
        return self.answer()

    def is_hung_up(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.socket.close()


def listening_port(process: Process) -> int | None:
    assert process.running, process.output
    found = re.search(r"listening on 127\.0\.0\.1:(\d+)", process.output)
    return int(found[1]) if found else None


@pytest.fixture
def listener(cast: Cast, start_process: Callable[..., Process]) -> Process:
    return start_process(f"python manage.py hl7_listener --port 0 --max-bytes {LIMIT}")


@pytest.fixture
def port(listener: Process) -> int:
    return wait_for(lambda: listening_port(listener), 30, "the listener listens") or 0


@pytest.fixture
def connect(port: int) -> Iterator[Callable[[], Sender]]:
    senders: list[Sender] = []

    def connect() -> Sender:
        senders.append(Sender(port))
        return senders[-1]

    yield connect
    for sender in senders:
        sender.close()


Connect = Callable[[], Sender]


def stored() -> list[tuple[str, str]]:
    """Status and reason of everything that was stored, oldest first."""
    with scopes_disabled():
        return [*Hl7Message.objects.order_by("id").values_list("status", "reason")]


def test_messages_on_one_connection_are_answered_in_order(connect: Connect) -> None:
    sender = connect()
    assert sender.ask(hl7.admission(language="ar")) == ("AA", "")
    assert sender.ask(hl7.result(hl7.obx("9", "HH"))) == ("AA", "")
    assert sender.ask(hl7.admission(kind="ADT^A07"))[0] == "AR"
    with scopes_disabled():
        kinds = [*Event.objects.order_by("id").values_list("kind", flat=True)]
    assert kinds == ["patient.admitted", "test_result.critical"]


def test_the_answer_of_an_accepted_message(connect: Connect) -> None:
    sender = connect()
    sender.send(framed(hl7.admission(control_id="42", version="2.4", charset="UNICODE UTF-8")))
    [frame] = Deframer(10**6).feed(sender.socket.recv(65536))
    assert isinstance(frame, Frame)
    header, msa, rest = frame.message.decode().split("\r")
    assert re.fullmatch(
        r"MSH\|\^~\\&\|WARDBELL\|HQ\|PAS\|RAWDAH\|\d{14}\+0000\|\|ACK\^A01\^ACK\|[0-9a-f]{20}\|P\|2\.4"
        r"\|\|\|\|\|\|UNICODE UTF-8",
        header,
    )
    assert (msa, rest) == ("MSA|AA|42", "")


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ("2.3", "ERR|PID^1^3^101&Required field missing&HL70357"),
        (
            "2.6",
            "ERR||PID^1^3|101^Required field missing^HL70357|E||||"
            "PID-3 (patient number) is missing",
        ),
    ],
)
def test_the_answer_of_a_refused_message(connect: Connect, version: str, error: str) -> None:
    sender = connect()
    sender.send(framed(hl7.admission(control_id="42", version=version, number="")))
    lines = sender.socket.recv(65536).decode().split("\r")
    assert lines[0].split("|")[11] == version
    assert lines[1] == "MSA|AE|42|PID-3 (patient number) is missing"
    assert lines[2] == error


def test_two_messages_in_one_packet(connect: Connect) -> None:
    sender = connect()
    sender.send(framed(hl7.admission()) + framed(hl7.result()))
    assert [sender.answer()[0], sender.answer()[0]] == ["AA", "AA"]


def test_a_message_in_packets_of_one_byte(connect: Connect) -> None:
    sender = connect()
    sender.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in framed(hl7.admission()):
        sender.send(bytes([byte]))
    assert sender.answer()[0] == "AA"


def test_garbage_in_a_frame_and_an_unknown_version(connect: Connect) -> None:
    sender = connect()
    for garbage in (b"hello", b"\x00\xff\xfe", b"MSH|^~\\&"):
        assert sender.ask(garbage)[0] == "AR"
    code, reason = sender.ask(hl7.admission(version="3.1"))
    assert (code, "3.1" in reason) == ("AR", True)
    assert sender.ask(hl7.admission())[0] == "AA"
    assert [status for status, _ in stored()] == ["AR"] * 4 + ["AA"]


def test_garbage_between_frames_is_ignored(connect: Connect, listener: Process) -> None:
    sender = connect()
    sender.send(b"noise" + framed(hl7.admission()) + b"\r\n\r\nmore noise")
    assert sender.answer()[0] == "AA"
    sender.close()
    wait_for(lambda: "hl7_bytes_outside_frames" in listener.output)
    assert len(stored()) == 1


def test_a_message_without_a_frame_is_told_so_and_hung_up_on(connect: Connect) -> None:
    sender = connect()
    sender.send(hl7.admission(control_id="7"))
    code, reason = sender.answer()
    assert (code, "MLLP" in reason) == ("AR", True)
    assert sender.is_hung_up()


def test_an_oversized_message_is_refused_and_the_next_one_taken(connect: Connect) -> None:
    sender = connect()
    head = hl7.result(control_id="big")
    sender.send(framed(head + b"NTE|1||" + b"x" * (3 * LIMIT)))
    code, reason = sender.answer()
    assert (code, "too large" in reason) == ("AR", True)
    assert sender.ask(hl7.admission())[0] == "AA"
    with scopes_disabled():
        kept = Hl7Message.objects.get(control_id="big")
        assert not Event.objects.filter(kind__startswith="test_result").exists()
    assert kept.status == "AR"
    assert len(kept.raw) < 20_000


def test_a_half_finished_message_is_forgotten(connect: Connect, listener: Process) -> None:
    sender = connect()
    sender.send(framed(hl7.admission())[:-40])
    sender.close()
    wait_for(lambda: "hl7_frame_unfinished" in listener.output)
    again = connect()
    again.send(framed(hl7.result())[:60])  # and given up, and sent again on the same connection
    assert again.ask(hl7.result())[0] == "AA"
    assert [status for status, _ in stored()] == ["AA"]


def test_no_patient_data_in_the_log(connect: Connect, listener: Process) -> None:
    sender = connect()
    sender.ask(hl7.admission(since="SECRET"))
    sender.ask(hl7.admission())
    sender.ask(b"Haddad")
    wait_for(lambda: listener.output.count("hl7_not_accepted") == 2)
    for secret in ("Haddad", "Layla", "MRN-9", "SECRET"):
        assert secret not in listener.output


def test_twenty_connections_at_once(connect: Connect) -> None:
    def talk(number: int) -> list[str]:
        sender = connect()
        messages = [hl7.admission(number=f"P{number}", visit=f"V{number}", place="CARD^^C-01")]
        messages += [hl7.result(number=f"P{number}", place="ICU2") for _ in range(4)]
        return [sender.ask(message)[0] for message in messages]

    with ThreadPoolExecutor(20) as pool:
        answers = [*pool.map(talk, range(20))]
    assert answers == [["AA"] * 5] * 20
    with scopes_disabled():
        assert Admission.objects.filter(discharged_at=None).count() == 20
        assert Admission.objects.filter(bed__number="C-01").count() == 1
        assert Event.objects.count() == 100


def test_a_slow_connection_does_not_hold_up_the_others(connect: Connect) -> None:
    slow, quick = connect(), connect()
    slow.send(framed(hl7.admission())[:100])
    assert quick.ask(hl7.result())[0] == "AA"


def test_a_silent_connection_is_closed(cast: Cast, start_process: Callable[..., Process]) -> None:
    process = start_process("python manage.py hl7_listener --port 0 --idle-seconds 1")
    sender = Sender(wait_for(lambda: listening_port(process), 30) or 0)
    started = time.monotonic()
    assert sender.is_hung_up()
    assert time.monotonic() - started < 10
    sender.close()


def test_while_the_database_is_away_senders_keep_their_messages(
    connect: Connect, listener: Process
) -> None:
    sender, message = connect(), hl7.admission()
    assert sender.ask(hl7.result())[0] == "AA"
    with database_away():
        sender.send(framed(message))
        assert sender.is_hung_up()  # and not answered: the sender will send it again
    assert stored() == [("AA", "")]

    def accepted() -> bool:
        try:
            return connect().ask(message)[0] == "AA"
        except (OSError, EOFError):
            return False

    wait_for(accepted, 30, "the message is taken once the database is back")
    assert listener.running
    assert [status for status, _ in stored()] == ["AA", "AA"]


def test_told_to_stop_it_finishes_what_it_has_in_hand(connect: Connect, listener: Process) -> None:
    busy, idle = connect(), connect()
    busy.send(framed(hl7.result(*[hl7.obx(str(n)) for n in range(500)])))
    wait_for(lambda: stored() != [])
    assert listener.stop(signal.SIGTERM) == 0
    assert busy.answer()[0] == "AA"
    assert busy.is_hung_up()
    assert idle.is_hung_up()
    assert stored() == [("AA", "")]


def test_it_says_that_it_is_alive(port: int) -> None:
    wait_for(lambda: "hl7" in heartbeats.seen(), 10)


def test_a_port_that_is_taken(cast: Cast, port: int, start_process: Callable[..., Process]) -> None:
    second = start_process(f"python manage.py hl7_listener --port {port}")
    wait_for(lambda: not second.running, 30)
    assert f"Cannot listen on 127.0.0.1:{port}" in second.output
