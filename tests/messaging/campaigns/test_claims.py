"""Bulk sends hold up nobody, and looking for what is due stays cheap."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.campaigns import actions, runner
from messaging.channels import Channel
from messaging.delivery import claims, orphans
from messaging.models import Campaign, CarrierState, Message
from messaging.statuses import Status
from tests.benchmarks.bulk_sends import POLICY
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.made_campaigns import create_campaign, fresh, messages, work
from tests.messaging.outbox import Scripted, drain, queue_message, queue_messages

pytestmark = pytest.mark.usefixtures("unscoped")
MANY = 100_000
INDEXES = ("messages_due", "messages_of_bulk_due", "messages_unanswered")


@pytest.fixture
def carrier(use: Use) -> Scripted:
    """One that takes as many as there are."""
    carrier = Scripted()
    carrier.rate = 1e6
    CarrierState.objects.create(name=carrier.name, allowance=1e6)
    use(carrier)
    return carrier


def fill(campaign: Campaign, number: int) -> None:
    """So many messages of the bulk send that are due."""
    with connection.cursor() as cursor:
        cursor.execute(
            FILL, {"bulk": campaign.pk, "hospital": campaign.hospital_id, "number": number}
        )
        cursor.execute("ANALYZE messaging_message")


FILL = """
INSERT INTO messaging_message (hospital_id, bulk_id, variant, key, topic, urgent, code, "values",
    channel, fallbacks, address, country, language, subject, body, parts, status, reason, due_at,
    attempts, tries, provider, provider_id, currency, created_at)
SELECT %(hospital)s, %(bulk)s, 0, 'bulk:' || %(bulk)s || ':' || n, 'care', false, '', '{}', 'sms',
    '{}', '+96650' || lpad(n::text, 7, '0'), 'SA', 'en', '', 'Hello', 1, 'queued', '',
    now() - interval '1 hour', 0, 0, '', '', '', now()
