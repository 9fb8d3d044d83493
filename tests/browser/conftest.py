"""Pages of signed-in people, each in a browser profile of their own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Protocol, TypeVar

import pytest
from django.db import connections
from django_scopes import scope
from playwright.sync_api import Browser, BrowserContext, Page

from tests import factories
from tests.browser.pages import PATIENCE, Wardbell
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.conftest import StartProcess, StartWeb
from tests.processes import Web, wait_for
from wards.models import User

Visit = Callable[..., Wardbell]
Result = TypeVar("Result")


class Elsewhere(Protocol):
    def __call__(self, action: Callable[..., Result], *args: Any, **how: Any) -> Result: ...


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Before `cast` in a test's arguments: its rows are committed, so the web process sees them."""


@pytest.fixture
def elsewhere(committed: None, cast: Cast) -> Iterator[Elsewhere]:
    """`elsewhere(action, …)` lets something happen in the hospital as by another process.

    Playwright keeps an event loop running in the test's own thread; what is published from there
    (`async_to_sync`) would be refused.
    """
    with ThreadPoolExecutor(1) as thread:

        def act(action: Callable[..., Result], *args: Any, **how: Any) -> Result:
            with scope(hospital=cast.hospital.pk):
                return thread.submit(copy_context().run, partial(action, *args, **how)).result()

        yield act
        thread.submit(connections.close_all).result()


@pytest.fixture
def web(
    committed: None, carrier: CarrierProcess, start_web: StartWeb, start_process: StartProcess
) -> Web:
    """A web process whose messages go to the carrier, and come back."""
    web = start_web(**carrier.environment("http://127.0.0.1"))
    sender = start_process("sender", **carrier.environment(web.url))
    wait_for(lambda: "listening" in sender.output, 20, "the sender listens")
    return web


@pytest.fixture
def visit(browser: Browser, live_web: Web) -> Iterator[Visit]:
    """`visit(noor, "/wards/")`: a page where Noor is signed in; fails on errors of its scripts.

    `tab_of=page` opens another tab of the same profile; other keywords are for the profile
    (viewport, color_scheme, …). `web=` is a web process of the test's own.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(
        user: User | None = None,
        path: str = "/",
        *,
        web: Web = live_web,
        tab_of: Page | None = None,
        live: bool = True,
        before: Callable[[Page], None] = lambda page: None,
        **profile: Any,
    ) -> Wardbell:
        if tab_of is None:
            context = browser.new_context(base_url=web.url, **{"locale": "en-GB"} | profile)
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
            if user is not None:
                key = factories.create_session(user)
                context.add_cookies([{"name": "sessionid", "value": key, "url": web.url}])
        else:
            context = tab_of.context
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        before(page)
        page.goto(path)
        site = Wardbell(page)
        if user is not None and live:
            site.expect_live("on")
        return site

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, errors
