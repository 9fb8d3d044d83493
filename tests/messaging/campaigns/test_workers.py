"""Workers that share a bulk send, sleep through their lease, or die of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from messaging.campaigns import preparing, queueing, runner
from messaging.models import Campaign, CampaignRecipient, MessageLog
from tests.cast import Cast
from tests.messaging.made_campaigns import (
    create_campaign,
    create_people,
    fresh,
    messages,
    never_quiet,
    send,
    work,
)
from wards.base import jobs, stopping
from wards.kinds import Kind
from wards.models import Event, Role
from wards.roles import ROLES, Permission

pytestmark = pytest.mark.usefixtures("unscoped")


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The cast and five patients, where it is never quiet."""
    never_quiet(cast)
    create_people(cast.hospital, 5)
    return cast


def lease(campaign: Campaign, seconds: int, **fields: Any) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    Campaign.objects.filter(pk=campaign.pk).update(lease_until=until, worker="another", **fields)


def test_another_worker_is_at_it(town: Cast) -> None:
    campaign = create_campaign(town.dana, ready=False)
    lease(campaign, 60)
    assert runner.due() == []
    assert work(campaign).status == Campaign.Status.PREPARING
    lease(campaign, -1)
    assert runner.due() == [campaign.pk]
    assert work(campaign).status == Campaign.Status.READY


def test_what_a_killed_worker_wrote_is_written_anew(town: Cast) -> None:
    campaign = create_campaign(town.dana, ready=False)
    CampaignRecipient.objects.create(
        campaign=campaign, line=1, language="en", fallbacks=[], body="half"
    )
    Campaign.objects.filter(pk=campaign.pk).update(total=1)
    campaign = work(campaign)
    assert (campaign.total, campaign.recipients.count()) == (6, 6)
    assert not campaign.recipients.filter(body="half").exists()


def test_who_slept_through_the_lease_does_nothing_any_more(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = preparing._write
    blocks: list[preparing.Rows] = []

    def slow(rows: preparing.Rows) -> None:
        if not blocks:
            blocks.append(rows)
            lease(campaign, 60)
        write(rows)

    campaign = create_campaign(town.dana, ready=False)
    monkeypatch.setattr("messaging.campaigns.patient_groups.TOGETHER", 2)
    monkeypatch.setattr(preparing, "_write", slow)
    campaign = work(campaign)
    assert (campaign.status, campaign.worker) == (Campaign.Status.PREPARING, "another")
    assert campaign.total <= 2


def test_a_worker_told_to_stop_hands_back_what_it_prepares(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun anew, at once; and that is no failure of the bulk send's."""
    campaign = create_campaign(town.dana, ready=False)
    with monkeypatch.context() as patch:
        patch.setattr(stopping, "_told", b"\1")
        assert runner.run(campaign.pk)
    campaign = fresh(campaign)
    assert (campaign.status, campaign.lease_until) == (Campaign.Status.PREPARING, None)
    assert (campaign.attempts, campaign.recipients.count()) == (0, 0)
    assert work(campaign).status == Campaign.Status.READY


def test_two_workers_write_each_message_once(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = queueing.queue

    def twice(campaign: Campaign) -> queueing.Chunk:
        queue(campaign)
        return queue(campaign)

    monkeypatch.setattr(queueing, "queue", twice)
    campaign = send(create_campaign(town.dana), town.dana)
    assert len(messages(campaign)) == MessageLog.objects.count() == 5


def test_what_kills_its_workers_is_given_up(town: Cast) -> None:
    campaign = create_campaign(town.dana, ready=False)
    lease(campaign, -1, attempts=jobs.MAX_ATTEMPTS)
    campaign = work(campaign)
    assert campaign.status == Campaign.Status.FAILED
    assert str(jobs.MAX_ATTEMPTS) in campaign.failure
    assert campaign.completed_at is not None
    told = Event.objects.get(kind=Kind.BULK_SEND_FAILED)
    assert (told.data["bulk"], told.data["creator"]) == (campaign.pk, town.dana.pk)
    assert runner.due() == []


def test_no_progress_is_counted_while_it_is_prepared(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(rows: str) -> None:
        raise OperationalError

    campaign = create_campaign(town.dana, ready=False)
    monkeypatch.setattr(preparing, "_write", deadly)
    for attempt in (1, 2):
        Campaign.objects.filter(pk=campaign.pk).update(lease_until=None)
        work(campaign)
        assert fresh(campaign).attempts == attempt


def test_who_may_approve() -> None:
    may = {
        role for role, permissions in ROLES.items() if Permission.APPROVE_MESSAGES in permissions
    }
    assert may == {Role.ADMIN, Role.HOSPITAL_MANAGER, Role.FRONT_DESK}
