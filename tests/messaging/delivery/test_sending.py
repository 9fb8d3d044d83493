"""What becomes of a message on its way to the carrier."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope

from messaging import delivery
from messaging.carriers.base import Refusal
from messaging.channels import Channel
from messaging.delivery import claims, origins, sender
from messaging.models import CarrierState, Message, MessageLog
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import factories
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.outbox import (
    Scripted,
    drain,
    make_due,
    new_message,
    queue_message,
    queue_messages,
    steps,
    wrong_moves,
)
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.usefixtures("unscoped")


class TestQueue:
    def test_a_key_is_queued_once(self, cast: Cast) -> None:
        first = new_message(cast.hospital, key="once")
        again = new_message(cast.hospital, key="once")
        elsewhere = new_message(cast.other_hospital, key="once")
        without = [new_message(cast.hospital, key="") for _ in range(2)]
        assert len(delivery.queue([first, again, elsewhere, *without])) == 4
        assert delivery.queue([again]) == []
        assert Message.objects.count() == MessageLog.objects.count() == 4

    def test_everything_arrives_as_it_was(self, cast: Cast) -> None:
        message = new_message(
            cast.hospital,
            patient=cast.patient,
            user=cast.dana,
            channel=Channel.EMAIL,
            fallbacks=["sms", "whatsapp"],
            values={"patient_name": 'مريم "O\'Neil" \\ {x}', "n": 3},
            subject="Größe",
            body="Line\nnext, back\\slash, مرحبا 😀",
            cost=Decimal("0.0400"),
            urgent=True,
            expires_at=timezone.now(),
            language="ar",
        )
        (id_,) = delivery.queue([message])
        found = Message.objects.get(pk=id_)
        for field in Message._meta.concrete_fields:
            if field.name != "id":
                assert getattr(found, field.attname) == getattr(message, field.attname), field.name

    def test_one_statement_however_many(self, cast: Cast) -> None:
        for number in (1, 300):
            with CaptureQueriesContext(connection) as queries:
                queue_messages(cast.hospital, number)
            assert len(queries) == 2  # and the one that reads them back

    def test_what_was_suppressed_beforehand_stays_so(self, cast: Cast, scripted: Scripted) -> None:
        message = queue_message(
            cast.hospital, status=Status.SUPPRESSED, reason="opted_out", due_at=None
        )
        assert drain(scripted) == []
        assert steps(message) == [Status.SUPPRESSED]
        assert MessageLog.objects.get().detail == "opted_out"


class TestSending:
    def test_the_carrier_has_it_as_it_was_written(
        self, cast: Cast, carrier: CarrierProcess
    ) -> None:
        message = queue_message(cast.hospital, body="Your appointment is at 10:00.")
        tally = sender.send_due([Channel.SMS, Channel.EMAIL], 100)
        assert (tally.processed, dict(tally.by_channel), tally.errors) == (1, {"sms": 1}, 0)
        (taken,) = carrier.ledger()
        assert taken["reference"] == f"{message.pk}-1"
        assert (taken["recipient"], taken["body"]) == (message.address, message.body)
        assert taken["sender"] == "Rawdah General"
        message.refresh_from_db()
        assert (message.status, message.due_at) == (Status.SENT, None)
        assert (message.provider, message.provider_id) == ("sandbox", taken["id"])
        assert (message.cost, message.currency) == (Decimal("0.0400"), "USD")
        assert message.sent_at is not None
        assert steps(message) == ["queued", "sending", "sent"]

    def test_hundreds_go_out_together_in_few_statements(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        queue_messages(cast.hospital, 300)
        with CaptureQueriesContext(connection) as queries:
            drain(scripted)
        assert Message.objects.filter(status=Status.SENT).count() == 300
        assert len(scripted.taken) == len({m.reference for m in scripted.taken}) == 300
        assert len(queries) < 300

    def test_a_claim_takes_as_many_queries_however_many_messages(self, cast: Cast) -> None:
        CarrierState.objects.create(name="scripted", allowance=100)
        counts = set()
        for number in (1, 50):
            queue_messages(cast.hospital, number)
            with CaptureQueriesContext(connection) as queries:
                assert len(claims.claim(Channel.SMS, Scripted(), 100).messages) == number
            counts.add(len(queries))
        assert len(counts) == 1, counts

    def test_what_the_rate_holds_back_is_not_asked_for_again_and_again(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        scripted.rate = 20
        queue_messages(cast.hospital, 50)
        with CaptureQueriesContext(connection) as queries:
            drain(scripted)
        assert len(scripted.taken) == 50
        looks = [q for q in queries if "SKIP LOCKED" in q["sql"] and "'bounced'" in q["sql"]]
        assert len(looks) < 25

    def test_a_limit_is_kept(self, cast: Cast, scripted: Scripted) -> None:
        queue_messages(cast.hospital, 30)
        assert sender.send_due([Channel.SMS], 10).processed == len(scripted.taken) == 10

    def test_what_is_due_later_waits(self, cast: Cast, scripted: Scripted) -> None:
        queue_message(cast.hospital, due_at=timezone.now() + timedelta(minutes=5))
        assert drain(scripted) == []

    def test_the_name_of_the_hospital_is_in_the_patients_language(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        cast.hospital.name_ar = "مستشفى الروضة"
        cast.hospital.save()
        queue_message(cast.hospital, language="ar")
        drain(scripted)
        assert scripted.taken[0].sender == "مستشفى الروضة"

    def test_a_fault_of_ours_is_tried_again_and_its_text_not_kept(
        self, cast: Cast, use: Use, caplog: pytest.LogCaptureFixture
    ) -> None:
        carrier = Scripted(ValueError("Pat Patel"))
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.SENDING, "ValueError")
        assert "Patel" not in caplog.text


class TestNotAnyMore:
    def test_what_is_useless_by_now_is_not_sent(self, cast: Cast, scripted: Scripted) -> None:
        message = queue_message(cast.hospital, expires_at=timezone.now())
        assert drain(scripted) == []
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.SUPPRESSED, Reason.EXPIRED)
        assert message.attempts == 0

    def test_what_is_no_longer_true_is_not_sent(
        self, cast: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        untrue, true = queue_messages(cast.hospital, 2)
        monkeypatch.setattr(origins, "objections", lambda messages: {untrue.pk: "moved"})
        drain(scripted)
        untrue.refresh_from_db()
        assert (untrue.status, untrue.reason) == (Status.SUPPRESSED, "moved")
        assert [m.reference for m in scripted.taken] == [f"{true.pk}-1"]

    def test_a_channel_without_a_provider(self, cast: Cast, use: Use) -> None:
        use()
        message = queue_message(cast.hospital)
        assert sender.send_due([Channel.SMS], 10).processed == 0
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.SUPPRESSED, Reason.NO_PROVIDER)

    def test_a_provider_that_is_gone(self, cast: Cast, scripted: Scripted) -> None:
        message = queue_message(cast.hospital)
        claims.claim(Channel.SMS, scripted, 10)
        Message.objects.update(provider="former")
        for _ in range(2):
            make_due(message)
            sender.send_due([Channel.SMS], 10)
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.FAILED, Reason.OUTCOME_UNKNOWN)


class TestByHand:
    def test_cancelling_takes_back_what_has_not_left(self, cast: Cast, scripted: Scripted) -> None:
        event = factories.record_event(cast.hospital)
        queued, gone, held = queue_messages(cast.hospital, 3, event=event)
        other = queue_message(cast.hospital)
        Message.objects.filter(pk=gone.pk).update(status=Status.SENT, due_at=None)
        Message.objects.filter(pk=held.pk).update(status=Status.SENDING)
        assert delivery.cancel([event.pk], reason="withdrawn", by=cast.dana) == 1
        statuses = {m.pk: m.status for m in Message.objects.all()}
        assert statuses == {
            queued.pk: "cancelled",
            gone.pk: "sent",
            held.pk: "sending",
            other.pk: "queued",
        }
        assert MessageLog.objects.get(status=Status.CANCELLED).actor == cast.dana
        held.refresh_from_db()
        assert held.expires_at is not None, "it is not tried again"

    def test_retrying_begins_anew(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Refusal("no_such_number", permanent=True))
        use(carrier)
        message, sent = queue_messages(cast.hospital, 2)
        drain(carrier, limit=1)
        drain(carrier)
        with scope(hospital=cast.other_hospital.pk):
            assert delivery.retry([message.pk], by=cast.zed) == 0
        with scope(hospital=cast.hospital.pk):
            assert delivery.retry([message.pk, sent.pk], by=cast.dana) == 1
        drain(carrier)
        message.refresh_from_db()
        assert (message.status, message.attempts, message.tries) == (Status.SENT, 2, 1)
        assert steps(message) == ["queued", "sending", "bounced", "queued", "sending", "sent"]

    def test_failing_again_is_told_once(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(*[Refusal("no_such_number", permanent=True)] * 2)
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        delivery.retry([message.pk], by=cast.dana)
        drain(carrier)
        assert Event.objects.filter(kind=Kind.MESSAGE_FAILED).count() == 1


def test_histories_that_go_back_are_found() -> None:
    fine = [(1, "queued"), (2, "queued"), (1, "sending"), (1, "sent"), (1, "delivered")]
    assert list(wrong_moves(fine)) == []
    assert list(wrong_moves([*fine, (1, "sent")])) == [(1, "delivered", "sent")]
    assert list(wrong_moves([(3, "sending")])) == [(3, "", "sending")]
