"""Pages under load: a long queue, a ward that fifty browsers show, a storm, a large mailbox."""

import http.client
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import sync_playwright

from tests import chromium, factories
from tests.benchmarks import browsing, people, stage
from tests.benchmarks.analytics import look
from tests.benchmarks.clicks import FrontDesk
from tests.benchmarks.people import Staff
from tests.benchmarks.report import Section, Target
from tests.benchmarks.sizes import size
from tests.processes import ROOT
from wards.models import Appointment, Patient, Role, User, Ward

VISITS, BEDS, BROWSERS = size(1_000, 20), size(100, 4), size(50, 3)
FEW, MANY = size(1_000, 50), size(100_000, 200)
ADDRESSES = {
    "": "/inbox/",
    ", page 9,000": "/inbox/?page=9000",
    ", a search": "/inbox/?q=nobody",
    ", unread": "/inbox/?show=unread",
    ", one type": "/inbox/?type=appointment",
    ", not taken": "/inbox/?show=open",
}
TEXT = f"""Arrivals with {VISITS:,} appointments in the day, a board of {BEDS} beds, the inbox;
static files as production serves them. Processor of the server is by request, or of all
{BROWSERS} requests together that one event on the ward makes {BROWSERS} browsers send; *each for
itself* is the same with an address of its own for each (Django's usual way), *nothing rendered* a
request that signs in and answers with a number: the floor. Times of the browser are of headless
Chromium whose processor is slowed down {browsing.SLOWER} times: the longest that one input of the
front desk's waits, the time from the answer to the frame that shows that one appointment of the
queue has moved, the longest task while
{browsing.STORMS * browsing.AT_ONCE:,} alerts come in a minute. Of the inbox: time in the database
with {MANY:,} alerts, of that with {FEW:,}."""
FILL = """
INSERT INTO inbox_notification (hospital_id, event_id, recipient_id, seq, category, level, title,
    message, link, created_at, read_at, acknowledge_comment)
SELECT %(hospital)s, -n, %(user)s, n, (ARRAY['admission', 'appointment'])[1 + n %% 2], 'info',
    'Somebody was admitted', 'Bed 7.', '', now(), CASE WHEN n %% 50 > 0 THEN now() END, ''
FROM generate_series(1, %(alerts)s) AS n;
INSERT INTO inbox_mailbox (user_id, seq, unread) VALUES (%(user)s, %(alerts)s, %(alerts)s / 50);
"""


class Fetcher(threading.Thread):
    """Stands for one browser: asks when told to, and notes how long it waited."""

    def __init__(self, port: int, cookie: str, path: str, go: threading.Event) -> None:
        super().__init__()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": cookie, "HX-Request": "true", "Accept-Encoding": "gzip"}
        self._path, self._go = path, go
        self.took = 0.0

    def fetch(self) -> float:
        began = time.monotonic()
        self._connection.request("GET", self._path, headers=self._headers)
        response = self._connection.getresponse()
        response.read()
        assert response.status == 200, (self._path, response.status)
        return time.monotonic() - began

    def run(self) -> None:
        self.fetch()
        self._go.wait()
        self.took = self.fetch()


def together(server: stage.Server, cookies: list[str], paths: list[str]) -> tuple[float, float]:
    """Seconds of the server's processor for all, and the wait that 95 % were not above."""
    go = threading.Event()
    browsers = [Fetcher(server.port, *pair, go) for pair in zip(cookies, paths, strict=True)]
    for browser in browsers:
        browser.start()
    time.sleep(1)
    server.settle()
    before = server.cpu()
    go.set()
    for browser in browsers:
        browser.join()
    waits = sorted(browser.took for browser in browsers)
    return server.cpu() - before, waits[max(0, int(len(waits) * 0.95) - 1)]


def alone(server: stage.Server, cookie: str, path: str, times: int = size(10, 1)) -> float:
    """Seconds of the server's processor for one request."""
    browser = Fetcher(server.port, cookie, path, threading.Event())
    for _ in range(3):
        browser.fetch()
    before = server.cpu()
    for _ in range(times):
        browser.fetch()
    return (server.cpu() - before) / times


def create_ward(staff: Staff) -> Ward:
    ward = factories.create_ward(staff.hospital)
    for number in range(BEDS):
        bed = factories.create_bed(ward, number=f"B-{number}")
        factories.create_admission(ward=ward, bed=bed)
    for user in staff.users:
        factories.create_duty(user, ward)
    return ward


def create_day(staff: Staff) -> None:
    """Two fifths of it are over or under way, whatever the hour; twenty providers."""
    hospital, status = staff.hospital, Appointment.Status
    providers = [
        factories.create_user(hospital, Role.PROVIDER, last_name=f"Provider {n}") for n in range(20)
    ]
    begin = timezone.now().replace(hour=0, minute=1, second=0, microsecond=0)
    with scopes_disabled():
        patients = Patient.objects.bulk_create(
            Patient(hospital=hospital, number=f"V{n}", first_name="Layla", last_name=f"Haddad {n}")
            for n in range(VISITS)
        )
        Appointment.objects.bulk_create(
            Appointment(
                hospital=hospital,
                patient=patient,
                provider=providers[n % 20],
                starts_at=begin + timedelta(seconds=86_000 * n / VISITS),
                status=list(status)[n % (7 if n < VISITS * 0.4 else 2)],
                reason="Check-up",
            )
            for n, patient in enumerate(patients)
        )


