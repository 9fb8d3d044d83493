"""The life of a bulk send: written, approved, sent at its time, told of."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_scopes import scope

from inbox.models import Notification
from messaging.campaigns import actions, runner
from messaging.campaigns.actions import Words
from messaging.channels import Channel, Topic
from messaging.models import Campaign, Message, MessageLog, MessagingPolicy
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import (
    create_campaign,
    included,
    kinds,
    messages,
    reasons,
    send,
    work,
)
from tests.messaging.outbox import Scripted, drain, steps
from tests.messaging.people import set_quiet
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Role

pytestmark = pytest.mark.usefixtures("unscoped")
CampaignStatus = Campaign.Status
Audience = Campaign.Audience


def let_approve_above(cast: Cast, number: int) -> None:
    MessagingPolicy.objects.filter(hospital=cast.hospital).update(approval_above=number)


class TestWriting:
    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"name": " "}, "name"),
            ({"channels": []}, "how"),
            ({"channels": ["push"]}, "how"),
            ({"topic": Topic.STAFF}, "about"),
            ({"audience": "everybody"}, "whom"),
            ({"audience": Audience.TAGS, "parameters": {"tags": []}}, "tag"),
            ({"audience": Audience.WARD, "parameters": {"ward": 0}}, "ward"),
            ({"audience": Audience.APPOINTMENTS, "parameters": {"day": "soon"}}, "day"),
            ({"audience": Audience.FILE}, "file"),
            ({"variants": []}, "text"),
            ({"variants": [Words(body_en="A", share=60), Words(body_en="B", share=60)]}, "100"),
            ({"variants": [Words()]}, "one language"),
            ({"variants": [Words(body_en="Hello {first_name")]}, "brace"),
            ({"variants": [Words(body_en="On {date}.")]}, "{date}"),
            ({"variants": [Words(body_en="Hi")], "channels": [Channel.EMAIL]}, "subject"),
            ({"variants": [Words(code="nothing")]}, "nothing"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, town: Cast, wrong: dict[str, Any], why: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            create_campaign(town.dana, **wrong)
        assert why in str(refused.value)
        assert not Campaign.objects.exists()

    def test_another_hospitals_ward_is_no_ward(self, town: Cast) -> None:
        with pytest.raises(Refused):
            create_campaign(
                town.dana, audience=Audience.WARD, parameters={"ward": town.other_ward.pk}
            )

    def test_nothing_is_sent_before_somebody_says_so(self, town: Cast) -> None:
        campaign = create_campaign(town.dana)
        assert campaign.status == CampaignStatus.READY
        assert runner.due() == []
        assert not Message.objects.exists()

    def test_it_may_be_changed_until_it_begins(self, town: Cast) -> None:
        campaign = create_campaign(town.dana)
        given: dict[str, Any] = {
            "name": "Closed",
            "audience": Audience.ALL,
            "parameters": {},
            "topic": Topic.CARE,
            "channels": [Channel.EMAIL],
            "variants": [Words(subject_en="Closed", body_en="We are closed.")],
        }
        campaign = actions.change_campaign(campaign=campaign, by=town.alice, **given)
        assert campaign.status == CampaignStatus.PREPARING
        campaign = work(campaign)
        assert {each.body for each in included(campaign)} == {"We are closed."}
        assert campaign.variants.count() == 1
        send(campaign, town.dana)
        with pytest.raises(Refused):
            actions.change_campaign(campaign=campaign, by=town.dana, **given)
        assert kinds(campaign) == ["created", "changed", "started"]


class TestSending:
    def test_each_gets_one_message_with_its_history(self, town: Cast, scripted: Scripted) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        assert campaign.status == CampaignStatus.SENDING
        made = messages(campaign)
        assert len(made) == 12
        first, row = made[0], included(campaign)[0]
        assert first.key == f"bulk:{campaign.pk}:{row.line}"
        for field in (
            "patient_id", "address", "country", "channel", "language", "body", "parts", "values"
        ):  # fmt: skip
            assert getattr(first, field) == getattr(row, field), field
        assert (first.topic, first.event, first.urgent) == (Topic.CARE, None, False)
        assert steps(first) == ["queued"]
        drain(scripted)
        assert len(scripted.taken) == len({m.to for m in scripted.taken}) == 12
        campaign = work(campaign)
        assert campaign.status == CampaignStatus.COMPLETED
        assert campaign.completed_at is not None
        assert runner.due() == []

    def test_a_second_click_sends_nothing_twice(self, town: Cast) -> None:
        campaign = create_campaign(town.dana)
        send(campaign, town.dana)
        with pytest.raises(Refused):
            actions.send_campaign(campaign=campaign, by=town.dana)
        work(campaign)
        assert len(messages(campaign)) == 12
        assert kinds(campaign).count("started") == 1

    def test_nobody_to_send_to(self, town: Cast) -> None:
        campaign = create_campaign(town.dana, audience=Audience.TAGS, parameters={"tags": ["none"]})
        with pytest.raises(Refused):
            actions.send_campaign(campaign=campaign, by=town.dana)

    def test_lines_queued_before_a_crash_are_not_queued_again(self, town: Cast) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        Campaign.objects.filter(pk=campaign.pk).update(queued=0)
        work(campaign)
        assert len(messages(campaign)) == MessageLog.objects.count() == 12

    def test_who_is_left_out_gets_none(self, town: Cast) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        assert reasons(campaign)
        assert town.patient.pk not in {message.patient_id for message in messages(campaign)}

    def test_a_patient_who_is_gone_holds_up_nobody(self, town: Cast) -> None:
        campaign = create_campaign(town.dana)
        first = included(campaign)[0].patient
        assert first is not None
        first.delete()
        assert len(messages(send(campaign, town.dana))) == 11

    def test_at_night_phones_wait_and_mailboxes_do_not(self, town: Cast) -> None:
        now = timezone.localtime(timezone=ZoneInfo("Asia/Riyadh"))
        soon = (now + timedelta(hours=2)).time().replace(second=0, microsecond=0)
        set_quiet(town.hospital, (now - timedelta(hours=2)).time(), soon)
        factories.create_patient(town.hospital, email="mail@example.org")
        words = [Words(subject_en="Hi", body_en="Hello")]
        campaign = create_campaign(town.dana, channels=[Channel.SMS, Channel.EMAIL], variants=words)
        send(campaign, town.dana)
        for message in messages(campaign):
            assert message.due_at is not None
            local = message.due_at.astimezone(now.tzinfo)
            assert (local.time() == soon) == (message.channel == Channel.SMS)

    def test_the_night_begins_while_it_is_sent(self, town: Cast, scripted: Scripted) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        now = timezone.localtime(timezone=ZoneInfo("Asia/Riyadh"))
        set_quiet(
            town.hospital, (now - timedelta(hours=2)).time(), (now + timedelta(hours=2)).time()
        )
        assert drain(scripted) == []
        set_quiet(town.hospital, time(0), time(0))
        assert len(drain(scripted)) == 12
        assert campaign.pk


class TestApproval:
    def test_many_need_a_second_person(self, town: Cast) -> None:
        let_approve_above(town, 11)
        second = factories.create_user(town.hospital, Role.FRONT_DESK)
        campaign = create_campaign(town.dana)
        with scope(hospital=town.hospital.pk):
            campaign = actions.send_campaign(campaign=campaign, by=town.dana)
        assert campaign.status == CampaignStatus.WAITING
        work(campaign)
        assert messages(campaign) == []
        for nobody in (town.dana, town.priya, town.zed):
            with pytest.raises(Refused):
                actions.approve_campaign(campaign=campaign, by=nobody)
        campaign = actions.approve_campaign(campaign=campaign, by=second)
        assert (campaign.status, campaign.approved_by) == (CampaignStatus.SENDING, second)
        assert len(messages(work(campaign))) == 12
        with pytest.raises(Refused):
            actions.approve_campaign(campaign=campaign, by=second)
        assert kinds(campaign) == ["created", "waiting", "approved", "started"]

    def test_who_changed_it_or_wants_it_sent_cannot_approve(self, town: Cast) -> None:
        let_approve_above(town, 1)
        campaign = actions.send_campaign(campaign=create_campaign(town.dana), by=town.alice)
        with pytest.raises(Refused):
            actions.approve_campaign(campaign=campaign, by=town.alice)
        assert actions.may_approve(campaign, town.mona)

    def test_as_many_as_one_may(self, town: Cast) -> None:
        let_approve_above(town, 12)
        assert send(create_campaign(town.dana), town.dana).status == CampaignStatus.SENDING

    def test_declined_with_the_reason(self, town: Cast) -> None:
        let_approve_above(town, 1)
        campaign = actions.send_campaign(campaign=create_campaign(town.dana), by=town.dana)
        with pytest.raises(Refused):
            actions.decline_campaign(campaign=campaign, by=town.mona, reason=" ")
        campaign = actions.decline_campaign(campaign=campaign, by=town.mona, reason="Typing error")
        assert (campaign.status, campaign.failure) == (CampaignStatus.READY, "Typing error")
        assert kinds(campaign)[-1] == "declined"

    def test_approved_for_later(self, town: Cast) -> None:
        let_approve_above(town, 1)
        at = timezone.now() + timedelta(days=1)
        campaign = actions.send_campaign(campaign=create_campaign(town.dana), by=town.dana, at=at)
        assert campaign.status == CampaignStatus.WAITING
        campaign = actions.approve_campaign(campaign=campaign, by=town.mona)
        assert (campaign.status, campaign.scheduled_for) == (CampaignStatus.SCHEDULED, at)


class TestTime:
    def test_it_begins_when_its_time_has_come(self, town: Cast) -> None:
        at = timezone.now() + timedelta(hours=1)
        campaign = actions.send_campaign(campaign=create_campaign(town.dana), by=town.dana, at=at)
        assert campaign.status == CampaignStatus.SCHEDULED
        assert runner.due() == []
        Campaign.objects.update(scheduled_for=timezone.now() - timedelta(seconds=1))
        assert runner.due() == [campaign.pk]
        campaign = work(campaign)
        assert campaign.status == CampaignStatus.SENDING
        assert len(messages(campaign)) == 12
        assert campaign.started_at is not None

    def test_a_time_that_has_passed(self, town: Cast) -> None:
        with pytest.raises(Refused):
            actions.send_campaign(
                campaign=create_campaign(town.dana), by=town.dana, at=timezone.now()
            )

    def test_it_may_be_taken_back(self, town: Cast) -> None:
        at = timezone.now() + timedelta(hours=1)
        campaign = actions.send_campaign(campaign=create_campaign(town.dana), by=town.dana, at=at)
        campaign = actions.unschedule_campaign(campaign=campaign, by=town.dana)
        assert (campaign.status, campaign.scheduled_for) == (CampaignStatus.READY, None)
        with pytest.raises(Refused):
            actions.unschedule_campaign(campaign=campaign, by=town.dana)


class TestWhoIsTold:
    def told(self, kind: Kind) -> set[str]:
        alerts = Notification.objects.filter(event__kind=kind)
        return set(alerts.values_list("recipient__username", flat=True))

    def test_the_second_person_the_creator_and_managers(
        self, town: Cast, scripted: Scripted, django_capture_on_commit_callbacks: Any
    ) -> None:
        let_approve_above(town, 1)
        with django_capture_on_commit_callbacks(execute=True):
            campaign = actions.send_campaign(campaign=create_campaign(town.dana), by=town.dana)
        assert self.told(Kind.BULK_SEND_WAITING) == {"alice", "mona"}
        with django_capture_on_commit_callbacks(execute=True):
            actions.decline_campaign(campaign=campaign, by=town.mona, reason="Typing error")
        assert self.told(Kind.BULK_SEND_DECLINED) == {"dana"}
        let_approve_above(town, 100)
        send(campaign, town.dana)
        drain(scripted)
        with django_capture_on_commit_callbacks(execute=True):
            work(campaign)
        assert self.told(Kind.BULK_SEND_COMPLETED) == {"dana"}
        alert = Notification.objects.get(event__kind=Kind.BULK_SEND_COMPLETED)
        assert (alert.title, alert.message) == ("Open day has been sent", "12 of 12 sent.")
        assert alert.link == f"/notifications/bulk/{campaign.pk}/"
        assert alert.level == "success"

    def test_who_changed_it_is_not_asked_to_approve(
        self, town: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        let_approve_above(town, 1)
        campaign = create_campaign(town.dana)
        campaign.changed_by = town.alice
        campaign.save()
        with django_capture_on_commit_callbacks(execute=True):
            actions.send_campaign(campaign=campaign, by=town.dana)
        assert self.told(Kind.BULK_SEND_WAITING) == {"mona"}
