"""Everything breaks while messages go out; then each has been sent once, and all is logged."""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_scopes import scopes_disabled
from pytest_django import DjangoDbBlocker

from messaging import delivery
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.carrier import StartCarrier
from tests.faults import lasting
from tests.faults.installation import Installation, without_fail
from tests.faults.invariants import (
    assert_carried_once,
    assert_histories,
    wait_until_nothing_is_overdue,
)
from tests.messaging.outbox import new_message
from tests.processes import wait_for
from wards.models import Hospital

MESSAGES = lasting(6_000, 20_000)
KILLS = lasting(8, 20)
REDIS_AT, POSTGRES_AT = (KILLS // 3, KILLS * 2 // 3), KILLS // 2  # it falls with these kills
LEASE = 3  # seconds
# From one receipt to the next: many come only when the lease of a killed sender has run out, so
# that the carrier must be asked.
RECEIPT_DELAY = 6  # seconds
AWAY = 1.0  # seconds
# Every hundredth message goes to one of these; what becomes of it.
ODD = {
    "+12025550102": Status.READ,
    "+12025550104": Status.BOUNCED,
    "+12025550105": Status.BOUNCED,  # refused at once: nothing in the ledger
    "+12025550109": Status.SENT,  # no receipt ever comes
}
REFUSED = "+12025550105"


@pytest.fixture
def installation(
    start_carrier: StartCarrier, django_db_blocker: DjangoDbBlocker
) -> Iterator[Installation]:
    carrier = start_carrier(latency=0.02, receipt_delay=RECEIPT_DELAY, duplicate=True, shuffle=True)
    env = {"MESSAGING_LEASE": str(LEASE), "MESSAGING_RECEIPT_WAIT": "2"}
    with (
        # Not in tmp_path: every start of pytest shuts the way there to PostgreSQL's user.
        tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as directory,
        django_db_blocker.unblock(),
        scopes_disabled(),
    ):
        installation = Installation(Path(directory), carrier, env)
        with installation.running():
            yield installation


def queue_all(hospital: Hospital) -> None:
    odd = [*ODD]
    for start in range(0, MESSAGES, 1000):
        numbers = range(start, start + 1000)
        fields = [{"address": odd[n // 100 % len(odd)]} if n % 100 == 0 else {} for n in numbers]
        delivery.queue([new_message(hospital, **each) for each in fields])


def handed_over() -> int:
    """Of how many messages we know what became of them; 0 while the database is away."""
    done = Message.objects.exclude(status__in=(Status.QUEUED, Status.SENDING, Status.FAILED))
    return without_fail(done.count) or 0


def break_things(installation: Installation) -> None:
    """Kills the sender again and again all along the way, and now and then what it stands on."""
    deadline = time.monotonic() + 600
    for kill in range(KILLS):
        while handed_over() < kill * MESSAGES / (KILLS + 1):
            assert time.monotonic() < deadline, f"{kill} kills, {handed_over()} sent"
            time.sleep(0.2)  # counting takes the machine from what is tested
        time.sleep(random.uniform(0, 0.2))
        installation.sender.kill()
        if kill in REDIS_AT:
            installation.redis.stop()
        if kill == POSTGRES_AT:
            installation.postgres.stop("immediate")
        installation.sender.start()
        if kill in REDIS_AT or kill == POSTGRES_AT:
            time.sleep(AWAY)
            installation.redis.start()
            installation.postgres.start()


def test_each_is_sent_once(installation: Installation) -> None:
    hospital = factories.create_hospital()
    queue_all(hospital)
    break_things(installation)
    wait_for(
        lambda: without_fail(Message.objects.filter(due_at=None).count) == MESSAGES,
        180,
        "nothing is left to do",
    )
    wait_for(lambda: installation.carrier.waiting() == 0, 180, "all receipts are told")
    assert_carried_once(installation.carrier, Message.objects.exclude(address=REFUSED))
    assert_right_states()
    assert_histories()
    wait_until_nothing_is_overdue()


def assert_right_states() -> None:
    for address, status in ODD.items():
        found = set(Message.objects.filter(address=address).values_list("status", flat=True))
        assert found == {status}, address
    others = Message.objects.exclude(address__in=ODD).values_list("status", flat=True)
    assert set(others) == {Status.DELIVERED}
    assert not Message.objects.filter(provider_id="").exclude(address=REFUSED).exists()
