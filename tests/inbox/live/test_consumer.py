"""A consumer that ends in the middle of something leaves nothing behind."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError

from inbox.live import consumers
from inbox.live.consumers import InboxConsumer
from inbox.live.hub import Hub
from tests.inbox.live.test_hub import IDENTITY

SCOPE = {
    "type": "websocket",
    "headers": [(b"authorization", b"Bearer x")],
    "query_string": b"beats",
}


class Hanging:
    """Stands for the database: never answers, or with `answer`, or with `fault`."""

    def __init__(self, answer: object = None, fault: Exception | None = None) -> None:
        self.answer, self.fault = answer, fault
        self.asked = asyncio.Event()

    async def ask(self, question: object) -> object:
        self.asked.set()
        if self.fault is not None:
            raise self.fault
        if self.answer is not None:
            return self.answer
        await asyncio.Event().wait()
        raise AssertionError


def knocking(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Hanging]
) -> tuple[Hub, asyncio.Queue[Any]]:
    """A hub that does nothing by itself, and what a client sends that wants in."""
    hub = Hub()
    hub._start = lambda: None  # type: ignore[method-assign]
    for name, stands_in in {"hub": hub, **answers}.items():
        monkeypatch.setattr(consumers, name, stands_in)
    messages: asyncio.Queue[Any] = asyncio.Queue()
    messages.put_nowait({"type": "websocket.connect"})
    return hub, messages


@pytest.mark.parametrize("fault", [OperationalError(), KeyError("of ours")])
async def test_one_whose_state_cannot_be_had_is_sent_away(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Whatever the reason: a client that hears nothing shows what was, as if it were live."""
    answers = {"identities": Hanging(replace(IDENTITY)), "states": Hanging(fault=fault)}
    hub, messages = knocking(monkeypatch, answers)
    sent: asyncio.Queue[Any] = asyncio.Queue()
    serving = asyncio.create_task(InboxConsumer()(SCOPE, messages.get, sent.put))
    while (message := await asyncio.wait_for(sent.get(), 10))["type"] != "websocket.close":
        pass
    assert message["code"] == consumers.UNAVAILABLE
    messages.put_nowait({"type": "websocket.disconnect", "code": 1013})
    await asyncio.wait_for(asyncio.gather(serving, return_exceptions=True), 10)
    assert not hub._users


@pytest.mark.parametrize("hangs_at", ["identities", "states"])
async def test_one_that_is_cancelled_while_the_database_hangs_is_not_in_the_hub(
    monkeypatch: pytest.MonkeyPatch, hangs_at: str
) -> None:
    """As a server does with what has not ended some seconds after its client has gone."""
    answers = {"identities": Hanging(replace(IDENTITY)), "states": Hanging()}
    answers[hangs_at] = hanging = Hanging()
    hub, messages = knocking(monkeypatch, answers)

    async def send(message: object) -> None: ...

    before = asyncio.all_tasks()
    serving = asyncio.create_task(InboxConsumer()(SCOPE, messages.get, send))
    await hanging.asked.wait()
    assert bool(hub._users) == (hangs_at == "states")
    serving.cancel()
    await asyncio.wait([serving])
    await asyncio.sleep(0)
    assert not hub._users
    assert asyncio.all_tasks() == before
