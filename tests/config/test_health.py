"""/healthz/live and /healthz/ready."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import redis
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from pytest_django.fixtures import Settings

from config import local, probes
from config.local.redis import Redis
from tests.conftest import StartProcess, StartWeb
from tests.faulty_redis import black_hole, full, hung, loading, own_redis, read_only, stopped
from tests.processes import Web, wait_for
from tests.threads import no_threads
from wards.base import heartbeats

__all__ = ["own_redis"]


def test_live_needs_no_database(client: Client) -> None:
    assert client.get("/healthz/live").json() == {"status": "ok"}


def say(part: str) -> None:
    heartbeats.say(part)
    wait_for(lambda: part in heartbeats.seen())


@pytest.mark.django_db(transaction=True)
def test_ready_tells_the_state_of_each_part(client: Client) -> None:
    say("hl7")
    response = client.get("/healthz/ready")
    assert response.status_code == 200
    body = response.json()
    assert abs(body.pop("clocks")["web"]) < 1
    descriptors = body.pop("descriptors")
    assert 0 < descriptors["used"] < descriptors["limit"]
    assert body == {
        "status": "ok",
        "needed": ["database", "redis"],
        "parts": {
            "database": "up",
            "redis": "up",
            "worker": "not seen",
            "sender": "not seen",
            "beat": "not seen",
            "hl7": "up",
            "clock": "up",
        },
    }
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_needed_and_not_seen_makes_it_503(client: Client) -> None:
    with override_settings(READY_EXPECTS=["worker"]):
        assert client.get("/healthz/ready").status_code == 503
        say("worker")
        assert client.get("/healthz/ready").status_code == 200


def test_worker_sender_and_beat_are_seen_while_they_run(
    start_web: StartWeb, start_process: StartProcess
) -> None:
    web = start_web()
    start_process("worker")
    start_process("sender")
    start_process("beat")
    wait_for(lambda: '"beat": "up"' in web.get("/healthz/ready")[1], 30, "beat seen")
    wait_for(lambda: '"sender": "up"' in web.get("/healthz/ready")[1], 30, "sender seen")
    wait_for(lambda: '"worker": "up"' in web.get("/healthz/ready")[1], 60, "worker seen")


@pytest.fixture
def ask(settings: Settings, own_redis: Redis, client: Client) -> Iterator[Callable[[], str]]:
    """What `ready` says of a Redis of the test's own."""
    settings.REDIS_URL = own_redis.url
    probes._redis.cache_clear()

    def ask() -> str:
        return str(client.get("/healthz/ready").json()["parts"]["redis"])

    assert ask() == "up"
    yield ask
    wait_for(lambda: ask() == "up", what="ready again")
    probes._redis.cache_clear()


@pytest.mark.django_db(transaction=True)
class TestRedis:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (hung, "hangs"),
            (stopped, "down"),
            (full, "full"),
            (read_only, "read-only"),
            (loading, "loading"),
        ],
    )
    def test_it_says_what_is_wrong(
        self,
        own_redis: Redis,
        ask: Callable[[], str],
        client: Client,
        fault: Callable[[Redis], AbstractContextManager[None]],
        words: str,
    ) -> None:
        with fault(own_redis):
            assert ask() == words
            assert client.get("/healthz/ready").status_code == 503
            assert client.get("/healthz/live").status_code == 200

    def test_a_network_that_swallows_all(
        self, settings: Settings, ask: Callable[[], str], own_redis: Redis
    ) -> None:
        with black_hole() as url:
            settings.REDIS_URL = url
            probes._redis.cache_clear()
            assert ask() == "hangs"
        settings.REDIS_URL = own_redis.url
        probes._redis.cache_clear()

    def test_a_password_that_is_not_its(
        self, settings: Settings, ask: Callable[[], str], own_redis: Redis
    ) -> None:
        with redis.Redis.from_url(own_redis.url) as server:
            server.config_set("requirepass", "right")
        settings.REDIS_URL = own_redis.url.replace("//", "//:wrong@")
        probes._redis.cache_clear()
        assert ask() == "refuses the password"
        with redis.Redis.from_url(own_redis.url.replace("//", "//:right@")) as server:
            server.config_set("requirepass", "")
        settings.REDIS_URL = own_redis.url
        probes._redis.cache_clear()


def test_what_hangs_is_not_asked_a_second_time() -> None:
    asked, answer = [], threading.Event()

    up = probes.Found({"x": "up"})

    def hang() -> probes.Found:
        asked.append(1)
        answer.wait(60)
        return up

    probe = probes.Probe("x", hang)
    first = probe.begin()
    assert [probe.begin() for _ in range(10)] == [first] * 10
    assert asked == [1]
    answer.set()
    assert first.result(10) == up
    assert probe.begin().result(10) == up
    assert asked == [1, 1]


def test_what_cannot_be_asked_is_asked_the_next_time() -> None:
    wait_for(lambda: all(probe.begin().result(10) for probe in probes.PROBES))
    with no_threads():
        assert probes.look().states == {"database": "cannot be asked", "redis": "cannot be asked"}
    assert "cannot be asked" not in probes.look().states.values()


def test_unapplied_migrations_are_not_ready(
    client: Client, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_migrated", False)
    applied = MigrationRecorder.Migration.objects.filter(app="inbox")
    rows = list(applied)
    try:
        applied.delete()
        response = client.get("/healthz/ready")
    finally:
        MigrationRecorder.Migration.objects.bulk_create(rows)
    assert response.status_code == 503
    assert response.json()["parts"]["database"] == "has unapplied migrations"


def test_postgres_going_and_coming_back(tmp_path: Path, var: Path) -> None:
    """The end of an outage is seen within seconds, however long the outage was."""
    postgres, _ = local.servers(var, durable=False)
    postgres.start()
    env = {"DATABASE_URL": postgres.create_database("empty"), "PREFIX": "test-outage"}
    web = Web(tmp_path / "web.log", env).start()
    try:
        web.wait_until_ready("/healthz/live")

        def database() -> str:
            _, body = web.get("/healthz/ready")  # none within 10 s: it waits for a connection
            return str(json.loads(body)["parts"]["database"]) if body else "down"

        assert database() == "has unapplied migrations"
        postgres.stop()
        began = time.monotonic()
        wait_for(lambda: database() == "down" and time.monotonic() - began > 20, 60)
        assert web.get("/healthz/live")[0] == 200
        postgres.start()
        wait_for(lambda: database() != "down", 15, "it is seen")
    finally:
        web.stop()
