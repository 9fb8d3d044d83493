"""What carriers say became of messages, in any order and as often as they like."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging import delivery
from messaging.carriers.base import Accepted, Receipt, Refusal
from messaging.channels import Channel
from messaging.delivery import claims, receipts
from messaging.delivery.outcomes import NotTaken, Outcome, settle
from messaging.models import Message, MessageLog
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.outbox import (
    Scripted,
    drain,
    make_due,
    queue_message,
    queue_messages,
    steps,
    wrong_moves,
)
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.usefixtures("unscoped")
S = Status
REFUSALS = {"refuse": Refusal("busy"), "bounce": Refusal("none", permanent=True)}


@pytest.fixture
def sent(cast: Cast, scripted: Scripted) -> Message:
    """A message that the carrier has taken."""
    message = queue_message(cast.hospital)
    drain(scripted)
    message.refresh_from_db()
    assert message.status == S.SENT
    return message


def hear(message: Message, *statuses: Status, **fields: object) -> int:
    """Receipts of the message's attempt; how many moves they made."""
    given = {"reference": message.reference} | fields
    moves = receipts.apply("scripted", [Receipt(s, **given) for s in statuses])  # type: ignore[arg-type]
    message.refresh_from_db()
    return moves


def test_delivered_and_read(sent: Message) -> None:
    at = timezone.now()
    assert hear(sent, S.DELIVERED, at=at) == 1
    assert (sent.status, sent.delivered_at, sent.reason) == (S.DELIVERED, at, "")
    assert hear(sent, S.READ) == 1
    assert sent.status == S.READ
    assert steps(sent) == ["queued", "sending", "sent", "delivered", "read"]


@pytest.mark.parametrize("order", list(permutations([S.SENT, S.DELIVERED, S.READ])))
def test_any_order_and_twice(sent: Message, order: tuple[Status, ...]) -> None:
    hear(sent, *order, *order)
    assert sent.status == S.READ
    assert sent.read_at
    assert sent.delivered_at
    with scopes_disabled():
        log = MessageLog.objects.order_by("pk").values_list("message", "status")
        assert not list(wrong_moves(log))


def test_by_the_providers_id(sent: Message) -> None:
    assert hear(sent, S.DELIVERED, reference="", provider_id=sent.provider_id) == 1
    assert receipts.apply("another", [Receipt(S.READ, provider_id=sent.provider_id)]) == 0


def test_before_the_answer_to_the_call(cast: Cast, scripted: Scripted) -> None:
    """The receipt overtakes the answer; the answer still brings id and cost."""
    message = queue_message(cast.hospital)
    (claimed,) = claims.claim(Channel.SMS, scripted, 1).messages
    assert hear(claimed, S.DELIVERED) == 1
    settle(scripted, [Outcome(claimed, Accepted("theirs", Decimal("0.05"), "USD"))])
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.cost) == (
        S.DELIVERED,
        "theirs",
        Decimal("0.05"),
    )
    assert (message.due_at, message.sent_at is None) == (None, False)
    assert steps(message) == ["queued", "sending", "delivered"]


def test_it_is_what_an_unclear_call_waits_for(cast: Cast, scripted: Scripted) -> None:
    message = queue_message(cast.hospital)
    claims.claim(Channel.SMS, scripted, 1)  # and the sender dies
    message.refresh_from_db()
    hear(message, S.SENT)
    assert message.due_at is None, "nobody asks any more"
    assert drain(scripted) == []
    assert steps(message) == ["queued", "sending", "sent"]


def test_a_failure_is_tried_again(sent: Message, scripted: Scripted) -> None:
    hear(sent, S.FAILED, code="unreachable")
    assert (sent.status, sent.reason) == (S.FAILED, "unreachable")
    assert sent.due_at is not None
    assert 55 < (sent.due_at - timezone.now()).total_seconds() <= 60
    make_due(sent)
    drain(scripted)
    assert [m.reference for m in scripted.taken] == [f"{sent.pk}-1", f"{sent.pk}-2"]


def test_a_bounce_is_final(sent: Message) -> None:
    assert hear(sent, S.BOUNCED, S.BOUNCED, code="unknown_subscriber") == 1
    assert (sent.status, sent.due_at) == (S.BOUNCED, None)
    assert Event.objects.filter(kind=Kind.MESSAGE_FAILED).count() == 1


def test_nothing_takes_back_the_delivery_of_an_sms(sent: Message) -> None:
    hear(sent, S.DELIVERED)
    assert hear(sent, S.FAILED, S.BOUNCED, S.SENT) == 0
    assert sent.status == S.DELIVERED


class TestReturned:
    """A letter that one mail server took, and the one behind it sent back."""

    @pytest.fixture
    def letter(self, cast: Cast, scripted: Scripted) -> Message:
        message = queue_message(cast.hospital, channel=Channel.EMAIL, address="a@example.org")
        drain(scripted, Channel.EMAIL)
        message.refresh_from_db()
        return message

    def test_s15_it_is_shown_and_a_person_is_told(self, letter: Message) -> None:
        """07-delivered-then-bounced."""
        assert hear(letter, S.DELIVERED) == 1
        assert letter.delivered_at
        assert hear(letter, S.BOUNCED, code="bounced") == 1
        assert (str(letter.status), letter.reason) == (S.BOUNCED, "bounced")
        assert not Message.objects.get(pk=letter.pk).delivered_at
        assert steps(letter) == ["queued", "sending", "sent", "delivered", "bounced"]
        assert Event.objects.filter(kind=Kind.MESSAGE_FAILED).count() == 1
        assert hear(letter, S.BOUNCED, S.DELIVERED) == 0, "nothing is told twice"

    def test_s15_not_for_what_may_pass_nor_once_it_was_read(self, letter: Message) -> None:
        hear(letter, S.DELIVERED)
        assert hear(letter, S.FAILED) == 0
        hear(letter, S.READ)
        assert hear(letter, S.BOUNCED) == 0
        assert letter.status == S.READ

    def test_s15_nor_for_a_bounce_from_before(self, letter: Message) -> None:
        now = timezone.now()
        hear(letter, S.DELIVERED, at=now + timedelta(seconds=1))
        assert letter.delivered_at
        assert hear(letter, S.BOUNCED, at=letter.delivered_at - timedelta(minutes=1)) == 0


