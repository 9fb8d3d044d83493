"""A critical alert is heard and can be dealt with: in one tab, after a sleep, on a phone."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from inbox import mailbox
from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from tests.processes import wait_for
from wards.results.observations import Code


def audio(*, may_sound: bool) -> Callable[[Page], None]:
    """An AudioContext that counts its tones; one that may not sound stays suspended."""
    script = f"""
    window.tones = 0;
    window.maySound = {str(may_sound).lower()};
    window.AudioContext = class extends EventTarget {{
      state = window.maySound ? "running" : "suspended";
      currentTime = 0;
      destination = {{}};
      async resume() {{
        if (!window.maySound) return new Promise(() => {{}});
        this.state = "running";
        this.dispatchEvent(new Event("statechange"));
      }}
      createGain() {{
        const gain = {{ setValueAtTime() {{}}, exponentialRampToValueAtTime() {{}} }};
        return {{ gain, connect: (to) => to }};
      }}
      createOscillator() {{
        window.tones += 1;
        return {{ frequency: {{}}, connect: (to) => to, start() {{}}, stop() {{}} }};
      }}
    }};"""

    def install(page: Page) -> None:
        page.add_init_script(script)

    return install


LOCKS = "navigator.locks.query().then((all) => all.held.length)"


def tones(page: Page) -> int:
    return int(page.evaluate("window.tones"))


def ring(elsewhere: Elsewhere, cast: Cast) -> None:
    elsewhere(factories.report_result, cast.patient, "9", flag="HH", ward=cast.cardiology)


def test_s10_the_tab_that_can_sound_does(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    mute = visit(cast.noor, before=audio(may_sound=False))
    loud = visit(cast.noor, "/inbox/", tab_of=mute.page, before=audio(may_sound=True))
    for number in range(1, 5):
        ring(elsewhere, cast)
        wait_for(lambda number=number: tones(loud.page) == 3 * number)  # type: ignore[misc]
        wait_for(lambda: loud.page.evaluate(LOCKS) == 0)
    assert tones(mute.page) == 0


def test_s10_a_tab_that_cannot_sound_says_so(committed: None, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor, before=audio(may_sound=False))
    button = noor.page.get_by_role("button", name="Turn on sound")
    expect(button).to_be_visible()
    noor.page.evaluate("window.maySound = true")
    button.click()
    expect(button).to_be_hidden()
    assert tones(noor.page) == 3, "it is heard that it can be heard"


def test_s10_one_that_can_says_nothing(committed: None, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor, before=audio(may_sound=True))
    expect(noor.page.locator("#sound-blocked")).to_be_hidden()


def test_s10_after_a_long_sleep_an_untaken_critical_alert_rings(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, before=audio(may_sound=True))
    noor.page.context.set_offline(True)
    noor.expect_live("off")
    ring(elsewhere, cast)
    for _ in range(mailbox.CATCH_UP_LIMIT + 5):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    noor.page.context.set_offline(False)
    noor.expect_live("on")
    expect(noor.toast("Critical: Urea")).to_be_visible()
    assert tones(noor.page) == 3


def test_s09_mark_all_read_leaves_what_came_while_the_page_was_not_live(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    elsewhere(factories.create_admission, ward=cast.cardiology)
    noor = visit(cast.noor, "/inbox/")
    noor.expect_unread(1)
    noor.page.evaluate("window.seen = document.querySelector('main input[name=seq]').value")
    ring(elsewhere, cast)
    noor.expect_unread(2)
    # As if the second had not got through: what the page knew before goes with the button.
    noor.page.evaluate(
        "document.querySelectorAll('input[name=seq]').forEach((seen) => (seen.value = window.seen))"
    )
    noor.page.locator("main").get_by_role("button", name="Mark all read").click()
    noor.expect_unread(1)


def is_in_reach(locator: Locator, width: int, height: int) -> bool:
    box = locator.bounding_box()
    assert box is not None
    return (
        box["x"] >= 0
        and box["x"] + box["width"] <= width
        and box["y"] >= 0
        and box["y"] + box["height"] <= height
    )


def test_s12_long_names_and_many_values_leave_the_buttons_in_reach_on_a_phone(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    name = "Respiratory^virus*DNA+RNA:Prid:Pt:XXX:Nom:Probe.amp.tar" * 3
    observations = [
        factories.observation("Detected", "HH", codes=(Code(f"x{n}", name[:150]),), unit="")
        for n in range(300)
    ]
    noor = visit(cast.noor, viewport={"width": 375, "height": 667}, has_touch=True)

    elsewhere(
        factories.report_result,
        cast.patient,
        test=name[:150],
        observations=observations,
        ward=cast.cardiology,
    )
    toast = noor.toast("Critical")
    expect(toast).to_be_visible()
    toast.evaluate("(e) => Promise.all(e.getAnimations().map((a) => a.finished))")
    for whole in (False, True):
        if whole:
            toast.get_by_role("button", name="More").click()
        for button in ("Close", "Acknowledge"):
            assert is_in_reach(toast.get_by_role("button", name=button), 375, 667), (button, whole)
    assert noor.page.evaluate("document.documentElement.scrollWidth") <= 375
