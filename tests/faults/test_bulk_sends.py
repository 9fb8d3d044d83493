"""Workers and the sender die all along a bulk send; then everybody has been written to once."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django_scopes import scopes_disabled
from pytest_django import DjangoDbBlocker

from messaging.campaigns import actions
from messaging.models import Campaign, Message, MessageLog
from messaging.statuses import Status
from tests import factories
from tests.benchmarks.bulk_sends import PEOPLE, POLICY
from tests.carrier import StartCarrier
from tests.faults import lasting
from tests.faults.installation import Installation
from tests.faults.invariants import assert_carried_once, assert_histories, overdue
from tests.messaging.made_campaigns import HELLO
from tests.processes import PROCFILE, Process, wait_for
from wards.models import Role, User

PEOPLE_THERE = lasting(2_500, 5_000)
LEASE = 3  # seconds, of what the sender claims
WORKER = "env DJANGO_SETTINGS_MODULE=config.settings python -m tests.faults.small_chunks"


@pytest.fixture
def installation(
    start_carrier: StartCarrier, django_db_blocker: DjangoDbBlocker
) -> Iterator[Installation]:
    carrier = start_carrier(latency=0.02, receipt_delay=LEASE, shuffle=True)
    env = {"MESSAGING_LEASE": str(LEASE), "MESSAGING_RECEIPT_WAIT": "2", "BULK_LEASE": "3"}
    with (
        # Not in tmp_path: every start of pytest shuts the way there to PostgreSQL's user.
        tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as directory,
        django_db_blocker.unblock(),
        scopes_disabled(),
    ):
        installation = Installation(Path(directory), carrier, env)
        with installation.running():
            yield installation


@pytest.fixture
def workers(installation: Installation) -> Iterator[list[Process]]:
    """Two of them, and beat."""
    logs, env = installation.sender.log.parent, installation.web.env
    with ExitStack() as stack:
        beat = Process(PROCFILE["beat"], logs / "beat.log", env)
        pair = [Process(WORKER, logs / f"worker-{name}.log", env) for name in "ab"]
        for process in (beat, *pair):
            process.start()
            stack.callback(process.kill)
        yield pair


@pytest.fixture
def dana(installation: Installation) -> User:
    """At the front desk of a hospital with many patients."""
    hospital = factories.create_hospital()
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"hospital": hospital.pk, "people": PEOPLE_THERE})
        cursor.execute(POLICY, {"hospital": hospital.pk})
    return factories.create_user(hospital, Role.FRONT_DESK)


def create(dana: User) -> Campaign:
    assert dana.hospital is not None
    return actions.create_campaign(
        hospital=dana.hospital,
        by=dana,
        name="Everybody",
        audience=Campaign.Audience.ALL,
        parameters={},
        topic="care",
        channels=["sms"],
        variants=[HELLO],
    )


@dataclass
class Witness:
    """Looks at how far the bulk send is, from 0 to 1."""

    campaign: Campaign

    def now(self) -> Campaign:
        self.campaign.refresh_from_db()
        return self.campaign

    def prepared(self) -> float:
        ready = self.now().status == Campaign.Status.READY
        return 1.0 if ready else self.campaign.total / (PEOPLE_THERE + 1)

    def queued(self) -> float:
        return self.now().queued / PEOPLE_THERE

    def sent(self) -> float:
        waiting = (Status.QUEUED, Status.SENDING)
        return (
            1
            - Message.objects.filter(campaign=self.campaign, status__in=waiting).count()
            / PEOPLE_THERE
        )


def kill_along(processes: list[Process], how_far: Callable[[], float], marks: list[float]) -> int:
    """Kills them by turns at each of these marks; returns how often that was on its way."""
    kills = 0
    for number, mark in enumerate(marks):
        wait_for(lambda: how_far() >= mark, 120, f"{how_far} {mark}")  # noqa: B023
        reached = how_far()
        time.sleep(random.uniform(0, 0.05))
        victim = processes[number % len(processes)]
        victim.kill()
        victim.start()
        kills += reached < 1
    return kills


def test_each_is_written_to_once(
    installation: Installation, workers: list[Process], dana: User
) -> None:
    campaign = create(dana)
    witness = Witness(campaign)
    # Who prepares begins anew after each kill, and the other worker takes over.
    assert kill_along(workers, witness.prepared, [0.1, 0.3, 0.2, 0.5])
    wait_for(lambda: witness.prepared() == 1, 60, "it is prepared")
    assert (campaign.total, campaign.included) == (PEOPLE_THERE, PEOPLE_THERE)
    actions.send_campaign(campaign=campaign, by=dana)
    assert kill_along(workers, witness.queued, [0.05, 0.3, 0.5, 0.7])
    assert kill_along([installation.sender], witness.sent, [0.05, 0.2, 0.4, 0.6, 0.8])
    wait_for(lambda: witness.now().status == Campaign.Status.COMPLETED, 120, "it is completed")
    wait_for(lambda: installation.carrier.waiting() == 0, 60, "all receipts are told")
    assert_once(installation, campaign)


def assert_once(installation: Installation, campaign: Campaign) -> None:
    """The carrier's own books have everybody once, with their words; so do ours."""
    messages = Message.objects.filter(campaign=campaign)
    assert_carried_once(installation.carrier, messages)
    assert_histories()
    wanted = set(campaign.recipients.values_list("address", "body"))
    assert len(wanted) == messages.count() == PEOPLE_THERE
    assert wanted == set(messages.values_list("address", "body"))
    queued = MessageLog.objects.filter(status=Status.QUEUED)
    assert queued.count() == PEOPLE_THERE
    assert not overdue()
