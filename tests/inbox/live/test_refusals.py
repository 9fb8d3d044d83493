"""Strangers, other origins and bad frames: each gets a clear answer, and nothing crashes."""

import json

import pytest
import websockets
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken
from websockets.sync.client import connect as open_socket

from inbox.live.consumers import FRAME_LIMIT, TOPICS_LIMIT, UNAVAILABLE
from tests.cast import Cast, create_cast
from tests.database import database_away
from tests.inbox.client import cookie_headers
from tests.inbox.wire import assert_refused, bearer, receive, socket
from tests.processes import Web
from wards.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(live_web: Web) -> Cast:
    return create_cast()


@pytest.mark.parametrize("since", ["", "x", "-1", "1.5", "٣", "1e3", "9" * 30, "1;drop"])
def test_a_bad_since_is_told_so(cast: Cast, live_web: Web, since: str) -> None:
    with socket(live_web, f"?since={since}", **bearer(cast.noor)) as ws:
        assert "whole number" in assert_refused(ws, 4400)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "sessionid=nonsense"},
        {"Cookie": '=;",;;sessionid=%00"'},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic bm9vcjpub29y"},
    ],
)
def test_strangers_are_told_to_sign_in(cast: Cast, live_web: Web, headers: dict[str, str]) -> None:
    with socket(live_web, **headers) as ws:
        assert assert_refused(ws, 4401) == "Sign in first."


def test_sessions_and_tokens_end_with_the_password_and_with_the_account(
    cast: Cast, live_web: Web
) -> None:
    session, token = cookie_headers(cast.noor, live_web), bearer(cast.noor)
    cast.noor.set_password("something else")
    cast.noor.save()
    for headers in (session, token):
        with socket(live_web, **headers) as ws:
            assert_refused(ws, 4401)
    headers = cookie_headers(cast.omar, live_web) | bearer(cast.omar)
    User.objects.filter(pk=cast.omar.pk).update(is_active=False)
    with socket(live_web, **headers) as ws:
        assert_refused(ws, 4401)


def test_an_expired_token_is_refused(cast: Cast, live_web: Web) -> None:
    token = AccessToken.for_user(cast.noor)
    token.set_exp(from_time=timezone.now() - token.lifetime * 2)
    with socket(live_web, Authorization=f"Bearer {token}") as ws:
        assert_refused(ws, 4401)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://[", "file://"]
)
def test_pages_of_other_origins_do_not_even_get_a_socket(
    cast: Cast, live_web: Web, origin: str
) -> None:
    headers = cookie_headers(cast.noor, live_web) | {"Origin": origin}
    with pytest.raises(websockets.InvalidStatus) as refused, socket(live_web, **headers):
        pass
    assert refused.value.response.status_code in (400, 403)  # 400: daphne cannot parse it either


def test_other_addresses_are_not_found(cast: Cast, live_web: Web) -> None:
    with (
        pytest.raises(websockets.WebSocketException),
        open_socket(f"{live_web.ws_url}/ws/other/", proxy=None) as ws,
    ):
        ws.recv(timeout=5)
    assert live_web.running


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "[]",
        "{}",
        '{"type":"__init__"}',
        '{"type":"resume"}',
        '{"type":"resume","since":"1"}',
        '{"type":"resume","since":-1}',
        '{"type":"resume","since":true}',
        '{"type":"resume","since":99999999999999999999}',
        '{"type":"watch","topics":"ward.1"}',
        json.dumps({"type": "watch", "topics": ["x"] * (TOPICS_LIMIT + 1)}),
        '{"type":"ping","x":"' + "x" * FRAME_LIMIT + '"}',
        "[" * 4000,
        b"\x00\xff",
    ],
)
def test_frames_nobody_understands_end_the_socket(
    cast: Cast, live_web: Web, text: str | bytes
) -> None:
    with socket(live_web, **bearer(cast.noor)) as ws:
        receive(ws)
        ws.send(text)
        assert "not understood" in assert_refused(ws, 4400)


def test_while_the_database_is_away_it_says_to_try_later(cast: Cast, live_web: Web) -> None:
    with database_away(), socket(live_web, **bearer(cast.noor)) as ws:
        assert json.loads(ws.recv(timeout=20))["code"] == UNAVAILABLE
        with pytest.raises(websockets.ConnectionClosed):
            ws.recv(timeout=20)
    assert ws.close_code == UNAVAILABLE
