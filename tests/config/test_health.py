"""/healthz/live and /healthz/ready."""

import json
import time
from pathlib import Path

import pytest
from django.test import Client, override_settings

from config import embedded, health
from config.embedded_servers import Redis
from tests.conftest import StartProcess, StartWeb
from tests.processes import Web, wait_for


def test_live_needs_no_database(client: Client) -> None:
    assert client.get("/healthz/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_tells_the_state_of_each_part(client: Client) -> None:
    health.say_alive("hl7")
    response = client.get("/healthz/ready")
    assert response.status_code == 200
    body = response.json()
    assert abs(body.pop("clocks")["web"]) < 1
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


@pytest.mark.django_db
def test_a_part_that_is_needed_and_not_seen_makes_it_503(client: Client) -> None:
    with override_settings(READY_EXPECTS=["worker"]):
        assert client.get("/healthz/ready").status_code == 503
        health.say_alive("worker")
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
    assert '"worker": "up"' in web.get("/healthz/ready")[1]


def test_redis_going_and_coming_back(start_web: StartWeb, tmp_path: Path) -> None:
    redis = Redis(tmp_path / "redis")
    redis.start()
    try:
        web = start_web(REDIS_URL=redis.url)
        redis.stop()
        assert web.get("/healthz/live")[0] == 200
        status, body = web.get("/healthz/ready")
        assert status == 503
        assert '"redis": "down"' in body
        redis.start()
        wait_for(lambda: web.get("/healthz/ready")[0] == 200, what="ready again")
    finally:
        redis.stop()


def test_unapplied_migrations_are_not_ready(client: Client, db: None) -> None:
    from django.db import connection

    health._migrated = False
    try:
        with connection.cursor() as cursor:
            cursor.execute("delete from django_migrations where app = 'inbox'")
        response = client.get("/healthz/ready")
        assert response.status_code == 503
        assert response.json()["parts"]["database"] == "has unapplied migrations"
    finally:
        health._migrated = False


def test_postgres_going_and_coming_back(tmp_path: Path, var: Path) -> None:
    """The end of an outage is seen within seconds, however long the outage was."""
    postgres, _ = embedded.servers(var, durable=False)
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
