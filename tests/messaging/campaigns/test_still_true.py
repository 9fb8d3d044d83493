"""What a bulk send says is held against the present until it leaves."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from messaging.campaigns import preparing, queueing
from messaging.campaigns.actions import Words
from messaging.carriers.base import Refusal
from messaging.channels import Channel
from messaging.delivery import sender
from messaging.models import Campaign
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.made_campaigns import (
    create_campaign,
    create_people,
    messages,
    reasons,
    send,
)
from tests.messaging.outbox import Scripted, drain
from tests.messaging.people import prefer, set_quiet
from wards.actions import appointments, patients
from wards.models import Appointment, Patient

pytestmark = pytest.mark.usefixtures("unscoped")
CampaignStatus = Campaign.Status
Audience = Campaign.Audience


class TestStillTrue:
    def appointments(self, town: Cast) -> tuple[Campaign, list[Appointment]]:
        zone = ZoneInfo("Asia/Riyadh")
        tomorrow = timezone.localdate(timezone=zone) + timedelta(days=1)
        at = datetime.combine(tomorrow, time(10), zone)
        people = create_people(town.hospital, 3, tags=["visit"])
        visits = [
            factories.create_appointment(
                provider=town.priya, patient=each, starts_at=at + timedelta(minutes=n)
            )
            for n, each in enumerate(people)
        ]
        day = tomorrow.isoformat()
        words = [Words(body_en="{first_name}, {date} {time} with {provider_name}: {link}")]
        campaign = create_campaign(
            town.dana, audience=Audience.APPOINTMENTS, parameters={"day": day}, variants=words
        )
        return campaign, visits

    def test_what_changed_before_it_is_queued_is_left_out(self, town: Cast) -> None:
        campaign, (kept, cancelled, moved) = self.appointments(town)
        appointments.cancel(appointment=cancelled, reason="ill", by=town.dana)
        later = moved.starts_at + timedelta(hours=1)
        appointments.reschedule(appointment=moved, starts_at=later, by=town.dana, reason="")
        campaign = send(campaign, town.dana)
        assert [message.patient_id for message in messages(campaign)] == [kept.patient_id]
        assert set(reasons(campaign).values()) == {Reason.VISIT_CANCELLED, Reason.VISIT_MOVED}
        assert campaign.included == 1
        assert messages(campaign)[0].expires_at == kept.starts_at

    def test_what_changes_afterwards_is_not_sent(self, town: Cast, scripted: Scripted) -> None:
        campaign, (kept, cancelled, moved) = self.appointments(town)
        send(campaign, town.dana)
        appointments.cancel(appointment=cancelled, reason="ill", by=town.dana)
        later = moved.starts_at + timedelta(hours=1)
        appointments.reschedule(appointment=moved, starts_at=later, by=town.dana, reason="")
        drain(scripted)
        found = {
            message.patient_id: (message.status, message.reason) for message in messages(campaign)
        }
        assert found == {
            kept.patient_id: (Status.SENT, ""),
            cancelled.patient_id: (Status.SUPPRESSED, Reason.VISIT_CANCELLED),
            moved.patient_id: (Status.SUPPRESSED, Reason.VISIT_MOVED),
        }

    def test_stop_in_between_counts(self, town: Cast, scripted: Scripted) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        stopped = messages(campaign)[3]
        assert stopped.patient is not None
        prefer(stopped.patient, sms=False)
        drain(scripted)
        stopped.refresh_from_db()
        assert (stopped.status, stopped.reason) == (Status.SUPPRESSED, Reason.OPTED_OUT)
        assert len(scripted.taken) == 11

    def test_it_follows_to_a_new_number(
        self, town: Cast, scripted: Scripted, django_capture_on_commit_callbacks: Any
    ) -> None:
        campaign = send(create_campaign(town.dana), town.dana)
        one = messages(campaign)[0]
        assert one.patient is not None
        with django_capture_on_commit_callbacks(execute=True):
            patients.update_patient(patient=one.patient, by=town.dana, phone="0555555555")
        drain(scripted)
        assert "+966555555555" in {message.to for message in scripted.taken}
        assert len(scripted.taken) == 12

    def test_a_number_corrected_before_it_begins(self, town: Cast, scripted: Scripted) -> None:
        campaign = create_campaign(town.dana)
        patient = Patient.objects.get(phone="050 0000001")
        patients.update_patient(patient=patient, by=town.dana, phone="0555555555")
        send(campaign, town.dana)
        drain(scripted)
        assert "+966555555555" in {message.to for message in scripted.taken}
        assert len(scripted.taken) == 12

    @pytest.mark.parametrize("when", ["preparing", "queueing", "queued"])
    def test_corrected_in_the_middle(
        self, town: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, when: str
    ) -> None:
        """By anybody and in any way: nothing need have heard of it."""

        def correct() -> None:
            Patient.objects.filter(phone="050 0000001").update(phone="0555555555")

        def and_then(name: str, module: Any) -> None:
            before = getattr(module, name)

            def after(*args: Any) -> Any:
                done = before(*args)
                correct()
                return done

            monkeypatch.setattr(module, name, after)

        if when == "preparing":  # the rows are written, and who they were is not yet noted
            and_then("_write", preparing)
        campaign = create_campaign(town.dana)
        if when == "queueing":
            and_then("queue", queueing)
        send(campaign, town.dana)
        if when == "queued":
            correct()
        drain(scripted)
        assert "+966555555555" in {message.to for message in scripted.taken}
        assert len(scripted.taken) == 12
        assert {message.status for message in messages(campaign)} == {Status.SENT}

    def test_a_row_that_names_a_patient_follows_and_one_with_a_number_does_not(
        self, town: Cast, scripted: Scripted
    ) -> None:
        first, second = (Patient.objects.get(phone=f"050 000000{n}") for n in (1, 2))
        source = f"patient_id,phone\n{first.number},\n{second.number},0500000002\n"
        words = [Words(body_en="Hello")]
        campaign = create_campaign(town.dana, audience=Audience.FILE, source=source, variants=words)
        send(campaign, town.dana)
        Patient.objects.filter(pk=first.pk).update(phone="0555555555")
        Patient.objects.filter(pk=second.pk).update(phone="0566666666")
        drain(scripted)
        assert {message.to for message in scripted.taken} == {"+966555555555", "+966500000002"}


class TestAtNight:
    """It is quiet from two hours ago until two hours from now."""

    @pytest.mark.parametrize("begins", ["before", "in the middle"])
    @pytest.mark.parametrize(("hours", "to"), [(1, ["+966500000001"]), (3, [])])
    def test_what_would_be_useless_in_the_morning_is_not_held(
        self, riyadh: Cast, scripted: Scripted, begins: str, hours: int, to: list[str]
    ) -> None:
        now = timezone.localtime(timezone=ZoneInfo("Asia/Riyadh")).replace(second=0, microsecond=0)
        starts_at, two = now + timedelta(hours=hours), timedelta(hours=2)
        (patient,) = create_people(riyadh.hospital, 1)
        factories.create_appointment(provider=riyadh.priya, patient=patient, starts_at=starts_at)
        campaign = create_campaign(
            riyadh.dana,
            audience=Audience.APPOINTMENTS,
            parameters={"day": starts_at.date().isoformat()},
            variants=[Words(body_en="{first_name}, at {time}: {link}")],
        )
        if begins == "before":
            set_quiet(riyadh.hospital, (now - two).time(), (now + two).time())
        send(campaign, riyadh.dana)
        set_quiet(riyadh.hospital, (now - two).time(), (now + two).time())
        drain(scripted)
        assert [message.to for message in scripted.taken] == to
        assert [m.status for m in messages(campaign)] == [Status.SENT if to else Status.QUEUED]


class TestNextChannel:
    def test_own_words_go_on_to_the_next_channel(self, town: Cast, use: Use) -> None:
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        words = [Words(subject_en="For {first_name}", body_en="Dear {first_name}, hello.")]
        campaign = create_campaign(town.dana, channels=[Channel.SMS, Channel.EMAIL], variants=words)
        send(campaign, town.dana)
        first = messages(campaign)[0]
        sender.send_due([Channel.SMS, Channel.EMAIL], 100)
        first.refresh_from_db()
        assert (first.channel, first.status) == (Channel.EMAIL, Status.SENT)
        assert (first.subject, first.address) == ("For Layla", "p1@example.org")

    def test_a_row_that_names_a_patient_goes_on_to_their_mailbox(
        self, town: Cast, use: Use
    ) -> None:
        use(Scripted(Refusal("no_such_number", permanent=True)))
        patient = Patient.objects.get(phone="050 0000001")
        campaign = create_campaign(
            town.dana,
            audience=Audience.FILE,
            channels=[Channel.SMS, Channel.EMAIL],
            variants=[Words(subject_en="Bill", body_en="{amount} due")],
            source=f"patient_id,amount\n{patient.number},25\n",
        )
        send(campaign, town.dana)
        sender.send_due([Channel.SMS, Channel.EMAIL], 100)
        (one,) = messages(campaign)
        assert (one.address, one.body, one.status) == ("p1@example.org", "25 due", "sent")

    def test_a_strangers_row_goes_on_to_its_other_address(self, town: Cast, use: Use) -> None:
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        campaign = create_campaign(
            town.dana,
            audience=Audience.FILE,
            channels=[Channel.SMS, Channel.EMAIL],
            variants=[Words(subject_en="Bill", body_en="{amount} due")],
            source="phone,email,amount\n0551112222,stranger@example.org,25\n",
        )
        send(campaign, town.dana)
        sender.send_due([Channel.SMS, Channel.EMAIL], 100)
        (one,) = messages(campaign)
        assert (one.address, one.body, one.status) == ("stranger@example.org", "25 due", "sent")
