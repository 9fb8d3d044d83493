"""What goes wrong with telling while tests go on: rules that raise, crashes, two at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import connection

from inbox import fanout
from inbox.rules import recipients
from inbox.rules.table import Rule, rules_for


@contextmanager
def telling_goes_wrong(broken: set[str], *, deferred: bool) -> Iterator[None]:
    """Rules of the `broken` kinds raise; where `deferred`, nobody fans out what is recorded."""

    def rules(kind: str) -> list[Rule]:
        if kind in broken:
            raise ZeroDivisionError
        return rules_for(kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipients, "rules_for", rules)
        if deferred:
            patch.setattr(fanout, "dispatch", lambda event_ids: 0)
        yield


def at_once(*actions: Callable[[], object]) -> None:
    """Does all of them, each in a thread, beginning at the same moment."""
    barrier = Barrier(len(actions))

    def work(action: Callable[[], object]) -> None:
        connection.ensure_connection()
        barrier.wait(10)
        try:
            action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        for done in [pool.submit(work, action) for action in actions]:
            done.result(60)
