"""Nobody waits for Redis: callers, forks and ends of processes; what is dropped is counted."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.conf import settings as settings_of_django
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings
from redis import Redis as Client

from config.local.redis import Redis
from tests.faulty_redis import black_hole, each_fault, hung, own_redis, stopped
from tests.processes import ROOT, wait_for
from tests.threads import no_threads
from wards.base import wakeups
from wards.operations.tasks import run_operation

__all__ = ["own_redis"]


@pytest.fixture
def line(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, own_redis: Redis
) -> Iterator[wakeups.Line]:
    """A line of the test's own, to a Redis of its own."""
    settings.REDIS_URL = own_redis.url
    line = wakeups.Line()
    monkeypatch.setattr(wakeups, "_line", line)
    yield line
    line._waiting.clear()


@pytest.fixture
def heard(own_redis: Redis, line: wakeups.Line) -> Iterator[Callable[[], list[bytes]]]:
    """What subscribers of the channel "x" hear until they are asked."""
    messages: list[bytes] = []
    with Client.from_url(own_redis.url) as client, client.pubsub() as channel:
        channel.subscribe("x")
        assert channel.get_message(timeout=5)

        def hear() -> list[bytes]:
            while message := channel.get_message(timeout=0.2):
                messages.append(message["data"])
            return messages

        yield hear


def publish(text: object, kind: str = "publication") -> None:
    wakeups.publish("x", lambda: str(text).encode(), kind=kind)


def publish_many(number: int, kind: str = "publication") -> None:
    for each in range(number):
        publish(each, kind)


def dropped(kind: str) -> float:
    """How many; of a kind that only one test knows: others' threads may still be dropping."""
    return REGISTRY.get_sample_value("wardbell_wakeups_dropped_total", {"kind": kind}) or 0


def seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


class TestHandingOver:
    def test_in_order_from_one_caller(self, heard: Callable[[], list[bytes]]) -> None:
        for number in range(500):
            publish(number)
        assert wakeups.flush(10)
        assert heard() == [str(number).encode() for number in range(500)]

    async def test_from_a_coroutine(self, heard: Callable[[], list[bytes]]) -> None:
        publish("a")
        assert wakeups.flush(10)
        assert heard() == [b"a"]

    def test_a_task_is_put_into_the_queue_of_workers(
        self, own_redis: Redis, line: wakeups.Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run_operation.app.conf, "broker_write_url", own_redis.url)
        wakeups.nudge(run_operation, 7)
        assert wakeups.flush(10)
        with Client.from_url(own_redis.url) as client:
            assert client.llen(f"{settings_of_django.PREFIX}:wardbell") == 1

    def test_one_that_cannot_be_made_does_not_stop_the_others(
        self, heard: Callable[[], list[bytes]]
    ) -> None:
        wakeups.publish("x", lambda: bytes(1 // 0))
        publish("a")
        wait_for(lambda: heard() == [b"a"], 10)

    def test_a_connection_that_redis_has_closed_costs_nothing(
        self, own_redis: Redis, line: wakeups.Line
    ) -> None:
        publish("a", "closed")
        assert wakeups.flush(10)
        with stopped(own_redis):
            pass
        publish("b", "closed")
        assert wakeups.flush(10)
        assert dropped("closed") == 0


class TestFaults:
    @each_fault
    def test_the_caller_does_not_wait(
        self,
        own_redis: Redis,
        line: wakeups.Line,
        fault: Callable[[Redis], AbstractContextManager[None]],
    ) -> None:
        with fault(own_redis):
            assert seconds(lambda: publish_many(100)) < 0.5
            assert seconds(lambda: wakeups.nudge(run_operation, 7)) < 0.5

    def test_nor_where_the_network_swallows_all(
        self, settings: Settings, line: wakeups.Line
    ) -> None:
        with black_hole() as url:
            settings.REDIS_URL = url
            assert seconds(lambda: publish("a", "swallowed")) < 0.5
            wait_for(lambda: dropped("swallowed") == 1, 10, "it is dropped")

    def test_what_hung_is_dropped_and_counted_and_the_next_goes_out(
        self, own_redis: Redis, heard: Callable[[], list[bytes]]
    ) -> None:
        with hung(own_redis):
            for number in range(50):
                publish(number, "hung")
            wait_for(lambda: dropped("hung") == 50, 10, "all are dropped")
        publish("new")
        assert wakeups.flush(10)
        assert heard()[-1] == b"new"  # before it may come what the kernel kept meanwhile

    def test_the_line_is_bounded(self, own_redis: Redis, line: wakeups.Line) -> None:
        with hung(own_redis):
            for number in range(wakeups.MOST + 500):
                publish(number)
            assert len(line._waiting) <= wakeups.MOST

    def test_what_no_worker_can_be_asked_for_is_done_otherwise(
        self, monkeypatch: pytest.MonkeyPatch, line: wakeups.Line
    ) -> None:
        done = threading.Event()
        monkeypatch.setattr(run_operation.app.conf, "broker_url", "redis://127.0.0.1:1/0")
        monkeypatch.setattr(run_operation.app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
        wakeups.nudge(run_operation, 7, otherwise=done.set)
        assert done.wait(10)

    def test_where_there_is_no_thread_for_it_the_next_one_has_it_handed_over(
        self, heard: Callable[[], list[bytes]]
    ) -> None:
        with no_threads():
            publish("a")
        publish("b")
        assert wakeups.flush(10)
        assert heard() == [b"a", b"b"]

    def test_what_cannot_be_done_otherwise_does_not_stop_the_others(
        self, monkeypatch: pytest.MonkeyPatch, heard: Callable[[], list[bytes]]
    ) -> None:
        publish("a")
        assert wakeups.flush(10)
        monkeypatch.setattr(run_operation.app.conf, "broker_url", "redis://127.0.0.1:1/0")
        monkeypatch.setattr(run_operation.app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
        with no_threads():
            wakeups.nudge(run_operation, 7, otherwise=lambda: None)
            publish("b")
            wait_for(lambda: heard() == [b"a", b"b"], 10)


class TestProcesses:
    def test_a_fork_has_a_line_of_its_own(self, heard: Callable[[], list[bytes]]) -> None:
        publish("parent")
        assert wakeups.flush(10)
        child = os.fork()
        if child == 0:
            try:
                publish("child")
            finally:
                os._exit(0 if wakeups.flush(10) else 1)
        assert os.waitpid(child, 0)[1] == 0
        publish("parent again")
        assert wakeups.flush(10)
        assert heard() == [b"parent", b"child", b"parent again"]

    def test_what_is_in_line_goes_out_before_the_end(
        self, own_redis: Redis, heard: Callable[[], list[bytes]]
    ) -> None:
        assert end_of_a_process(own_redis.url) < 1
        assert heard() == [b"a"]

    def test_a_hung_redis_does_not_keep_a_process_from_ending(self, own_redis: Redis) -> None:
        with hung(own_redis):
            assert end_of_a_process(own_redis.url) < 1

    def test_nor_one_behind_a_network_that_swallows_all(self) -> None:
        with black_hole() as url:
            assert end_of_a_process(url) < 1


ENDS = """
import atexit
import time
import django
django.setup()
atexit.register(lambda: print(time.monotonic()))
from wards.base import wakeups
wakeups.publish("x", lambda: b"a")
print(time.monotonic(), flush=True)
"""


def end_of_a_process(url: str) -> float:
    """How long a process is kept from ending, in seconds, that has just published."""
    env = {**os.environ, "REDIS_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", ENDS]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    began, ended = map(float, done.stdout.split())
    return ended - began
