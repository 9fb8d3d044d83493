"""503 in words while the database is away, whoever asks for whatever; faults of ours stay 500."""

import re
from collections.abc import Iterator

import pytest
import requests
from django.db import connection
from django.test import RequestFactory

from config import faults
from tests import factories
from tests.conftest import StartWeb
from tests.database import database_away
from tests.inbox.client import cookie_headers
from tests.processes import wait_for

WORDS, MAY_BE_SAVED = "alerts nobody", "look before you do it again"


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away(start_web: StartWeb) -> None:
    web = start_web(DB_POOL_MAX="2")
    cookie = cookie_headers(factories.create_user(), web)

    def ask(path: str, **headers: str) -> requests.Response:
        return requests.get(web.url + path, headers=cookie | headers, timeout=30)

    assert ask("/inbox/").status_code == 200
    with database_away():
        page = ask("/inbox/")
        assert page.status_code == 503
        assert WORDS in page.text
        assert page.headers["Retry-After"] == "10"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Refresh"] == "10"
        assert MAY_BE_SAVED not in page.text, "nothing was to be saved"
        assert page.elapsed.total_seconds() < 18, "htmx would have given up: it waited twice"
        by_htmx = cookie | {"HX-Request": "true"}
        change = requests.post(f"{web.url}/inbox/mark-all-read/", headers=by_htmx, timeout=30)
        assert (change.status_code, MAY_BE_SAVED in change.text) == (503, True)
        assert "Refresh" not in change.headers
        arabic = ask("/inbox/", **{"Accept-Language": "ar"}).text
        assert 'dir="rtl"' in arabic
        assert WORDS not in arabic
        who = {"username": "noor", "password": "x"}
        api = requests.post(f"{web.url}/api/v1/auth/", json=who, timeout=30)
        assert (api.status_code, api.json()) == (503, {"detail": "Service Unavailable"})
        assert ask("/healthz/live").status_code == 200  # also to who is signed in
    wait_for(lambda: ask("/inbox/").status_code == 200, 15, "pages again")


# The session is found, changed, and PostgreSQL is gone when it is to be saved.
ENDS_THERE = """
CREATE FUNCTION end_here() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END$$;
CREATE TRIGGER end_here BEFORE UPDATE ON django_session EXECUTE FUNCTION end_here();
"""


@pytest.fixture
def sessions_cannot_be_saved(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(ENDS_THERE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION end_here CASCADE")


@pytest.mark.usefixtures("sessions_cannot_be_saved")
def test_a_session_that_could_not_be_saved_is_no_fault_of_the_browsers(
    start_web: StartWeb,
) -> None:
    """Django says 400 then, as it does where somebody signed out meanwhile."""
    web = start_web()
    user = factories.create_user(password=factories.PASSWORD)
    with requests.Session() as browser:
        page = browser.get(f"{web.url}/accounts/login/", timeout=30).text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = {"login": user.username, "password": factories.PASSWORD}
        form["csrfmiddlewaretoken"] = token[1]
        answer = browser.post(f"{web.url}/accounts/login/", form, timeout=30)
    assert answer.status_code == 503
    assert WORDS in answer.text
    assert answer.headers["Retry-After"] == "10"


def test_a_fault_of_ours_is_still_our_fault(rf: RequestFactory) -> None:
    try:
        raise RuntimeError
    except RuntimeError:
        assert faults.server_error(rf.get("/")).status_code == 500
