"""Questions that may hang: each has a thread of its own, and is not asked again meanwhile."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from wards.base import background

T = TypeVar("T")


class CannotAsk(Exception):
    """The machine gives no thread more."""


class Question(Generic[T]):
    """Something that is asked again and again, and that may take for ever to be answered.

    However often we ask, at most one thread waits for the answer.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._under_way: Future[T] | None = None

    def begin(self) -> Future[T]:
        """What will be answered: by the question that is under way, or by a new one."""
        with self._lock:
            if self._under_way is None or self._under_way.done():
                self._under_way = Future()
                if not background.begin(self._run, self._under_way):
                    self._under_way.set_exception(CannotAsk())
            return self._under_way

    def _run(self, answer: Future[T]) -> None:
        try:
            answer.set_result(self._ask())
        except Exception as fault:  # whoever waits for it hears of it
            answer.set_exception(fault)