def mailboxes() -> dict[str, float]:
    """Of each page of the inbox: time in the database with many alerts, of that with few."""
    clients: dict[int, Client] = {}
    for alerts in (FEW, MANY):
        user = factories.create_user(factories.create_hospital())
        with connection.cursor() as cursor:
            given = {"hospital": user.hospital_id, "user": user.pk, "alerts": alerts}
            cursor.execute(FILL, given)
        clients[alerts] = Client(SERVER_NAME="localhost")
        clients[alerts].force_login(user)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inbox_notification, inbox_mailbox")
    times: dict[tuple[str, int], list[float]] = {}
    for run in range(size(12, 2)):  # the first is to warm up
        for name, address in ADDRESSES.items():
            for alerts, client in clients.items():
                seconds = look(client, address).seconds
                if run:
                    times.setdefault((name, alerts), []).append(seconds)
    return {n: median(times[n, MANY]) / median(times[n, FEW]) for n in ADDRESSES}


def browse(server: stage.Server, staff: Staff, ward: Ward, desk: User) -> dict[str, float]:
    """What a browser measures; nothing where there is none."""
    url, found = f"http://127.0.0.1:{server.port}", {}
    other = FrontDesk(server.port, staff.hospital, staff.users[0], size(20, 4))
    with scopes_disabled():  # today, whatever the hour
        Appointment.objects.filter(provider=staff.users[0]).update(starts_at=timezone.now())
    session = factories.create_session(desk)
    reader = people.hire(1)
    with sync_playwright() as playwright:
        program = chromium.find(playwright)
        if program is None:
            return {}
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        first = browsing.sight(browser, f"{url}/wards/{ward.pk}/", staff.sessions[0])
        found["requests"], found["received"] = float(first.requests), first.received / 1024
        queue = browsing.sight(browser, f"{url}/arrivals/", session)
        queue.slow_down()
        found["swap"] = browsing.swaps(queue, other)
        found["event"] = browsing.work(queue)
        inbox = browsing.sight(browser, f"{url}/inbox/", reader.sessions[0])
        inbox.slow_down()
        with stage.publisher(server, reader.hospital.pk) as publisher:
            found["task"] = browsing.storm(inbox, partial(publish, publisher))
        browser.close()
    other.close()
    return found


def publish(publisher: stage.Helper, number: int) -> None:
    publisher.ask(f"storm; {number}")
    publisher.answer()
    assert publisher.answer() == "done"


def collect(directory: Path) -> None:
    """The static files, as production has them: the server to come serves these."""
    os.environ["STATIC_ROOT"] = str(directory / "static")
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, check=True)


def measure(runs: int, sockets: int, directory: Path) -> Section:
    collect(directory)
    staff = people.hire(BROWSERS)
    ward, desk = create_ward(staff), factories.create_user(staff.hospital, Role.FRONT_DESK)
    create_day(staff)
    board = f"/wards/{ward.pk}/"
    at_desk = f"{settings.SESSION_COOKIE_NAME}={factories.create_session(desk)}"
    with ExitStack() as stack:
        server = stack.enter_context(stage.Server("Wardbell, daphne", directory))
        part = alone(server, at_desk, "/arrivals/")
        ways = {
            "shared": [board] * BROWSERS,
            "each for itself": [f"{board}?each={n}" for n in range(BROWSERS)],
            "nothing rendered": ["/hospital/api/notifications/unread-count/"] * BROWSERS,
        }
        crowds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, paths in ways.items():
                crowds[name].append(together(server, staff.cookies, paths))
        seen = browse(server, staff, ward, desk)
    return section(part, crowds, seen, mailboxes())


def section(
    part: float,
    crowds: dict[str, list[tuple[float, float]]],
    seen: dict[str, float],
    ratios: dict[str, float],
) -> Section:
    cpu = {name: median(each[0] for each in runs) for name, runs in crowds.items()}
    late = {name: median(each[1] for each in runs) for name, runs in crowds.items()}
    worst = max(ratios.values())
    rows = [
        [f"live part of {VISITS:,} arrivals: server", f"{part * 1000:.0f} ms"],
        *(
            [f"one event, {BROWSERS} browsers, {name}", f"{cpu[name]:.2f} s; {late[name]:.2f} s"]
            for name in crowds
        ),
        *([LABELS[name], f"{value:.0f} {UNITS[name]}"] for name, value in seen.items()),
        *([f"inbox{name}: {MANY:,} of {FEW:,}", f"{ratio:.2f}"] for name, ratio in ratios.items()),
    ]
    targets = [
        Target("live part of arrivals ≤ 60 ms of the server's processor", part * 1000, 60),
        Target(f"one event, {BROWSERS} browsers ≤ 0.5 s of processor", cpu["shared"], 0.5),
        Target("95 % of them have it within 1 s", late["shared"], 1),
        *(Target(GOALS[name][0], seen[name], GOALS[name][1]) for name in seen),
        Target("no page of the inbox takes 1.5 times as long with the large mailbox", worst, 1.5),
    ]
    return Section(
        "Pages", TEXT, ["", "median (and the wait that 95 % are not above)"], rows, targets
    )


LABELS = {
    "requests": "first view of a board: requests",
    "received": "first view of a board: received",
    "swap": "one appointment of the queue moves: browser",
    "event": "the longest input at the front desk",
    "task": "the longest task in a storm",
}
UNITS = {"requests": "", "received": "KB", "swap": "ms", "event": "ms", "task": "ms"}
GOALS = {
    "requests": ("first view ≤ 14 requests", 14.0),
    "received": ("first view ≤ 130 KB", 130.0),
    "swap": ("a swap ≤ 150 ms of the slowed browser", 150.0),
    "event": ("no input waits longer than 100 ms", 100.0),
    "task": ("no task in a storm longer than 100 ms", 100.0),
}
