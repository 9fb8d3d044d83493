"""What is read from the tallies, and counting afresh."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_scopes import scope

from messaging.channels import Channel
from messaging.insights import counters
from messaging.models import Message, MessageCounter
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.counting import counted, kept
from tests.messaging.insights.test_counters import create_campaign
from tests.messaging.outbox import queue_messages

S = Status


class TestCommand:
    def test_it_counts_what_triggers_did_not_see(self, floor: Cast) -> None:
        queue_messages(floor.hospital, 2)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            queue_messages(floor.hospital, 3)
            cursor.execute("SET LOCAL session_replication_role = origin")
        assert kept() != counted()
        call_command("recount_messages", hospital=floor.other_hospital.pk)
        assert kept() != counted()
        call_command("recount_messages")
        assert kept() == counted()
        assert not MessageCounter.objects.filter(loose=True).exists()

    def test_a_hospital_that_there_is_not(self, db: None) -> None:
        with pytest.raises(CommandError):
            call_command("recount_messages", hospital=2**40)


class TestReading:
    def test_of_a_bulk_send(self, floor: Cast) -> None:
        campaign, other = (create_campaign(floor.hospital, floor.dana) for _ in range(2))
        queue_messages(floor.hospital, 3, campaign=campaign, parts=2)
        queue_messages(
            floor.hospital, 1, campaign=campaign, variant=1, channel=Channel.EMAIL, parts=0
        )
        queue_messages(floor.hospital, 5, campaign=other)
        Message.objects.filter(campaign=campaign, variant=0).update(
            status=S.FAILED, reason="unreachable", cost=Decimal("0.5"), currency="SAR"
        )
        counters.fold()
        Message.objects.filter(
            pk=Message.objects.filter(campaign=campaign).order_by("pk")[0].pk
        ).update(status=S.READ, reason="")
        assert counters.of_campaigns([campaign.pk])[campaign.pk] == [
            (0, "sms", "failed", "unreachable", 2, 4, Decimal("1.0"), "SAR"),
            (0, "sms", "read", "", 1, 2, Decimal("0.5"), "SAR"),
            (1, "email", "queued", "", 1, 0, Decimal(0), ""),
        ]
        assert (
            sum(each.messages for each in counters.of_campaigns([campaign.pk, other.pk])[other.pk])
            == 5
        )
        with scope(hospital=floor.other_hospital.pk):
            assert counters.of_campaigns([campaign.pk]) == {}

    def test_what_was_spent(self, floor: Cast) -> None:
        today = timezone.localdate()
        for amount, currency, hospital in (
            ("0.5", "SAR", floor.hospital),
            ("0.25", "SAR", floor.hospital),
            ("2", "USD", floor.hospital),
            ("9", "SAR", floor.other_hospital),
        ):
            queue_messages(hospital, cost=Decimal(amount), currency=currency)
        assert counters.spent(today, today) == {"SAR": Decimal("0.75"), "USD": Decimal(2)}
        assert counters.spent(today - timedelta(days=9), today - timedelta(days=1)) == {}
