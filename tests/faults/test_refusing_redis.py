"""Redis is there and refuses, or is gone for hours: a worker goes on trying, and then working."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from redis import Redis as Client

from config.celery import app
from config.local.redis import Redis
from tests.conftest import StartProcess
from tests.faults import at_night
from tests.faults.test_log_volume import BEGINNING, LOOKED_AT, MEGABYTE_AN_HOUR
from tests.faulty_redis import denied, locked, own_redis, read_only, unsaved
from tests.processes import wait_for

__all__ = ["own_redis"]
pytestmark = pytest.mark.django_db(transaction=True)
SOON = 40.0  # seconds: it tries again after 30 at most


def waits_for_tasks(client: Client) -> bool:
    """Whether a worker does, on a connection of its own."""
    return any(each["cmd"] == "brpop" for each in client.client_list())


@pytest.mark.parametrize(
    "fault",
    [read_only, *(pytest.param(each, marks=at_night) for each in (unsaved, locked, denied))],
)
def test_the_worker_outlives_it_and_says_little(
    own_redis: Redis,
    start_process: StartProcess,
    fault: Callable[[Redis], AbstractContextManager[None]],
) -> None:
    worker = start_process("worker", REDIS_URL=own_redis.url, DEMO="false", PREFIX="refusing")
    with Client.from_url(own_redis.url) as client:
        wait_for(lambda: waits_for_tasks(client), 60, "it works")
    with fault(own_redis):
        time.sleep(BEGINNING)
        before = len(worker.output)
        time.sleep(LOOKED_AT)
        assert worker.running, worker.output
        written = worker.output[before:]
    assert len(written) / LOOKED_AT < MEGABYTE_AN_HOUR, written
    with Client.from_url(own_redis.url) as client:
        wait_for(lambda: waits_for_tasks(client), SOON, "it waits for tasks")
    assert worker.running


def test_it_never_gives_up() -> None:
    """Celery's own does after a hundred tries, three quarters of an hour."""
    assert app.conf.broker_connection_max_retries is None
