"""503 in words while the database is away, whoever asks for whatever; faults of ours stay 500."""

import pytest
import requests
from django.test import RequestFactory

from config import faults
from tests import factories
from tests.conftest import StartWeb
from tests.database import database_away
from tests.inbox.client import cookie_headers
from tests.processes import wait_for

WORDS = "look before you do it again"


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
        arabic = ask("/inbox/", **{"Accept-Language": "ar"}).text
        assert 'dir="rtl"' in arabic
        assert WORDS not in arabic
        who = {"username": "noor", "password": "x"}
        api = requests.post(f"{web.url}/api/v1/auth/", json=who, timeout=30)
        assert (api.status_code, api.json()) == (503, {"detail": "Service Unavailable"})
        assert ask("/healthz/live").status_code == 200  # also to who is signed in
    wait_for(lambda: ask("/inbox/").status_code == 200, 15, "pages again")


def test_a_fault_of_ours_is_still_our_fault(rf: RequestFactory) -> None:
    try:
        raise RuntimeError
    except RuntimeError:
        assert faults.server_error(rf.get("/")).status_code == 500
