"""Who may connect and send, what several processes share, batches, and answers as asked for."""

import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from django_scopes import scopes_disabled

from tests.cast import Cast
from tests.certificates import Authority
from tests.processes import Process, wait_for
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.test_listener import Sender, listening_port, stored
from wards.hl7.framing import framed
from wards.models import Admission, Event, Feed, Hl7Message

Listen = Callable[[str], tuple[Process, int]]
Connect = Callable[..., Sender]


@pytest.fixture
def listen(cast: Cast, start_process: Callable[..., Process]) -> Listen:
    """Call it with options for a listener, and its port."""

    def listen(options: str = "") -> tuple[Process, int]:
        process = start_process(f"python manage.py hl7_listener --port 0 {options}")
        return process, wait_for(lambda: listening_port(process), 30) or 0

    return listen


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Call it with a port for a sender; with an authority, too, for one with TLS."""
    with ExitStack() as stack:

        def connect(
            port: int, authority: Authority | None = None, certificate: Path | None = None
        ) -> Sender:
            sender = Sender(port)
            stack.callback(lambda: sender.close())
            if authority:
                context = ssl.create_default_context(cafile=authority.path)
                if certificate:
                    context.load_cert_chain(certificate)
                sender.socket = context.wrap_socket(sender.socket, server_hostname="127.0.0.1")
            return sender

        yield connect


def allow(**fields: object) -> None:
    with scopes_disabled():
        assert Feed.objects.update(**fields)


def test_a_feed_with_a_certificate_of_its_own(
    listen: Listen, connect: Connect, tmp_path: Path
) -> None:
    ours, theirs = Authority(tmp_path), Authority(tmp_path, "Somebody else")
    options = f"--tls-cert {ours.sign('listener')} --tls-ca '{ours.path}'"
    _, port = listen(options)
    allow(certificate="pas.rawdah")
    assert connect(port, ours, ours.sign("pas.rawdah")).ask(hl7.result()) == ("AA", "")
    answer = connect(port, ours, ours.sign("lab.rawdah")).ask(hl7.result())
    assert answer == ("AR", "not allowed from here")
    for certificate in (None, theirs.sign("pas.rawdah")):
        with pytest.raises((OSError, EOFError)):
            connect(port, ours, certificate).ask(hl7.result())
    plain = connect(port)
    plain.send(framed(hl7.result()))
    plain.socket.shutdown(socket.SHUT_WR)
    assert b"MSA" not in plain.socket.recv(65536)
    assert [status for status, _ in stored()] == ["AA", "AR"]


def test_tls_without_client_certificates(listen: Listen, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    _, port = listen(f"--tls-cert {authority.sign('listener')}")
    assert connect(port, authority).ask(hl7.result()) == ("AA", "")


def test_certificates_that_cannot_be_used(
    cast: Cast, start_process: Callable[..., Process]
) -> None:
    for options, words in (
        ("--tls-cert /nowhere", "Cannot use the certificates"),
        ("--tls-ca /nowhere", "need --tls-cert"),
    ):
        process = start_process(f"python manage.py hl7_listener --port 0 {options}")
        wait_for(lambda process=process: not process.running, 30)  # type: ignore[misc]
        assert words in process.output


def test_only_from_the_feeds_own_network(listen: Listen, connect: Connect) -> None:
    _, port = listen("--processes 1")
    message = hl7.result(control_id="1")
    sender = connect(port)
    allow(networks=["10.1.0.0/16"])
    assert sender.ask(message) == ("AR", "not allowed from here")
    allow(networks=["10.1.0.0/16", "127.0.0.1"])
    assert sender.ask(message) == ("AA", "")
    allow(networks=["10.1.0.0/16"])
    assert sender.ask(message) == ("AR", "not allowed from here")  # not even what was accepted
    with scopes_disabled():
        assert [*Hl7Message.objects.order_by("id").values_list("status", "control_id")] == [
            ("AR", ""),
            ("AA", "1"),
            ("AR", ""),
        ]
        assert Event.objects.count() == 1


def test_idle_connections_do_not_shut_out_the_feed(listen: Listen, connect: Connect) -> None:
    """The one that has idled longest goes, of strangers first."""
    _, port = listen("--processes 1 --connections 8")
    feed = connect(port)
    assert feed.ask(hl7.result())[0] == "AA"
    idle = [connect(port) for _ in range(12)]
    second = connect(port)
    assert second.ask(hl7.result())[0] == "AA"
    assert idle[0].is_hung_up()


def test_a_keep_alive_is_neither_stored_nor_answered(listen: Listen, connect: Connect) -> None:
    _, port = listen("--processes 1")
    sender = connect(port)
    for empty in (b"", b"\r\n"):
        sender.send(framed(empty))
    assert sender.ask(hl7.result())[0] == "AA"
    assert len(stored()) == 1


def test_s15_each_message_of_a_batch_is_taken_and_answered_on_its_own(
    listen: Listen, connect: Connect
) -> None:
    _, port = listen("--processes 1")
    good = [hl7.admission(), hl7.result(hl7.obx("900", "HH"))]
    batch = b"".join(
        (
            b"FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r",
            *(good[0], hl7.admission(kind="MDM^T02"), good[1]),
            b"BTS|3\rFTS|1\r",
        )
    )
    sender = connect(port)
    sender.send(framed(batch))
    assert [sender.answer()[0] for _ in range(3)] == ["AA", "AR", "AA"]
    with scopes_disabled():
        kinds = [*Event.objects.order_by("id").values_list("kind", flat=True)]
    assert kinds == ["patient.admitted", "test_result.critical"]
    assert len(stored()) == 3


def asking(message: bytes, accept: str, application: str) -> bytes:
    """The message with MSH-15 and MSH-16."""
    header, rest = message.split(b"\r", 1)
    fields = header.split(b"|") + [b""] * 6
    fields[14:16] = accept.encode(), application.encode()
    return b"|".join(fields) + b"\r" + rest


def test_enhanced_mode_answers_as_asked(listen: Listen, connect: Connect) -> None:
    _, port = listen("--processes 1")
    sender, refused = connect(port), hl7.result(number="")
    for message, accept, application, codes in (
        (hl7.result(), "AL", "AL", ["CA", "AA"]),
        (hl7.result(), "AL", "NE", ["CA"]),
        (hl7.result(), "NE", "AL", ["AA"]),
        (hl7.result(), "NE", "NE", []),
        (refused, "AL", "ER", ["CA", "AE"]),
        (hl7.result(), "AL", "ER", ["CA"]),
        (hl7.admission(kind="MDM^T02"), "AL", "AL", ["CR"]),
        (hl7.admission(kind="MDM^T02"), "NE", "AL", []),
    ):
        sender.send(framed(asking(message, accept, application)))
        assert [sender.answer()[0] for _ in codes] == codes
    assert sender.ask(hl7.result())[0] == "AA"  # nothing else was on its way
    assert len(stored()) == 9


def test_processes_share_the_port_and_are_started_again(listen: Listen, connect: Connect) -> None:
    listener, port = listen("--processes 2")
    main = psutil.Process(listener.pid)
    children = wait_for(lambda: main.children() if len(main.children()) == 2 else [])
    for number, child in enumerate(children):
        # Which one takes a connection is left to chance: while one cannot, the other does.
        child.suspend()
        try:
            visit = hl7.admission(number=f"P{number}", visit=f"V{number}", place="CARD")
            assert connect(port).ask(visit) == ("AA", "")
        finally:
            child.resume()
    os.kill(children[0].pid, signal.SIGKILL)
    wait_for(lambda: len({child.pid for child in main.children()} - {c.pid for c in children}) == 1)
    assert connect(port).ask(hl7.result())[0] == "AA"
    with scopes_disabled():
        assert Admission.objects.count() == 2
    assert listener.stop(signal.SIGTERM) == 0


def test_processes_end_with_their_parent(listen: Listen) -> None:
    listener, _ = listen("--processes 2")
    main = psutil.Process(listener.pid)
    children = wait_for(lambda: main.children() if len(main.children()) == 2 else [])
    os.kill(listener.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
