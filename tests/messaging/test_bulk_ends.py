"""What becomes of the messages of a bulk send: no longer true, paused, cancelled, failed."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from messaging.actions import bulk as actions
from messaging.actions.bulk import Words
from messaging.bulk import queueing, runner
from messaging.bulk.progress import progress
from messaging.channels import Channel
from messaging.models import BulkSend, Message, MessageLog
from messaging.providers.base import Refusal
from messaging.reasons import Reason
from messaging.sending import sender
from messaging.sending.moves import Moves, locked
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.bulks import (
    create_bulk,
    create_people,
    fresh,
    messages,
    prepare,
    reasons,
    send,
    work,
)
from tests.messaging.conftest import Use
from tests.messaging.outbox import Scripted, drain
from tests.messaging.people import prefer
from wards.actions import Refused, appointments, patients
from wards.kinds import Kind
from wards.models import Appointment, Event, Hospital

pytestmark = pytest.mark.usefixtures("unscoped")
Bulk = BulkSend.Status
Audience = BulkSend.Audience


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The cast in Riyadh with twelve patients, where it is never quiet."""
    Hospital.objects.filter(pk=cast.hospital.pk).update(timezone="Asia/Riyadh")
    cast.hospital.refresh_from_db()
    prepare(cast)
    create_people(cast.hospital, 12)
    return cast


def kinds(bulk: BulkSend) -> list[str]:
    """What happened to it, in order."""
    told = Event.objects.filter(data__bulk=bulk.pk).order_by("pk")
    return [kind.removeprefix("bulk_send.") for kind in told.values_list("kind", flat=True)]


class TestStillTrue:
    def appointments(self, town: Cast) -> tuple[BulkSend, list[Appointment]]:
        at = timezone.now() + timedelta(days=1)
        people = create_people(town.hospital, 3, tags=["visit"])
        visits = [
            factories.create_appointment(
                provider=town.priya, patient=each, starts_at=at + timedelta(minutes=n)
            )
            for n, each in enumerate(people)
        ]
        day = timezone.localdate(at, ZoneInfo("Asia/Riyadh")).isoformat()
        words = [Words(body_en="{first_name}, {date} {time} with {provider_name}: {link}")]
        bulk = create_bulk(
            town.dana, audience=Audience.APPOINTMENTS, parameters={"day": day}, variants=words
        )
        return bulk, visits

    def test_what_changed_before_it_is_queued_is_left_out(self, town: Cast) -> None:
        bulk, (kept, cancelled, moved) = self.appointments(town)
        appointments.cancel(appointment=cancelled, reason="ill", by=town.dana)
        later = moved.starts_at + timedelta(hours=1)
        appointments.reschedule(appointment=moved, starts_at=later, by=town.dana, reason="")
        bulk = send(bulk, town.dana)
        assert [message.patient_id for message in messages(bulk)] == [kept.patient_id]
        assert set(reasons(bulk).values()) == {Reason.VISIT_CANCELLED, Reason.VISIT_MOVED}
        assert bulk.included == 1
        assert messages(bulk)[0].expires_at == kept.starts_at

    def test_what_changes_afterwards_is_not_sent(self, town: Cast, scripted: Scripted) -> None:
        bulk, (kept, cancelled, moved) = self.appointments(town)
        send(bulk, town.dana)
        appointments.cancel(appointment=cancelled, reason="ill", by=town.dana)
        later = moved.starts_at + timedelta(hours=1)
        appointments.reschedule(appointment=moved, starts_at=later, by=town.dana, reason="")
        drain(scripted)
        found = {message.patient_id: (message.status, message.reason) for message in messages(bulk)}
        assert found == {
            kept.patient_id: (Status.SENT, ""),
            cancelled.patient_id: (Status.SUPPRESSED, Reason.VISIT_CANCELLED),
            moved.patient_id: (Status.SUPPRESSED, Reason.VISIT_MOVED),
        }

    def test_stop_in_between_counts(self, town: Cast, scripted: Scripted) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        stopped = messages(bulk)[3]
        assert stopped.patient is not None
        prefer(stopped.patient, sms=False)
        drain(scripted)
        stopped.refresh_from_db()
        assert (stopped.status, stopped.reason) == (Status.SUPPRESSED, Reason.OPTED_OUT)
        assert len(scripted.taken) == 11

    def test_it_follows_to_a_new_number(
        self, town: Cast, scripted: Scripted, django_capture_on_commit_callbacks: Any
    ) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        one = messages(bulk)[0]
        assert one.patient is not None
        with django_capture_on_commit_callbacks(execute=True):
            patients.update_patient(patient=one.patient, by=town.dana, phone="0555555555")
        drain(scripted)
        assert "+966555555555" in {message.to for message in scripted.taken}
        assert len(scripted.taken) == 12


