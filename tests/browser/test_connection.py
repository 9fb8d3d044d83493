"""A connection that is cut, blocked or too old: said at once, mended by itself, nothing lost."""

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from tests.conftest import StartWeb

BLOCK = """
window.WebSocket = class extends EventTarget {
  static OPEN = 1;
  constructor() {
    super();
    setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 })), 5);
  }
  close() {}
};
"""


def block_sockets(page: Page) -> None:
    """Like a proxy that lets no WebSocket through: each attempt fails."""
    page.add_init_script(BLOCK)


def test_a_lost_connection_is_said_at_once_and_caught_up(
    elsewhere: Elsewhere, cast: Cast, visit: Visit, start_web: StartWeb
) -> None:
    web = start_web()
    noor = visit(cast.noor, "/inbox/", web=web)
    expect(noor.page.get_by_text("Live", exact=True)).to_be_visible()
    web.kill()
    noor.expect_live("off")
    expect(noor.page.get_by_text("Not live")).to_be_visible()
    for _ in range(5):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    noor.expect_unread(0)

    web.start()
    web.wait_until_ready()
    noor.expect_live("on")
    noor.expect_unread(5)
    expect(noor.page.locator("#history .note")).to_have_count(5)
    assert noor.seq == 5


def test_going_offline_is_noticed_without_waiting(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor)
    noor.page.context.set_offline(True)
    noor.expect_live("off")
    elsewhere(factories.create_admission, ward=cast.cardiology)
    noor.page.context.set_offline(False)
    noor.expect_live("on")
    noor.expect_unread(1)


def test_where_websockets_are_blocked_it_polls(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/", before=block_sockets, live=False)
    noor.expect_live("polling")
    expect(noor.page.get_by_text("Every 5 s")).to_be_visible()
    elsewhere(factories.create_admission, ward=cast.cardiology, patient=cast.patient)
    expect(noor.toast("Pat Patel admitted")).to_be_visible(timeout=10_000)
    noor.expect_unread(1)
    noor.open_bell().get_by_role("button", name="Mark all read").click()
    noor.expect_unread(0)  # at once, not with the next poll
    expect(noor.bed("Pat Patel")).to_be_visible(timeout=15_000)


def test_frames_that_come_twice_or_with_a_gap(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    """A socket that repeats and swallows frames: the page asks again and ends up right."""

    def meddle(page: Page) -> None:
        def route(ws):  # type: ignore[no-untyped-def]
            server = ws.connect_to_server()
            seen = [0]

            def pass_on(message: str) -> None:
                if '"type":"alert"' in message:
                    seen[0] += 1
                    if seen[0] % 3 == 0:
                        return
                    ws.send(message)
                ws.send(message)

            server.on_message(pass_on)
            ws.on_message(server.send)

        page.route_web_socket("**/ws/inbox/**", route)

    noor = visit(cast.noor, before=meddle)
    for _ in range(10):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    noor.expect_unread(10)
    assert noor.seq == 10
    ids = noor.page.evaluate("window.wardbell.notifications.map((n) => n.id)")
    assert len(ids) == len(set(ids)) == 10


def test_an_ended_session_leads_to_the_sign_in_page(
    committed: None, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, "/inbox/?type=admission")
    noor.page.context.clear_cookies()
    noor.page.context.set_offline(True)
    noor.expect_live("off")
    noor.page.context.set_offline(False)
    expect(noor.page).to_have_url("/accounts/login/?next=%2Finbox%2F%3Ftype%3Dadmission")
