"""How a bulk send ends: paused, cancelled, failed, and how far it came."""

import pytest
from django.utils import timezone

from messaging.campaigns import actions, queueing, runner
from messaging.campaigns.actions import Words
from messaging.campaigns.progress import progress
from messaging.carriers.base import Refusal
from messaging.delivery.transitions import Moves, locked
from messaging.messages.actions import retry_messages
from messaging.models import Campaign, Message, MessageLog
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.made_campaigns import (
    create_campaign,
    fresh,
    kinds,
    messages,
    send,
    work,
)
from tests.messaging.outbox import Scripted, drain
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.usefixtures("unscoped")
CampaignStatus = Campaign.Status
Audience = Campaign.Audience


class TestStopping:
    def test_a_pause_holds_from_the_next_claim(self, town: Cast, scripted: Scripted) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        drain(scripted, limit=5)
        campaign = actions.pause_campaign(campaign=campaign, by=town.dana)
        assert drain(scripted) == []
        assert len(scripted.taken) == 5
        assert work(campaign).status == CampaignStatus.PAUSED
        campaign = actions.resume_campaign(campaign=campaign, by=town.dana)
        drain(scripted)
        assert len(scripted.taken) == 12
        assert work(campaign).status == CampaignStatus.COMPLETED
        with pytest.raises(Refused):
            actions.pause_campaign(campaign=campaign, by=town.dana)

    def test_a_pause_while_it_is_queued(self, town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queueing, "TOGETHER", 5)
        whole = queueing.queue
        pauses: list[Campaign] = []

        def pausing(campaign: Campaign) -> queueing.Chunk:
            chunk = whole(campaign)
            if not pauses:
                pauses.append(actions.pause_campaign(campaign=campaign, by=town.dana))
            return chunk

        campaign = create_campaign(town.dana)
        actions.send_campaign(campaign=campaign, by=town.dana)
        monkeypatch.setattr(queueing, "queue", pausing)
        campaign = work(campaign)
        assert len(messages(campaign)) < 12
        actions.resume_campaign(campaign=campaign, by=town.dana)
        work(campaign)
        assert len(messages(campaign)) == 12

    def test_cancelling_takes_back_what_has_not_left(self, town: Cast, scripted: Scripted) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        drain(scripted, limit=5)
        campaign = work(actions.cancel_campaign(campaign=campaign, by=town.dana))
        assert campaign.status == CampaignStatus.CANCELLED
        assert campaign.completed_at is not None
        drain(scripted)
        assert len(scripted.taken) == 5
        assert len(messages(campaign, status=Status.CANCELLED, due_at=None)) == 7
        log = MessageLog.objects.filter(status=Status.CANCELLED)
        assert {step.actor for step in log} == {town.dana}
        with pytest.raises(Refused):
            actions.cancel_campaign(campaign=campaign, by=town.dana)
        with pytest.raises(Refused):
            actions.resume_campaign(campaign=campaign, by=town.dana)

    def test_cancelling_what_has_not_begun(self, town: Cast) -> None:
        campaign = actions.cancel_campaign(campaign=create_campaign(town.dana), by=town.dana)
        assert campaign.completed_at is not None
        assert runner.due() == []