FROM generate_series(1, %(number)s) AS n
"""


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    """Being sent, to 100,000 people."""
    with connection.cursor() as cursor:
        cursor.execute(POLICY, {"hospital": cast.hospital.pk})
    campaign = create_campaign(cast.dana)
    started = {"status": Campaign.Status.SENDING, "started_at": timezone.now()}
    Campaign.objects.filter(pk=campaign.pk).update(**started, queued=2**31 - 1)
    fill(campaign, MANY)
    return fresh(campaign)


def plans(queries: list[dict[str, str]]) -> Iterator[str]:
    """How PostgreSQL does each statement that looks for what is due."""
    looks = ('"due_at" <=', '."due_at" IS NOT NULL', " due_at IS NOT NULL")
    for query in queries:
        sql = query["sql"]
        if sql.lstrip().startswith(("SELECT", "WITH")) and any(look in sql for look in looks):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}")
                yield "\n".join(line for (line,) in cursor.fetchall())


class TestBehindOneHundredThousand:
    def test_an_urgent_message_goes_out_in_the_next_claim(
        self, cast: Cast, campaign: Campaign, carrier: Scripted
    ) -> None:
        assert len(claims.claim(Channel.SMS, carrier, 10).messages) == 10
        urgent = queue_message(cast.hospital, urgent=True)
        plain = queue_message(cast.other_hospital)
        claim = claims.claim(Channel.SMS, carrier, 10)
        assert [message.pk for message in claim.messages[:2]] == [urgent.pk, plain.pk]
        assert {message.campaign_id for message in claim.messages[2:]} == {campaign.pk}
        assert len(claim.messages) == 10
        assert claim.more

    def test_every_look_uses_the_index_that_is_for_it(
        self, campaign: Campaign, carrier: Scripted
    ) -> None:
        with CaptureQueriesContext(connection) as queries:
            claims.claim(Channel.SMS, carrier, 10)
            claims.claim_unclear(Channel.SMS, carrier.name, 10)
            orphans.sweep()
            runner.due()
        found = list(plans(queries.captured_queries))
        assert len(found) >= 5
        for plan in found:
            assert "Seq Scan on messaging_message" not in plan
            assert any(index in plan for index in INDEXES), plan
        # One that is in order already: not all that are due are read and sorted.
        of_bulk = next(plan for plan in found if "messages_of_bulk_due" in plan)
        assert "Sort" not in of_bulk, of_bulk

    def test_as_many_queries_as_without(self, campaign: Campaign, carrier: Scripted) -> None:
        counts = set()
        for number in (1, 50):
            with CaptureQueriesContext(connection) as queries:
                assert len(claims.claim(Channel.SMS, carrier, number).messages) == number
            counts.add(len(queries))
        assert len(counts) == 1, counts


class TestTheirTurn:
    def start(self, cast: Cast, number: int) -> Campaign:
        campaign = create_campaign(cast.dana)
        started = {"status": Campaign.Status.SENDING, "started_at": timezone.now()}
        Campaign.objects.filter(pk=campaign.pk).update(**started, queued=2**31 - 1)
        fill(campaign, number)
        return fresh(campaign)

    @pytest.fixture(autouse=True)
    def _never_quiet(self, cast: Cast) -> None:
        with connection.cursor() as cursor:
            cursor.execute(POLICY, {"hospital": cast.hospital.pk})

    def test_the_oldest_first(self, cast: Cast, carrier: Scripted) -> None:
        first, second = self.start(cast, 5), self.start(cast, 5)
        taken = claims.claim(Channel.SMS, carrier, 7).messages
        assert [message.campaign_id for message in taken] == [first.pk] * 5 + [second.pk] * 2

    def test_a_paused_one_lets_the_others_pass(self, cast: Cast, carrier: Scripted) -> None:
        first, second = self.start(cast, 5), self.start(cast, 5)
        actions.pause_campaign(campaign=first, by=cast.dana)
        taken = claims.claim(Channel.SMS, carrier, 7)
        assert {message.campaign_id for message in taken.messages} == {second.pk}
        assert not taken.more

    def test_the_rate_is_for_the_others_first(self, cast: Cast, use: Use) -> None:
        carrier = Scripted()
        carrier.rate = 5
        use(carrier)
        campaign = self.start(cast, 20)
        single = queue_messages(cast.hospital, 4)
        taken = claims.claim(Channel.SMS, carrier, 20)
        assert {m.pk for m in single} < {m.pk for m in taken.messages}
        assert len(taken.messages) == 5
        assert taken.more
        assert Message.objects.filter(campaign=campaign, status=Status.QUEUED).count() == 19

    def test_a_lost_answer_of_a_paused_one_is_asked_for(
        self, cast: Cast, carrier: Scripted
    ) -> None:
        campaign = self.start(cast, 2)
        claims.claim(Channel.SMS, carrier, 10)
        actions.pause_campaign(campaign=campaign, by=cast.dana)
        Message.objects.update(due_at="2026-01-01T00:00Z")
        unclear = claims.claim_unclear(Channel.SMS, carrier.name, 10)
        assert {message.campaign_id for message in unclear} == {campaign.pk}

    def test_one_that_is_under_way_when_it_is_cancelled(
        self, cast: Cast, carrier: Scripted
    ) -> None:
        campaign = self.start(cast, 3)
        (held,) = claims.claim(Channel.SMS, carrier, 1).messages
        campaign = work(actions.cancel_campaign(campaign=campaign, by=cast.dana))
        assert campaign.completed_at is None, "nobody knows yet what became of one"
        held.refresh_from_db()
        assert (held.status, held.expires_at is not None) == (Status.SENDING, True)
        Message.objects.filter(pk=held.pk).update(status=Status.SENT, due_at=None)
        assert runner.due() == [campaign.pk]
        assert work(campaign).completed_at is not None
        assert len(messages(campaign, status=Status.CANCELLED)) == 2

    def test_a_fault_of_ours_holds_up_one_message(self, cast: Cast, carrier: Scripted) -> None:
        self.start(cast, 3)
        assert claims.put_off(Channel.SMS)
        assert len(drain(carrier)) == 2
