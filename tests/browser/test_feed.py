"""The whole of a hospital's feed comes in, and the bells in real browsers count along."""

import pytest
from playwright.sync_api import expect

from config.local.redis import free_port
from tests.browser.conftest import Visit
from tests.conftest import StartProcess
from tests.faults.feed import Sender, answers, expected, messages
from tests.faults.hospital import create_listeners
from tests.processes import wait_for


@pytest.fixture
def port(committed: None, start_process: StartProcess) -> int:
    """Where an HL7 listener on the test database listens."""
    port = free_port()
    listener = start_process("hl7", HL7_PORT=str(port))
    wait_for(lambda: "listening" in listener.output, 20, "the HL7 listener")
    return port


def test_the_bells_of_a_nurse_and_a_doctor_count_the_whole_feed(port: int, visit: Visit) -> None:
    listeners = create_listeners()
    counts = expected(messages())
    watched = [listeners[0], listeners[-1]]  # the nurse of the renal ward, clinician C007
    pages = [visit(listener.user, "/inbox/") for listener in watched]
    for page in pages:
        page.expect_unread(0)
        page.page.evaluate("window.neverReloaded = true")
    sender = Sender(port)
    assert sender.play(messages()) == answers(messages())
    sender.close()
    for listener, page in zip(watched, pages, strict=True):
        due = sum(counts[place] for place in listener.hears)
        assert due > 50
        wait_for(lambda page=page, due=due: page.page.evaluate("wardbell.unread") == due, 20)  # type: ignore[misc]
        expect(page.page.locator("#bell-badge")).to_have_text("99+" if due > 99 else str(due))
        assert page.page.evaluate("window.neverReloaded")
