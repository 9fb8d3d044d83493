"""How a bulk send ends: paused, cancelled, failed, and how far it came."""

import pytest
from django.utils import timezone

from messaging.campaigns import actions, queueing, runner
from messaging.campaigns.actions import Words
from messaging.campaigns.progress import progress
from messaging.delivery.transitions import Moves, locked
from messaging.messages.actions import retry_messages
from messaging.models import BulkSend, Message, MessageLog
from messaging.providers.base import Refusal
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.bulks import (
    create_bulk,
    fresh,
    kinds,
    messages,
    send,
    work,
)
from tests.messaging.conftest import Use
from tests.messaging.outbox import Scripted, drain
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.usefixtures("unscoped")
Bulk = BulkSend.Status
Audience = BulkSend.Audience


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

    def test_nothing_of_a_cancelled_one_is_tried_again(self, town: Cast, use: Use) -> None:
        provider = Scripted()
        use(provider)
        bulk = send(create_bulk(town.dana), town.dana)
        drain(provider)
        actions.cancel_bulk(bulk=bulk, by=town.dana)
        assert work(bulk).completed_at is not None
        moves = Moves()
        (one,) = locked(Message.objects.filter(pk=messages(bulk)[0].pk))
        moves.fail(one, "phone_off")
        moves.write()
        assert runner.due() == [bulk.pk]
        work(bulk)
        one.refresh_from_db()
        assert (one.status, one.due_at) == (Status.CANCELLED, None)
        assert runner.due() == []
        Message.objects.filter(pk=one.pk).update(status=Status.FAILED)
        with pytest.raises(Refused):
            retry_messages(message_ids=[one.pk], by=town.dana)

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
        assert found.figures.rate == 50, "of those whose end is known, as on every page"
