"""A bare socket, frame by frame, for tests that look at every single one."""

import json
from typing import Any

import pytest
import websockets
from rest_framework_simplejwt.tokens import AccessToken
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_socket

from tests.processes import Web
from wards.models import User


def socket(web: Web, query: str = "", **headers: str) -> ClientConnection:
    return open_socket(
        f"{web.ws_url}/ws/inbox/{query}", additional_headers=headers, proxy=None, compression=None
    )


def receive(ws: ClientConnection) -> dict[str, Any]:
    """The next frame; for tests in which frames come one by one."""
    frame: dict[str, Any] = json.loads(ws.recv(timeout=5))
    return frame


def assert_refused(ws: ClientConnection, code: int) -> str:
    """An error frame, then a close, both with the code; the message."""
    frame = receive(ws)
    assert (frame["type"], frame["code"]) == ("error", code)
    with pytest.raises(websockets.ConnectionClosed) as closed:
        ws.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    return str(frame["message"])


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}