class TestNextChannel:
    def test_own_words_go_on_to_the_next_channel(self, town: Cast, use: Use) -> None:
        provider = Scripted(Refusal("no_such_number", permanent=True))
        use(provider)
        words = [Words(subject_en="For {first_name}", body_en="Dear {first_name}, hello.")]
        bulk = create_bulk(town.dana, channels=[Channel.SMS, Channel.EMAIL], variants=words)
        send(bulk, town.dana)
        first = messages(bulk)[0]
        sender.send_due([Channel.SMS, Channel.EMAIL], 100)
        first.refresh_from_db()
        assert (first.channel, first.status) == (Channel.EMAIL, Status.SENT)
        assert (first.subject, first.address) == ("For Layla", "p1@example.org")

    def test_a_strangers_row_goes_on_to_its_other_address(self, town: Cast, use: Use) -> None:
        provider = Scripted(Refusal("no_such_number", permanent=True))
        use(provider)
        bulk = create_bulk(
            town.dana,
            audience=Audience.FILE,
            channels=[Channel.SMS, Channel.EMAIL],
            variants=[Words(subject_en="Bill", body_en="{amount} due")],
            source="phone,email,amount\n0551112222,stranger@example.org,25\n",
        )
        send(bulk, town.dana)
        sender.send_due([Channel.SMS, Channel.EMAIL], 100)
        (one,) = messages(bulk)
        assert (one.address, one.body, one.status) == ("stranger@example.org", "25 due", "sent")


class TestStopping:
    def test_a_pause_holds_from_the_next_claim(self, town: Cast, scripted: Scripted) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        drain(scripted, limit=5)
        bulk = actions.pause_bulk(bulk=bulk, by=town.dana)
        assert drain(scripted) == []
        assert len(scripted.taken) == 5
        assert work(bulk).status == Bulk.PAUSED
        bulk = actions.resume_bulk(bulk=bulk, by=town.dana)
        drain(scripted)
        assert len(scripted.taken) == 12
        assert work(bulk).status == Bulk.COMPLETED
        with pytest.raises(Refused):
            actions.pause_bulk(bulk=bulk, by=town.dana)

    def test_a_pause_while_it_is_queued(self, town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queueing, "TOGETHER", 5)
        whole = queueing.queue
        pauses: list[BulkSend] = []

        def pausing(bulk: BulkSend) -> queueing.Chunk:
            chunk = whole(bulk)
            if not pauses:
                pauses.append(actions.pause_bulk(bulk=bulk, by=town.dana))
            return chunk

        bulk = create_bulk(town.dana)
        actions.send_bulk(bulk=bulk, by=town.dana)
        monkeypatch.setattr(queueing, "queue", pausing)
        bulk = work(bulk)
        assert len(messages(bulk)) < 12
        actions.resume_bulk(bulk=bulk, by=town.dana)
        work(bulk)
        assert len(messages(bulk)) == 12

    def test_cancelling_takes_back_what_has_not_left(self, town: Cast, scripted: Scripted) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        drain(scripted, limit=5)
        bulk = work(actions.cancel_bulk(bulk=bulk, by=town.dana))
        assert bulk.status == Bulk.CANCELLED
        assert bulk.completed_at is not None
        drain(scripted)
        assert len(scripted.taken) == 5
        assert len(messages(bulk, status=Status.CANCELLED, due_at=None)) == 7
        log = MessageLog.objects.filter(status=Status.CANCELLED)
        assert {step.actor for step in log} == {town.dana}
        with pytest.raises(Refused):
            actions.cancel_bulk(bulk=bulk, by=town.dana)
        with pytest.raises(Refused):
            actions.resume_bulk(bulk=bulk, by=town.dana)

    def test_cancelling_what_has_not_begun(self, town: Cast) -> None:
        bulk = actions.cancel_bulk(bulk=create_bulk(town.dana), by=town.dana)
        assert bulk.completed_at is not None
        assert runner.due() == []


