"""System checks that ask the database; those of the environment are in test_settings.py."""

from collections.abc import Iterator

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import connection
from psycopg import sql

from config import checks

NAME = "wardbell_latin"


@pytest.fixture
def latin(db: None) -> Iterator[psycopg.Connection]:
    """A connection to a database that has no room for Arabic."""
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    given = {key: parameters[key] for key in ("host", "user")}
    name = sql.Identifier(NAME)
    with psycopg.connect(**given, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'").format(
                name
            )
        )
        with psycopg.connect(**given, dbname=NAME) as latin:
            yield latin
        server.execute(sql.SQL("DROP DATABASE {}").format(name))


def test_a_database_without_room_for_everybodys_name_is_refused(
    latin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "connection", latin)
    (found,) = checks.database(["default"])
    assert found.id == "wardbell.E007"
    assert "LATIN1" in found.msg


@pytest.mark.django_db
def test_ours_is_sound() -> None:
    assert run_checks(databases=["default"]) == []


def test_without_a_database_nobody_asks_it() -> None:
    """`check` and `collectstatic` work where there is none yet."""
    assert checks.database(None) == []
