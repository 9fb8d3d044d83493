"""Answers many questions that arrive together with one look at the database."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Generic, TypeVar

from channels.db import database_sync_to_async

from inbox.publications.standing import patiently

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Batch(Generic[Question, Answer]):
    """Two thousand sockets that reconnect at once ask two thousand questions; this asks a few.

    While one `load` runs (in a thread, on a pooled connection), the questions that arrive wait and
    are the next `load`'s. So a lone question waits for nothing, and a storm becomes a handful of
    queries. `load` gets distinct questions and answers all of them.
    """

    def __init__(
        self, load: Callable[[Iterable[Question]], Mapping[Question, Answer]], size: int = 500
    ) -> None:
        self._load = partial(database_sync_to_async(patiently, thread_sensitive=False), load)
        self._size = size
        self._waiting: dict[Question, asyncio.Future[Answer]] = {}
        self._running: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to one question; raises what `load` raised."""
        if question not in self._waiting:
            self._waiting[question] = asyncio.get_running_loop().create_future()
        answer = self._waiting[question]
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        # Shielded: several may wait for this answer, and one of them may go away.
        return await asyncio.shield(answer)

    async def _run(self) -> None:
        try:
            while self._waiting:
                questions = list(self._waiting)[: self._size]
                batch = {question: self._waiting.pop(question) for question in questions}
                await self._answer(batch)
        finally:
            self._running = None

    async def _answer(self, batch: dict[Question, asyncio.Future[Answer]]) -> None:
        try:
            answers = await self._load(list(batch))
            answered = [answers[question] for question in batch]
        except Exception as fault:
            for waiting in batch.values():
                waiting.set_exception(fault)
                waiting.exception()  # nobody may be left to retrieve it
        else:
            for waiting, answer in zip(batch.values(), answered, strict=True):
                waiting.set_result(answer)