class TestFailing:
    def test_what_failed_is_sent_again(self, town: Cast, use: Use) -> None:
        provider = Scripted(*[Refusal("no_such_number", permanent=True)] * 3)
        use(provider)
        bulk = send(create_bulk(town.dana), town.dana)
        drain(provider)
        bulk = work(bulk)
        assert bulk.status == Bulk.COMPLETED
        assert progress(bulk).failed == 3
        assert actions.retry_bulk(bulk=bulk, by=town.dana) == 3
        assert fresh(bulk).status == Bulk.SENDING
        drain(provider)
        bulk = work(bulk)
        assert bulk.status == Bulk.COMPLETED
        assert len(provider.taken) == 12
        assert progress(bulk).failed == 0
        with pytest.raises(Refused):
            actions.retry_bulk(bulk=bulk, by=town.dana)
        assert kinds(bulk).count("completed") == 2

    def test_no_storm_of_alerts(self, town: Cast, use: Use) -> None:
        provider = Scripted(*[Refusal("no_such_number", permanent=True)] * 12)
        use(provider)
        bulk = send(create_bulk(town.dana), town.dana)
        drain(provider)
        work(bulk)
        assert not Event.objects.filter(kind=Kind.MESSAGE_FAILED).exists()
        told = Event.objects.get(kind=Kind.BULK_SEND_COMPLETED)
        assert {key: told.data[key] for key in ("total", "successful", "failed")} == {
            "total": 12,
            "successful": 0,
            "failed": 12,
        }

    def test_a_receipt_after_the_end_opens_it_again(self, town: Cast, use: Use) -> None:
        provider = Scripted()
        use(provider)
        bulk = send(create_bulk(town.dana), town.dana)
        drain(provider)
        assert work(bulk).status == Bulk.COMPLETED
        moves = Moves()
        (one,) = locked(Message.objects.filter(pk=messages(bulk)[0].pk))
        moves.fail(one, "phone_off")
        moves.write()
        assert runner.due() == []
        assert fresh(bulk).status == Bulk.SENDING
        Message.objects.filter(pk=one.pk).update(due_at=timezone.now())
        drain(provider)
        assert work(bulk).status == Bulk.COMPLETED
        assert kinds(bulk).count("completed") == 1

    def test_a_fault_ends_it_and_it_may_go_on(
        self, town: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(bulk: BulkSend) -> queueing.Chunk:
            raise ValueError("Layla")

        bulk = create_bulk(town.dana)
        with monkeypatch.context() as patch:
            patch.setattr(queueing, "queue", broken)
            bulk = send(bulk, town.dana)
        assert bulk.status == Bulk.FAILED
        assert "ValueError" in bulk.failure
        assert "Layla" not in bulk.failure
        actions.resume_bulk(bulk=bulk, by=town.dana)
        assert len(messages(work(bulk))) == 12


class TestProgress:
    def test_by_status_and_variant(self, town: Cast, use: Use) -> None:
        both = [
            Words(body_en="A {first_name}", share=50),
            Words(body_en="B {first_name}", share=50),
        ]
        provider = Scripted(Refusal("no_such_number", permanent=True))
        use(provider)
        bulk = create_bulk(town.dana, variants=both)
        actions.send_bulk(bulk=bulk, by=town.dana)
        bulk = fresh(bulk)
        assert (progress(bulk).total, progress(bulk).left) == (0, 12)
        bulk = work(bulk)
        drain(provider, limit=6)
        sent = messages(bulk, status=Status.SENT)
        Message.objects.filter(pk=sent[0].pk).update(status=Status.READ, cost="0.1", currency="SAR")
        found = progress(bulk)
        assert (found.total, found.handed_over, found.failed, found.left) == (12, 5, 1, 6)
        assert (found.read, found.delivered) == (1, 1)
        assert found.cost.keys() == {"SAR"}
        assert sum(variant.total for variant in found.variants) == 12
        assert sum(variant.read for variant in found.variants) == 1
        rate = found.delivered_rate
        assert rate is not None
        assert round(rate, 1) == round(100 / 6, 1)