class TestFailing:
    def test_what_failed_is_sent_again(self, town: Cast, use: Use) -> None:
        carrier = Scripted(*[Refusal("no_such_number", permanent=True)] * 3)
        use(carrier)
        campaign = send(create_campaign(town.dana), town.dana)
        drain(carrier)
        campaign = work(campaign)
        assert campaign.status == CampaignStatus.COMPLETED
        assert progress(campaign).failed == 3
        assert actions.retry_campaign(campaign=campaign, by=town.dana) == 3
        assert fresh(campaign).status == CampaignStatus.SENDING
        drain(carrier)
        campaign = work(campaign)
        assert campaign.status == CampaignStatus.COMPLETED
        assert len(carrier.taken) == 12
        assert progress(campaign).failed == 0
        with pytest.raises(Refused):
            actions.retry_campaign(campaign=campaign, by=town.dana)
        assert kinds(campaign).count("completed") == 2

    def test_no_storm_of_alerts(self, town: Cast, use: Use) -> None:
        carrier = Scripted(*[Refusal("no_such_number", permanent=True)] * 12)
        use(carrier)
        campaign = send(create_campaign(town.dana), town.dana)
        drain(carrier)
        work(campaign)
        assert not Event.objects.filter(kind=Kind.MESSAGE_FAILED).exists()
        told = Event.objects.get(kind=Kind.BULK_SEND_COMPLETED)
        assert {key: told.data[key] for key in ("total", "successful", "failed")} == {
            "total": 12,
            "successful": 0,
            "failed": 12,
        }

    def test_a_receipt_after_the_end_opens_it_again(self, town: Cast, use: Use) -> None:
        carrier = Scripted()
        use(carrier)
        campaign = send(create_campaign(town.dana), town.dana)
        drain(carrier)
        assert work(campaign).status == CampaignStatus.COMPLETED
        moves = Moves()
        (one,) = locked(Message.objects.filter(pk=messages(campaign)[0].pk))
        moves.fail(one, "phone_off")
        moves.write()
        assert runner.due() == []
        assert fresh(campaign).status == CampaignStatus.SENDING
        Message.objects.filter(pk=one.pk).update(due_at=timezone.now())
        drain(carrier)
        assert work(campaign).status == CampaignStatus.COMPLETED
        assert kinds(campaign).count("completed") == 1

    def test_nothing_of_a_cancelled_one_is_tried_again(self, town: Cast, use: Use) -> None:
        carrier = Scripted()
        use(carrier)
        campaign = send(create_campaign(town.dana), town.dana)
        drain(carrier)
        actions.cancel_campaign(campaign=campaign, by=town.dana)
        assert work(campaign).completed_at is not None
        moves = Moves()
        (one,) = locked(Message.objects.filter(pk=messages(campaign)[0].pk))
        moves.fail(one, "phone_off")
        moves.write()
        assert runner.due() == [campaign.pk]
        work(campaign)
        one.refresh_from_db()
        assert (one.status, one.due_at) == (Status.CANCELLED, None)
        assert runner.due() == []
        Message.objects.filter(pk=one.pk).update(status=Status.FAILED)
        with pytest.raises(Refused):
            retry_messages(message_ids=[one.pk], by=town.dana)

    def test_a_fault_ends_it_and_it_may_go_on(
        self, town: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(campaign: Campaign) -> queueing.Chunk:
            raise ValueError("Layla")

        campaign = create_campaign(town.dana)
        with monkeypatch.context() as patch:
            patch.setattr(queueing, "queue", broken)
            campaign = send(campaign, town.dana)
        assert campaign.status == CampaignStatus.FAILED
        assert "ValueError" in campaign.failure
        assert "Layla" not in campaign.failure
        actions.resume_campaign(campaign=campaign, by=town.dana)
        assert len(messages(work(campaign))) == 12


class TestProgress:
    def test_by_status_and_variant(self, town: Cast, use: Use) -> None:
        both = [
            Words(body_en="A {first_name}", share=50),
            Words(body_en="B {first_name}", share=50),
        ]
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        campaign = create_campaign(town.dana, variants=both)
        actions.send_campaign(campaign=campaign, by=town.dana)
        campaign = fresh(campaign)
        assert (progress(campaign).total, progress(campaign).left) == (0, 12)
        campaign = work(campaign)
        drain(carrier, limit=6)
        sent = messages(campaign, status=Status.SENT)
        Message.objects.filter(pk=sent[0].pk).update(status=Status.READ, cost="0.1", currency="SAR")
        found = progress(campaign)
        assert (found.total, found.handed_over, found.failed, found.left) == (12, 5, 1, 6)
        assert (found.read, found.delivered) == (1, 1)
        assert found.cost.keys() == {"SAR"}
        assert sum(variant.total for variant in found.variants) == 12
        assert sum(variant.read for variant in found.variants) == 1
        assert found.figures.rate == 50, "of those whose end is known, as on every page"
