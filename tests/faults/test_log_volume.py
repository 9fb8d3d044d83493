"""A log says that the database is away, and does not fill the disk with it.

Of the processes that have nothing to do: in a long night nobody looks, and the log is needed in the
morning. Redis is the other half: tests/faults/test_redis_hangs.py.
"""

import re
import time
from collections import Counter

import pytest
from django.db import connection

from config.local.redis import free_port
from tests import factories
from tests.cast import create_cast
from tests.conftest import StartProcess, StartWeb
from tests.database import database_away
from tests.faults import lasting
from tests.inbox.client import cookie_headers
from tests.inbox.wire import receive
from tests.inbox.wire import socket as open_socket
from tests.processes import Process, Web, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

MEGABYTE_AN_HOUR = 1_000_000 / 3600
# Seconds. What is said once, when it begins, is none of what goes on; so it is not counted.
BEGINNING, LOOKED_AT = 4.0, lasting(20.0, 120.0)
PARTS = ("worker", "beat", "sender", "hl7")


def is_up(web: Web, part: str) -> bool:
    return f'"{part}": "up"' in web.get("/healthz/ready")[1]


def kinds(text: str) -> Counter[str]:
    """How often each kind of line was written, whatever its numbers and times."""
    return Counter(re.sub(r"\d+", "0", line)[:300] for line in text.splitlines())


@pytest.fixture
def processes(start_web: StartWeb, start_process: StartProcess) -> dict[str, Process]:
    web = start_web(DEMO="false")
    started: dict[str, Process] = {
        part: start_process(part, DEMO="false", HL7_PORT=str(free_port())) for part in PARTS
    }
    for part in PARTS:
        wait_for(lambda part=part: is_up(web, part), 90, part)  # type: ignore[misc]
    return {**started, "web": web}


def test_without_postgresql_each_part_writes_less_than_a_megabyte_an_hour(
    processes: dict[str, Process],
) -> None:
    web = processes["web"]
    assert isinstance(web, Web)
    people = create_cast()
    nurse = factories.create_user(people.hospital, "nurse")
    with open_socket(web, **cookie_headers(nurse, web)) as socket:
        assert receive(socket)["type"] == "snapshot"
        with connection.cursor():  # is connected
            pass
        with database_away():
            time.sleep(BEGINNING)
            before = {part: len(process.output) for part, process in processes.items()}
            web.get("/metrics")
            time.sleep(LOOKED_AT)
            written = {part: each.output[before[part] :] for part, each in processes.items()}
    rates = {part: len(text) / LOOKED_AT for part, text in written.items()}
    loudest = {part: kinds(text).most_common(4) for part, text in written.items()}
    print({part: f"{rate * 3600 / 1000:.0f} kB/h" for part, rate in rates.items()})
    assert all(rate < MEGABYTE_AN_HOUR for rate in rates.values()), (rates, loudest)
    # One that comes each second or at each try is more: once a minute, at the end of one, too.
    assert all(times <= 2 + LOOKED_AT / 60 for told in loudest.values() for _, times in told), (
        loudest
    )
    for part in PARTS:
        wait_for(lambda part=part: is_up(web, part), 60, f"{part} goes on")  # type: ignore[misc]
    assert all(process.running for process in processes.values())
