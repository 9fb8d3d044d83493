"""The parent of the listener's processes, told to stop at the moments that are rare."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from wards.hl7.processes import SIGNALS, Parent


async def work(stop: asyncio.Event) -> None:
    await stop.wait()


@pytest.fixture
def parent() -> Iterator[Parent]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        parent = Parent(work, listener)
        yield parent
        for descriptor in parent._lifeline:
            os.close(descriptor)


def ended() -> int:
    """The id of a process that is no more."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_told_while_it_starts_one_it_starts_none(
    parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would tell that one, and the parent would wait for it for ever."""
    mask = signal.pthread_sigmask

    def told(how: int, signals: tuple[signal.Signals, ...]) -> set[int | signal.Signals]:
        if how == signal.SIG_BLOCK:
            parent._stop()  # what came just before is handled now
        return mask(how, signals)

    monkeypatch.setattr(signal, "pthread_sigmask", told)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("one is started"))
    parent._start()
    assert parent._started == {}
    assert mask(signal.SIG_BLOCK, ()).isdisjoint(SIGNALS), "it still hears them"


def test_told_while_it_notes_that_one_died_it_tells_the_others(
    parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    kill = os.kill

    def noted(pid: int, number: int) -> None:
        told.append(pid)
        kill(pid, 0)

    monkeypatch.setattr(os, "kill", noted)
    parent._started = {ended(): 0.0, os.getpid(): 0.0}
    parent._stop()
    assert told == [*parent._started]
