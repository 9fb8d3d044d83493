"""The pages as a person sees them: what is on them and what one does there."""

import re

from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000  # ms; only what fails takes as long, and a busy machine may
expect.set_options(timeout=PATIENCE)


class Wardbell:
    """Any page of somebody who is signed in, with the shell around it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def expect_live(self, state: str) -> None:
        """Waits until the page says that it is "on", "off" or "polling"."""
        expect(self.page.locator("html")).to_have_attribute("data-live", state)

    # --- bell ---------------------------------------------------------------------------------

    @property
    def bell(self) -> Locator:
        return self.page.locator("#bell")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#bell-panel")

    def expect_unread(self, count: int) -> None:
        badge = self.page.locator("#bell-badge")
        if count:
            expect(badge).to_have_text(str(count))
        else:
            expect(badge).to_be_hidden()

    def open_bell(self) -> Locator:
        """Opens the panel and waits for its list."""
        self.bell.click()
        expect(self.panel.locator(".spinner-border")).to_have_count(0)
        return self.panel

    @property
    def seq(self) -> int:
        return int(self.page.evaluate("window.wardbell.seq"))

    # --- toasts -------------------------------------------------------------------------------

    def toast(self, text: str | re.Pattern[str] = "") -> Locator:
        """The toasts that contain `text`."""
        return self.page.locator(".alert-toast", has_text=text)

    # --- history ------------------------------------------------------------------------------

    def notification(self, text: str) -> Locator:
        """The rows of the history (not of the bell's panel) that contain `text`."""
        return self.page.locator("#history .note", has_text=text)

    # --- board and arrivals -------------------------------------------------------------------

    def bed(self, text: str) -> Locator:
        return self.page.locator(".bed", has_text=text)

    def visit(self, text: str) -> Locator:
        return self.page.locator(".visit", has_text=text)

    # --- preferences --------------------------------------------------------------------------

    def open_account(self) -> Locator:
        self.page.locator("#user-button").click()
        return self.page.locator(".user-menu")
