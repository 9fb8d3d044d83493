"""What all tests stand on: real PostgreSQL and Redis, and real processes and a browser on demand.

The environment is set before Django reads it. Every pytest process (also of xdist) has a Redis
prefix of its own, which the web processes, workers and listeners it starts share.
"""

import atexit
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest

from config import local

os.environ["ENV_FILE"] = ""  # what somebody keeps here for their own use is none of the tests'
# Before anything imports the settings; xdist's workers inherit these and only need the prefix.
local.ensure(local.var_directory() / "test", durable=False)
os.environ["PREFIX"] = f"test-{uuid.uuid4().hex[:10]}"
media = local.var_directory() / "test" / "media" / os.environ["PREFIX"]
os.environ["MEDIA_ROOT"] = str(media)
os.environ.setdefault("MESSAGING_PROVIDERS", "sandbox")  # by its name, also where DEMO is off
atexit.register(shutil.rmtree, media, ignore_errors=True)
with pytest.MonkeyPatch.context() as patch:
    # Not left behind: a worker of xdist would load the settings before it gets here.
    patch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

import hypothesis  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone, translation  # noqa: E402
from playwright.sync_api import Browser, Page, Playwright, sync_playwright  # noqa: E402

from tests import chromium  # noqa: E402
from tests.processes import PROCFILE, Process, Web, test_environment  # noqa: E402
from wards.base import apart, clock  # noqa: E402

# Machines are shared: how long an example takes says nothing about what it tries.
ANY_TIME = hypothesis.settings(
    hypothesis.settings.get_profile("default"),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("any_time", ANY_TIME)
hypothesis.settings.load_profile("any_time")

# As in every process that has been connected; for tests that do without a database.
with psycopg.connect(os.environ["DATABASE_URL"]) as server:
    clock.read(server)

pytest_plugins = ["tests.cast", "tests.carrier"]

StartWeb = Callable[..., Web]
StartProcess = Callable[..., Process]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes need the tables of the database, also where no test of a run asks for them."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        asks = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}
        if "process_environment" in fixtures and not asks:
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's rate limits, which commit although a test is rolled back."""
    counted = False

    def execute(statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        nonlocal counted
        counted = counted or statement.strip().startswith("INSERT INTO wards_counter")
        return commit(statement, values)

    commit = apart.execute
    monkeypatch.setattr(apart, "execute", execute)
    yield
    if counted:
        commit("DELETE FROM wards_counter", [])


@pytest.fixture(autouse=True)
def _no_reader() -> Iterator[None]:
    """No test finds the language and the time zone of another's last request."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _fan_out_succeeds(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Whatever a test is about, each event that it records can be told (mark: fan_out_fails)."""
    yield
    records = [each for when in ("setup", "call") for each in caplog.get_records(when)]
    failed = [each.getMessage() for each in records if "fan_out_failed" in each.getMessage()]
    assert not failed or request.node.get_closest_marker("fan_out_fails"), failed


@pytest.fixture(scope="session")
def process_environment(django_db_setup: None) -> dict[str, str]:
    """Environment variables that put a process on the test database."""
    return test_environment(connection.settings_dict, settings.PREFIX)


@pytest.fixture(scope="session")
def session_web(
    process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    web = Web(tmp_path_factory.mktemp("web") / "web.log", process_environment)
    web.start()
    try:
        yield web.wait_until_ready()
    finally:
        web.stop()


@pytest.fixture
def live_web(transactional_db: None, session_web: Web) -> Web:
    """A daphne on the test database, shared by the whole run: do not stop it. Data is committed."""
    assert session_web.running, session_web.output
    return session_web


@pytest.fixture
def start_web(
    transactional_db: None, process_environment: dict[str, str], tmp_path: Path
) -> Iterator[StartWeb]:
    """Call it for a web process of the test's own: `start_web(server="uvicorn", PREFIX="x")`."""
    with ExitStack() as stack:

        def start(server: str = "daphne", **env: str) -> Web:
            log = tmp_path / f"web-{uuid.uuid4().hex[:6]}.log"
            web = Web(log, {**process_environment, **env}, server=server)
            web.start()
            stack.callback(web.stop)
            return web.wait_until_ready()

        yield start


@pytest.fixture
def start_process(
    transactional_db: None, process_environment: dict[str, str], tmp_path: Path
) -> Iterator[StartProcess]:
    """Call it for `worker`, `beat` or `hl7` of the Procfile, or any shell command."""
    with ExitStack() as stack:

        def start(command: str, **env: str) -> Process:
            log = tmp_path / f"process-{uuid.uuid4().hex[:6]}.log"
            process = Process(PROCFILE.get(command, command), log, {**process_environment, **env})
            process.start()
            stack.callback(process.stop)
            return process

        yield start


@pytest.fixture
def worker(start_process: StartProcess) -> Process:
    """A Celery worker on the test database."""
    return start_process("worker")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one module: while it runs, the main thread has a running event loop.

    So modules with browser tests have no `async def` tests, and Django must be told that ORM calls
    beside that loop are meant.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium; the test fails where there is none and none can be had."""
    browser = playwright.chromium.launch(
        executable_path=chromium.find_or_get(playwright), args=chromium.FLAGS
    )
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, live_web: Web) -> Iterator[Page]:
    """A page of a fresh browser profile; addresses are relative to `live_web`."""
    context = browser.new_context(base_url=live_web.url)
    yield context.new_page()
    context.close()