def test_an_earlier_attempt_that_arrived_after_all_ends_the_trying(
    sent: Message, scripted: Scripted
) -> None:
    hear(sent, S.FAILED)
    assert hear(sent, S.DELIVERED) == 1, "while it waits for the next try"
    assert sent.due_at is None
    assert drain(scripted) == []


def test_good_news_ends_what_was_queued_again_by_hand(
    cast: Cast, sent: Message, scripted: Scripted
) -> None:
    hear(sent, S.BOUNCED)
    delivery.retry([sent.pk], by=cast.dana)
    assert hear(sent, S.FAILED, S.BOUNCED, S.SENT) == 0, "bad news are old"
    assert hear(sent, S.DELIVERED) == 1
    assert drain(scripted) == []


def test_an_earlier_attempt_is_heard_while_another_is_under_way(
    sent: Message, scripted: Scripted
) -> None:
    first = sent.reference
    hear(sent, S.FAILED)
    make_due(sent)
    (claimed,) = claims.claim(Channel.SMS, scripted, 1).messages
    assert hear(sent, S.FAILED, S.SENT, reference=first) == 0, "only good news counts"
    assert hear(sent, S.DELIVERED, reference=first) == 1
    settle(scripted, [Outcome(claimed, Refusal("busy"))])
    sent.refresh_from_db()
    assert (sent.status, sent.due_at) == (S.DELIVERED, None)


def test_an_answer_that_comes_after_its_lease_changes_nothing(
    cast: Cast, scripted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    """Another sender has decided meanwhile, and is at it again."""
    message = queue_message(cast.hospital)
    (first,) = claims.claim(Channel.SMS, scripted, 1).messages
    settle(scripted, [Outcome(first, NotTaken())])
    (second,) = claims.claim(Channel.SMS, scripted, 1).messages
    settle(scripted, [Outcome(first, Refusal("no_such_number", permanent=True))])
    message.refresh_from_db()
    assert (message.status, message.attempts) == (S.SENDING, second.attempts)
    assert f"{message.pk}-1" in caplog.text


def test_bad_news_of_a_channel_that_was_left_are_old(sent: Message) -> None:
    hear(sent, S.FAILED)
    Message.objects.update(channel=Channel.EMAIL, tries=0, due_at=timezone.now())
    assert hear(sent, S.BOUNCED) == 0
    assert sent.status == S.FAILED


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt(S.DELIVERED, reference="999999999-1"),
        Receipt(S.DELIVERED, reference="99999999999999999999999-1"),
        Receipt(S.DELIVERED, reference="1; drop table"),
        Receipt(S.DELIVERED, provider_id="nobody's"),
        Receipt(S.DELIVERED),
    ],
    ids=str,
)
def test_what_is_about_nothing_of_ours(
    sent: Message, receipt: Receipt, caplog: pytest.LogCaptureFixture
) -> None:
    assert receipts.apply("scripted", [receipt]) == 0
    assert "drop table" not in caplog.text


def test_a_provider_does_not_speak_for_another(sent: Message) -> None:
    assert receipts.apply("another", [Receipt(S.DELIVERED, reference=sent.reference)]) == 0


def test_an_attempt_that_there_was_not(sent: Message) -> None:
    assert hear(sent, S.DELIVERED, reference=f"{sent.pk}-2") == 0
    assert hear(sent, S.DELIVERED, reference=f"{sent.pk}-0") == 0


def test_many_at_once_take_as_many_queries_as_one(cast: Cast, scripted: Scripted) -> None:
    messages = queue_messages(cast.hospital, 101)
    drain(scripted)
    counts = []
    for some in (messages[:1], messages[1:]):
        told = [Receipt(S.DELIVERED, reference=f"{message.pk}-1") for message in some]
        with CaptureQueriesContext(connection) as queries:
            assert receipts.apply("scripted", told) == len(some)
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


@given(
    told=st.lists(
        st.tuples(
            st.sampled_from([S.SENT, S.DELIVERED, S.READ, S.FAILED, S.BOUNCED]),
            st.integers(min_value=0, max_value=3),
        ),
        max_size=12,
    ),
    answers=st.lists(st.sampled_from(["accept", "refuse", "bounce", "retry"]), max_size=6),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_said_no_status_goes_back(
    cast: Cast,
    scripted: Scripted,
    told: list[tuple[Status, int]],
    answers: list[str],
) -> None:
    """Receipts of any attempt in any order, between any answers to calls."""
    message = queue_message(cast.hospital)
    left = list(told)
    for answer in answers:
        if answer in REFUSALS:
            scripted.script = [REFUSALS[answer]]
        Message.objects.filter(pk=message.pk, due_at__isnull=False).update(due_at=timezone.now())
        drain(scripted)
        for status, attempt in left[:2]:
            hear(message, status, reference=f"{message.pk}-{attempt}")
        left = left[2:]
    history = steps(message)
    assert not list(wrong_moves((message.pk, status) for status in history))
    message.refresh_from_db()
    assert history[-1] == message.status
    if {S.DELIVERED, S.READ} & set(history):
        assert message.status in (S.DELIVERED, S.READ)
        assert message.due_at is None
