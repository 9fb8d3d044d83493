"""The five ways: how many files somebody has to open who follows one from its beginning to its end.

Counted by a profiler: every file of the three floors of which a function is entered, whatever for.
The most there may be stands below, with one to spare for what earlier tests have cached or not.
"""

import asyncio
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from inbox.live.hub import Hub
from inbox.live.sockets import Socket
from inbox.models import Notification
from inbox.publications.standing import Identity
from messaging import carriers
from messaging.channels import Channel
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging import made_campaigns
from tests.messaging.outbox import Scripted, drain
from tests.messaging.people import make_reachable, written
from tests.wards.hl7 import messages as hl7
from tests.wards.operations.bulk import run_import
from wards.base import routes, wakeups
from wards.kinds import Kind
from wards.models import Patient

ROOT = Path(__file__).resolve().parent.parent
FLOORS = tuple(f"{ROOT}/{floor}/" for floor in ("inbox", "messaging", "wards"))
MOST = {"arrival": 37, "admission": 64, "sms": 35, "bulk send": 63, "row": 25}

pytestmark = pytest.mark.django_db


class Files(set[str]):
    """The files that were entered."""

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        is_function = code.co_flags & inspect.CO_OPTIMIZED  # not the body of a class or module
        if event == "call" and is_function and code.co_filename.startswith(FLOORS):
            self.add(code.co_filename.removeprefix(f"{ROOT}/"))


@contextmanager
def entered() -> Iterator[Files]:
    """The files of the floors that are entered meanwhile, in any thread that begins meanwhile."""
    files = Files()
    threading.setprofile(files.note)
    sys.setprofile(files.note)
    try:
        yield files
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@pytest.fixture(autouse=True, scope="module")
def loaded() -> None:
    """What is loaded once a process is on nobody's way."""
    routes.load()


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is published, as Redis would carry it to the hubs."""
    carried: list[bytes] = []
    monkeypatch.setattr(wakeups, "publish", lambda channel, message, **_: carried.append(message()))
    return carried


Committed = Callable[..., Any]  # pytest-django's django_capture_on_commit_callbacks


def check(way: str, files: Files) -> None:
    assert len(files) <= MOST[way], f"{len(files)} files:\n" + "\n".join(sorted(files))


async def heard(carried: list[bytes], user_id: int) -> list[str]:
    """What a socket of the user's is written when its hub hears all of this."""
    lines: list[str] = []

    async def write(text: str) -> None:
        lines.append(text)

    async def close(code: int, reason: str) -> None:
        raise AssertionError(reason)

    hub = Hub()
    hub._start = lambda: None  # type: ignore[method-assign]
    identity = Identity(user_id, 1, True, "s", datetime.max.replace(tzinfo=UTC))
    socket = Socket(identity, write, close)
    socket.bring_up({"type": "snapshot", "epoch": "e", "seq": 0, "unread": 0, "notifications": []})
    hub.join(socket)
    for sealed in carried:
        hub._take(sealed)
    for _ in range(5):
        await asyncio.sleep(0)
    return lines


def test_from_the_click_on_arrived_to_the_providers_socket(
    cast: Cast, client: Client, said: list[bytes], django_capture_on_commit_callbacks: Committed
) -> None:
    booked = factories.create_appointment(provider=cast.priya, patient=cast.patient)
    factories.sign_in(client, cast.dana)
    with entered() as files:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("wards:appointment_arrive", args=[booked.pk]))
        lines = asyncio.run(heard(said, cast.priya.pk))
    assert answer.status_code in (200, 302)
    assert any("has arrived" in line for line in lines)
    check("arrival", files)


def test_from_an_admission_message_to_its_alerts(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    with entered() as files, django_capture_on_commit_callbacks(execute=True):
        assert hl7.send(hl7.admission()) == "AA"
    with scopes_disabled():
        assert Notification.objects.exists()
    check("admission", files)


def test_from_the_rule_to_the_row_of_an_sms(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    make_reachable(cast)
    booked = factories.create_appointment(provider=cast.priya, patient=cast.patient)
    with scope(hospital=cast.hospital.pk), django_capture_on_commit_callbacks() as commits:
        factories.record_event(
            cast.hospital, Kind.APPOINTMENT_CONFIRMED, patient=cast.patient, appointment=booked
        )
    assert commits
    with entered() as files:
        for done in commits:
            done()
    assert written(channel=Channel.SMS)
    check("sms", files)


def test_a_bulk_send_from_the_click_to_the_carrier(
    cast: Cast, django_capture_on_commit_callbacks: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = Scripted()
    monkeypatch.setattr(carriers, "for_channel", lambda channel: [carrier])
    made_campaigns.never_quiet(cast)
    with scope(hospital=cast.hospital.pk):
        made_campaigns.create_people(cast.hospital, 3)
    with entered() as files, django_capture_on_commit_callbacks(execute=True):
        campaign = made_campaigns.send(made_campaigns.create_campaign(cast.dana), cast.dana)
        drain(carrier)
    with scopes_disabled():
        assert Message.objects.filter(campaign=campaign, status=Status.SENT).count() >= 3
    check("bulk send", files)


def test_a_row_of_a_file_of_patients(
    cast: Cast, django_capture_on_commit_callbacks: Committed
) -> None:
    with entered() as files, scope(hospital=cast.hospital.pk):
        run_import(cast, "P-9,Layla,Haddad,layla@example.org,+966501234567,1990-05-12,F")
    with scopes_disabled():
        assert Patient.objects.filter(number="P-9").exists()
    check("row", files)
