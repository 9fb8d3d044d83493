"""wards.accounts.sessions: a session that cannot be saved is no bad request of whoever has it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config import faults

pytestmark = pytest.mark.django_db(transaction=True)
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


@pytest.fixture
def session() -> Any:
    session = SessionStore()
    session["seen"] = 1
    session.create()
    return session


@pytest.fixture
def taken(session: Any) -> Iterator[None]:
    """Its row is another's, and nobody waits for it."""
    params = connection.get_connection_params()
    with psycopg.connect(**{key: params[key] for key in ("host", "user", "dbname")}) as other:
        other.execute("select from django_session for update")
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = 100")
        yield
        with connection.cursor() as cursor:
            cursor.execute("reset lock_timeout")


def change(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = 2
    return HttpResponse()


def test_what_the_database_says_is_said(session: Any, taken: None, rf: RequestFactory) -> None:
    request = rf.get(
        "/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
    )
    with pytest.raises(OperationalError) as fault:
        SessionMiddleware(change)(request)
    cause = fault.value.__cause__
    assert isinstance(cause, psycopg.errors.LockNotAvailable), "and with what it is told by"
    assert not faults.database_is_away(fault.value)


def test_one_that_has_ended_meanwhile_is_not_brought_back(session: Any) -> None:
    SessionStore(session.session_key).delete()
    session["seen"] = 2
    with pytest.raises(UpdateError):
        session.save()
