"""A planned restart of the server: pages come back when they are told to, and nobody is alarmed."""

import json
import time

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.processes import wait_for

STATES = """
window.states = [];
new MutationObserver(() => {
  const { live } = document.documentElement.dataset;
  if (live !== window.states.at(-1)) window.states.push(live);
}).observe(document, { subtree: true, attributeFilter: ["data-live"] });
"""


class Restart:
    """Sends the page away once it is live, as a server that ends does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.connects: list[float] = []

    def before(self, page: Page) -> None:
        page.add_init_script(STATES)
        page.route_web_socket("**/ws/inbox/**", self._route)

    def _route(self, ws: WebSocketRoute) -> None:
        self.connects.append(time.monotonic())
        server = ws.connect_to_server()
        ws.on_message(server.send)
        if len(self.connects) > 1:
            server.on_message(ws.send)
            return

        def send_away(message: str | bytes) -> None:
            ws.send(message)
            ws.send(json.dumps({"type": "restart", "in": self.seconds}))
            ws.close(code=1012)
            server.close()

        server.on_message(send_away)


def states(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.states")
    return found


def test_it_comes_back_when_it_is_told_to_and_nobody_is_alarmed(
    committed: None, cast: Cast, visit: Visit
) -> None:
    restart = Restart(seconds=3)
    noor = visit(cast.noor, before=restart.before, live=False)
    wait_for(lambda: states(noor.page)[-2:] == ["connecting", "on"], 30)
    first, second = restart.connects
    assert second - first >= restart.seconds
    assert set(states(noor.page)) == {"connecting", "on"}


def test_s12_meanwhile_it_polls_and_is_not_called_live(
    committed: None, cast: Cast, visit: Visit
) -> None:
    restart = Restart(seconds=60)
    noor = visit(cast.noor, before=restart.before, live=False)
    noor.expect_live("polling")
    assert "off" not in states(noor.page)
    assert len(restart.connects) == 1, "a poll that is answered is no reason to come earlier"


def test_s12_a_restart_that_takes_long_is_said(committed: None, cast: Cast, visit: Visit) -> None:
    def hang(page: Page) -> None:
        Restart(seconds=60).before(page)
        page.route("**/inbox/frames/**", lambda route: None)

    noor = visit(cast.noor, before=hang, live=False)
    wait_for(lambda: states(noor.page)[-2:] == ["on", "connecting"], 30, "it is sent away")
    status = noor.page.get_by_role("status").get_by_text("Not live")
    expect(status).to_be_visible(timeout=12_000)
