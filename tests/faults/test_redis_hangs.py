"""Redis only wakes: stopped, hung, full or cut off, nobody waits for it and nothing is lost."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
from django.db import connection

from config.local.redis import Redis, free_port
from tests import factories
from tests.conftest import StartProcess, StartWeb
from tests.faults import SOAK, lasting
from tests.faults.invariants import assert_mailboxes_consistent, assert_same, in_step
from tests.faults.pressure import (
    Person,
    Record,
    Timed,
    bells,
    between,
    feed,
    middle,
    slowest,
    working,
)
from tests.faulty_redis import black_hole, each_fault, hung, own_redis, stopped
from tests.figures import read, value
from tests.processes import Process, Web, wait_for
from wards.accounts import lockout
from wards.models import User

__all__ = ["own_redis"]
pytestmark = pytest.mark.django_db(transaction=True)

HANG = lasting(8.0, 60.0)  # seconds
BEFORE = lasting(12.0, 30.0)  # a round of everybody's steps: signing in is the dearest
SOCKETS, READERS = lasting(40, 120), 12
PEOPLE = lasting(3, 30)
A_MESSAGE_EVERY = 0.1  # s
A_STEP_EVERY = lasting(2.0, 5.0)  # s, of each person
Fault = Callable[[Redis], AbstractContextManager[None]]


@pytest.fixture
def web(start_web: StartWeb, own_redis: Redis) -> Web:
    return start_web(REDIS_URL=own_redis.url, TRUSTED_PROXIES="1", DB_POOL_MAX="20")


@pytest.fixture
def noor() -> User:
    return factories.create_user(username="noor", password=factories.PASSWORD)


def sign_in(web: Web, password: str = factories.PASSWORD, at: str = "10.9.0.1") -> int:
    """The status of signing in on the page: 302 when it goes on, 200 when it does not."""
    with requests.Session() as browser:
        browser.headers["X-Forwarded-For"] = at
        page = browser.get(f"{web.url}/accounts/login/", timeout=20).text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        who = {"login": "noor", "password": password, "csrfmiddlewaretoken": token[1]}
        url = f"{web.url}/accounts/login/"
        return browser.post(url, who, allow_redirects=False, timeout=20).status_code


def ask_api(web: Web) -> int:
    body = {"username": "noor", "password": factories.PASSWORD}
    return requests.post(f"{web.url}/api/v1/auth/", json=body, timeout=20).status_code


class TestSigningIn:
    @each_fault
    def test_it_works_at_once(self, web: Web, noor: User, own_redis: Redis, fault: Fault) -> None:
        before = seconds(lambda: sign_in(web))
        with fault(own_redis):
            assert seconds(lambda: sign_in(web)) < before + 1
            assert sign_in(web) == 302
            assert ask_api(web) == 200

    def test_it_works_behind_a_network_that_swallows_all(
        self, start_web: StartWeb, noor: User, process_environment: dict[str, str], tmp_path: Path
    ) -> None:
        with black_hole() as url:
            web = Web(tmp_path / "web.log", {**process_environment, "REDIS_URL": url})
            web.start()
            try:
                web.wait_until_ready("/healthz/live")
                assert sign_in(web) == 302
                assert seconds(lambda: web.get("/healthz/ready")) < 2
                assert '"redis": "hangs"' in web.get("/healthz/ready")[1]
            finally:
                web.stop()

    @each_fault
    def test_the_lock_out_locks(self, web: Web, noor: User, own_redis: Redis, fault: Fault) -> None:
        with fault(own_redis):
            for _ in range(lockout.OF_A_NAME_IN_A_PLACE[0]):
                assert sign_in(web, "wrong") == 200
            assert sign_in(web) == 200
            assert sign_in(web, at="10.9.0.2") == 302

    def test_a_restart_of_redis_forgets_no_failure(
        self, web: Web, noor: User, own_redis: Redis
    ) -> None:
        for _ in range(lockout.OF_A_NAME_IN_A_PLACE[0]):
            sign_in(web, "wrong")
        with stopped(own_redis):
            pass
        assert sign_in(web) == 200


def seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


@each_fault
def test_ready_answers_in_two_seconds_and_live_at_once(
    web: Web, own_redis: Redis, fault: Fault
) -> None:
    with fault(own_redis):
        for _ in range(3):
            assert seconds(lambda: web.get("/healthz/ready")) < 2
            assert web.get("/healthz/ready")[0] == 503
        assert web.get("/healthz/live")[0] == 200
    wait_for(lambda: web.get("/healthz/ready")[0] == 200, 10, "ready again")


@pytest.fixture
def hl7_port(start_process: StartProcess, own_redis: Redis) -> Iterator[int]:
    port = free_port()
    listener = start_process("hl7", HL7_PORT=str(port), REDIS_URL=own_redis.url)
    wait_for(lambda: "listening" in listener.output, 90, "the HL7 listener")
    yield port
    assert listener.running


def test_a_hospital_at_work_does_not_notice_that_redis_hangs(
    web: Web, own_redis: Redis, hl7_port: int
) -> None:
    hospital = factories.create_hospital("Rawdah General", facility="RAWDAH")
    ward = factories.create_ward(hospital, "Cardiology", code="CARD")
    readers = [factories.create_user(hospital) for _ in range(READERS)]
    for reader in readers:
        factories.create_duty(reader, ward)
    people = [factories.create_user(hospital, password=factories.PASSWORD) for _ in range(PEOPLE)]
    record, stop = Record(), threading.Event()
    workers = [
        threading.Thread(target=feed, args=(hl7_port, ward, A_MESSAGE_EVERY, record, stop)),
        *(
            threading.Thread(
                target=Person(number, user, web, record).work,
                args=(A_STEP_EVERY, number / PEOPLE, stop),
            )
            for number, user in enumerate(people)
        ),
    ]
    with bells(readers, web, SOCKETS, record) as clients:
        whose = {client: readers[number % READERS] for number, client in enumerate(clients)}
        with working(*workers, stop=stop):
            wait_for(lambda: len(record.messages) > 5 and len(record.requests) > PEOPLE, 60)
            began = time.monotonic()
            time.sleep(BEFORE)
            with hung(own_redis):
                hangs = time.monotonic()
                time.sleep(HANG)
            back = time.monotonic()
            time.sleep(3)
        connection.close()
        wait_for(lambda: all(in_step(c, u) for c, u in whose.items()), 20, "all in step")
        tell("before", record, began, hangs)
        tell("hung", record, hangs, back)
        tell("2 s after", record, back, back + 2)
        assert_unmoved(record, began, hangs, back)
        assert_mailboxes_consistent()
        for client, user in whose.items():
            assert client.connects == 1
            assert_same(client.inbox, user)
    told = read(web.get("/metrics")[1])
    assert value(told, "wardbell_wakeups_dropped_total", kind="beat", part="web") > 0
    assert value(told, "wardbell_sockets_healed_total", part="web") > 0


def assert_unmoved(record: Record, began: float, hangs: float, back: float) -> None:
    """Nothing was slower because of it; what the machine itself takes is seen before."""
    assert {each.answer for each in record.messages} == {"AA"}
    assert {each.answer for each in record.requests} <= {"200", "302"}
    kinds = {each.what for each in record.requests} | {"ADT^A01"}
    for kind in kinds:
        seen = [each for each in [*record.requests, *record.messages] if each.what == kind]
        before, meanwhile = between(seen, began, hangs), between(seen, hangs, back)
        if not before:
            continue
        # Whoever waited for Redis would do so each time.
        assert middle(meanwhile) < 1 + middle(before), kind
        if SOAK:  # on a machine of one's own
            assert slowest(meanwhile) < 1 + slowest(before), kind
    usual = slowest(between(record.arrivals, began, hangs))
    assert slowest(between(record.arrivals, hangs, back)) < 3 + usual
    # All that had happened meanwhile was there two seconds after.
    late = [each.at + each.seconds - back for each in between(record.arrivals, hangs, back)]
    assert max(late) < 2 + usual
    assert slowest(between(record.arrivals, back, back + 3)) < 2 + usual


def tell(when: str, record: Record, begin: float, end: float) -> None:
    """For whoever runs it with -s."""
    for name in ("messages", "requests", "arrivals"):
        seen: list[Timed] = between(getattr(record, name), begin, end)
        for kind in sorted({each.what for each in seen} if name == "requests" else {name}):
            chosen = [each for each in seen if kind in (each.what, name)]
            times = f"{middle(chosen):.3f} s, at most {slowest(chosen):.3f}"
            print(f"{when}: {len(chosen)} {kind}: {times}")


MEGABYTE_AN_HOUR = 1_000_000 / 3600
LOOKED_AT = lasting(20.0, 60.0)  # s


class TestProcesses:
    @pytest.fixture
    def idle(self, start_process: StartProcess, web: Web, own_redis: Redis) -> dict[str, Process]:
        processes = {
            name: start_process(name, REDIS_URL=own_redis.url, HL7_PORT=str(free_port()))
            for name in ("worker", "beat", "sender", "hl7")
        }
        for part in processes:
            wait_for(lambda part=part: is_up(web, part), 90, part)  # type: ignore[misc]
        return {**processes, "web": web}

    @pytest.mark.parametrize("fault", [stopped, hung])
    def test_they_go_on_by_themselves_and_log_little(
        self, idle: dict[str, Process], web: Web, own_redis: Redis, fault: Fault
    ) -> None:
        written = {name: len(process.output) for name, process in idle.items()}
        with fault(own_redis):
            time.sleep(LOOKED_AT)
            rates = {
                name: (len(process.output) - written[name]) / LOOKED_AT
                for name, process in idle.items()
            }
        print({name: f"{rate * 3600 / 1000:.0f} kB/h" for name, rate in rates.items()})
        with connection.cursor() as cursor:  # what was said before counts no more
            cursor.execute("DELETE FROM wards_heartbeat")
        for part in ("worker", "beat", "sender", "hl7"):
            wait_for(lambda part=part: is_up(web, part), 60, f"{part} goes on")  # type: ignore[misc]
        assert all(process.running for process in idle.values())
        assert all(rate < MEGABYTE_AN_HOUR for rate in rates.values()), rates


def is_up(web: Web, part: str) -> bool:
    return f'"{part}": "up"' in web.get("/healthz/ready")[1]
