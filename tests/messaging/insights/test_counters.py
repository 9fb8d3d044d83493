"""The tallies are exact, whatever moves messages, and whoever adds up meanwhile."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from threading import Event as Flag
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Sum
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging import delivery
from messaging.carriers.base import Accepted, Receipt, Refusal, Unclear
from messaging.delivery import page_updates, receipts
from messaging.insights import counters
from messaging.models import Campaign, Message, MessageCounter, MessageLog, TemplateVersion
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.counting import counted, kept
from tests.messaging.outbox import Scripted, drain, make_due, new_message, queue_messages
from tests.processes import wait_for
from wards.forms.hospital import ZONES
from wards.models import Hospital, User

S = Status
_references = count(1)


class Undone(Exception):
    """Somebody pulls the plug."""


def create_campaign(hospital: Hospital, by: User) -> Campaign:
    with scope(hospital=hospital.pk):
        return Campaign.objects.create(
            hospital=hospital, name="Flu", audience="all", topic="care", channels=["sms"],
            created_by=by,
        )  # fmt: skip


def any_message(hospital: Hospital, chance: random.Random, campaigns: list[Campaign]) -> Message:
    """Queued, of any kind and any age."""
    campaign = chance.choice([None, *campaigns])
    return new_message(
        hospital,
        campaign=campaign,
        variant=chance.randrange(2) if campaign else 0,
        version=chance.choice(
            [None, *TemplateVersion.objects.filter(template__hospital=hospital)[:2]]
        ),
        topic=chance.choice(["care", "staff", "reminders"]),
        country=chance.choice(["", "SA", "DE"]),
        parts=chance.randrange(4),
        created_at=timezone.now() - timedelta(hours=chance.choice([1, 9, 100, 2000])),
    )


def move_something(
    hospital: Hospital, chance: random.Random, campaigns: list[Campaign], carrier: Scripted
) -> None:
    """One thing of all that happens to messages, through the code that does it."""
    there = list(Message.objects.filter(hospital=hospital).order_by("pk"))
    some = chance.sample(there, min(len(there), chance.randrange(1, 6)))
    step = chance.randrange(7)
    if step == 0 or not some:
        delivery.queue(
            [any_message(hospital, chance, campaigns) for _ in range(chance.randrange(1, 5))]
        )
    elif step == 1:
        answers: list[Any] = [
            Accepted(f"id{next(_references)}", cost=Decimal("0.0450"), currency="SAR"),
            Accepted(f"id{next(_references)}", cost=Decimal(0), currency="USD"),
            Refusal("busy: try later"),
            Refusal("550 no such number", permanent=True),
            Unclear("no_answer"),
        ]
        carrier.script = chance.sample(answers, 4)
        drain(carrier, limit=6)
    elif step in (2, 3):
        told = [S.SENT, S.DELIVERED, S.READ, S.FAILED, S.BOUNCED]
        after = timezone.now() + timedelta(seconds=chance.choice([0, 1, 50, 700, 5000]))
        receipts.apply(
            "scripted",
            [
                Receipt(chance.choice(told), reference=m.reference, at=after, code="x: y")
                for m in some
            ],
        )
    elif step == 4:
        make_due(*(m for m in some if m.due_at))
    elif step == 5:
        delivery.retry([m.pk for m in some], by=campaigns[0].created_by)
    else:
        untried = Message.objects.filter(pk=some[0].pk, attempts=0).select_for_update()
        MessageLog.objects.filter(message__in=list(untried)).delete()
        untried.delete()


def read(cube: MessageCounter.Cube, first: date, last: date) -> int:
    rows = counters.within(cube, first, last)
    return int(rows.aggregate(n=Sum("messages"))["n"] or 0)


def sums_between(cube: MessageCounter.Cube, first: date, last: date) -> int:
    """The same, of the messages there are."""
    cells = ((dict(cell), sums.messages) for cell, sums in counted().items())
    return sum(
        n
        for cell, n in cells
        if cell["cube"] == cube and "day" in cell and first <= cell["day"] <= last
    )


@pytest.mark.usefixtures("unscoped")
class TestExactness:
    @given(st.integers(min_value=0, max_value=10**9))
    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_whatever_happens(self, cast: Cast, scripted: Scripted, seed: int) -> None:
        """Sent, refused, heard of, tried again, deleted, undone; added up in between."""
        chance = random.Random(seed)
        hospitals = (cast.hospital, cast.other_hospital)
        campaigns = {
            h.pk: [create_campaign(h, u)]
            for h, u in zip(hospitals, (cast.dana, cast.zed), strict=True)
        }
        for _ in range(25):
            hospital = chance.choice(hospitals)
            with suppress(Undone), transaction.atomic():
                move_something(hospital, chance, campaigns[hospital.pk], scripted)
                if chance.random() < 0.15:
                    raise Undone
            if chance.random() < 0.2:
                counters.fold()
        assert kept() == counted()
        counters.fold()
        assert kept() == counted()
        assert not MessageCounter.objects.filter(loose=True).exists()
        assert not MessageCounter.objects.filter(messages=0).exists()
        for _ in range(3):  # some of it loose, some in whole months
            move_something(cast.hospital, chance, campaigns[cast.hospital.pk], scripted)
        for days in (0, 5, 40, 100, 200):
            last = timezone.localdate() - timedelta(days=chance.randrange(60))
            first = last - timedelta(days=days)
            for cube in MessageCounter.Cube:
                assert read(cube, first, last) == sums_between(cube, first, last)
        for hospital in hospitals:
            counters.recount(hospital)
        assert kept() == counted()

    def test_what_comes_by_copy(self, cast: Cast) -> None:
        columns = (
            "hospital_id, key, topic, urgent, code, values, channel, fallbacks, address, country,"
        )
        columns += "language, subject, body, parts, status, reason, attempts, tries, provider,"
        columns += "provider_id, currency, created_at, variant"
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY messaging_message ({columns}) FROM STDIN") as copy,
        ):
            for number in range(500):
                copy.write_row(
                    [cast.hospital.pk, f"copied:{number}", "care", False, "", "{}", "sms", "{}",
                     "+1", "SA", "en", "", "Hello", 2, "queued", "", 0, 0, "", "", "",
                     timezone.now(), 0]
                )  # fmt: skip
        assert kept() == counted()
        assert MessageCounter.objects.count() == 1, "many messages, one row"

    def test_a_statement_that_changes_no_figure_writes_nothing(self, cast: Cast) -> None:
        queue_messages(cast.hospital, 3)
        before = MessageCounter.objects.count()
        Message.objects.update(due_at=timezone.now(), attempts=7, body="Other words")
        assert MessageCounter.objects.count() == before

    def test_another_time_zone(self, cast: Cast) -> None:
        for hours in range(24):
            queue_messages(cast.hospital, created_at=timezone.now() - timedelta(hours=hours))
        counters.fold()
        seen = [kept()]
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"):
            Hospital.objects.filter(pk=cast.hospital.pk).update(timezone=zone)
            assert kept() == counted()
            assert kept() not in seen
            seen.append(kept())

    def test_postgresql_knows_every_time_zone_that_a_hospital_may_have(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(now() AT TIME ZONE z) FROM unnest(%s::text[]) AS z", [ZONES]
            )
            assert cursor.fetchone() == (len(ZONES),)


def same_snapshot() -> bool:
    """Whether both agree at one moment, while everything moves."""
    with scopes_disabled(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return kept() == counted()


def test_while_everybody_moves_messages_and_two_add_up(
    transactional_db: None, cast: Cast, scripted: Scripted
) -> None:
    """In each snapshot; nobody waits in a circle, nothing is added up twice."""
    campaigns = [create_campaign(cast.hospital, cast.dana)]
    over = Flag()

    def act(number: int) -> None:
        chance = random.Random(number)
        try:
            with scopes_disabled():
                for _ in range(60):
                    with suppress(Undone), transaction.atomic():
                        move_something(cast.hospital, chance, campaigns, scripted)
                        if chance.random() < 0.1:
                            raise Undone
        finally:
            connections.close_all()

    def add_up() -> int:
        folded = 0
        try:
            while not over.is_set():
                folded += counters.fold()
            return folded
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        folding = [pool.submit(add_up) for _ in range(2)]
        acting = [pool.submit(act, number) for number in range(3)]
        looks = 0
        while not all(each.done() for each in acting) or looks < 5:
            assert same_snapshot()
            looks += 1
        over.set()
        for each in acting:
            each.result()
        assert sum(each.result() for each in folding) > 0
    assert same_snapshot()
    counters.fold()
    assert same_snapshot()
    wait_for(lambda: not page_updates._waiting, what="the pages are told")
