"""config.clocks, and what /healthz/ready says of them."""

import time

import pytest
from django.test import Client, override_settings
from structlog.testing import capture_logs

from config import clocks


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        ({}, "up"),
        ({"web": 0.3, "worker": -1.9}, "up"),
        ({"web": 59.9, "beat": -3.0}, "up"),
        ({"web": 0.0, "worker": 7200.2, "beat": -61.0}, "worker 7200 s ahead, beat 61 s behind"),
    ],
)
def test_the_state_names_who_is_wrong_and_by_how_much(ahead: dict[str, float], state: str) -> None:
    assert clocks.state(ahead) == state


def test_what_differs_a_little_is_logged() -> None:
    with capture_logs() as logs:
        clocks.state({"web": 0.5, "beat": -3.04})
    assert [(entry["part"], entry["seconds"]) for entry in logs] == [("beat", -3.0)]


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [-7200, -3, 0, 3, 7200])
def test_ready_says_by_how_much_its_clock_differs(
    client: Client, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    response = client.get("/healthz/ready")
    body = response.json()
    assert body["clocks"]["web"] == pytest.approx(seconds, abs=1)
    assert (body["parts"]["clock"] == "up") == (abs(seconds) < 60)
    assert response.status_code == 200, "nothing waits for it here"
    with override_settings(READY_EXPECTS=["clock"]):
        expected = 200 if abs(seconds) < 60 else 503
        assert client.get("/healthz/ready").status_code == expected
