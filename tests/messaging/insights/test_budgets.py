"""The month's money: counted in the hospital's month, told at the warning and at the end, once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from config.celery import app
from inbox.models import Level, Notification
from messaging import tasks
from messaging.campaigns.preview import preview
from messaging.insights import budgets
from messaging.insights.budgets import State
from messaging.insights.prices import Estimate, Price
from messaging.models import Campaign, Message, MessagingPolicy
from tests import costs, factories
from tests.cast import Cast, create_cast
from wards.kinds import Kind
from wards.models import Event, Hospital

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def allow(hospital: Hospital, limit: int | None = 100) -> None:
    """So many SAR a month, with a warning at 80 %."""
    with scopes_disabled():
        MessagingPolicy.objects.update_or_create(
            hospital=hospital, defaults={"monthly_budget": limit, "budget_currency": "SAR"}
        )


def pay(hospital: Hospital, cost: str, currency: str = "SAR", at: datetime | None = None) -> None:
    factories.create_delivered(
        hospital, cost=cost, currency=currency, created_at=at or timezone.now()
    )


def of(hospital: Hospital) -> budgets.Budget:
    with scopes_disabled():
        return budgets.of(Hospital.objects.get(pk=hospital.pk))


def told(hospital: Hospital) -> list[int]:
    with scopes_disabled():
        events = Event.objects.filter(hospital=hospital, kind=Kind.MESSAGING_BUDGET).order_by("id")
        return [event.data["percent"] for event in events]


class TestTheMonth:
    @pytest.mark.parametrize(
        ("spent", "percent", "state"),
        [
            ("0.01", 0, State.FINE),
            ("79.99", 79, State.FINE),
            ("80", 80, State.WARNING),
            ("99.99", 99, State.WARNING),
            ("100", 100, State.SPENT),
            ("250", 250, State.SPENT),
        ],
    )
    def test_how_it_goes(self, cast: Cast, spent: str, percent: int, state: State) -> None:
        allow(cast.hospital)
        pay(cast.hospital, spent)
        budget = of(cast.hospital)
        assert (budget.percent, budget.state) == (percent, state)
        assert budget.left == max(Decimal(100) - Decimal(spent), Decimal())

    def test_without_a_budget(self, cast: Cast) -> None:
        pay(cast.hospital, "5")
        for _ in range(2):
            budget = of(cast.hospital)
            assert (budget.limit, budget.state) == (None, State.UNLIMITED)
            assert budget.others == [Price(Decimal(5), "SAR")]
            allow(cast.hospital, None)

    def test_other_currencies_stand_beside_it(self, cast: Cast) -> None:
        allow(cast.hospital)
        pay(cast.hospital, "1")
        pay(cast.hospital, "2", "USD")
        budget = of(cast.hospital)
        assert (budget.spent, budget.others) == (Decimal(1), [Price(Decimal(2), "USD")])

    def test_it_is_the_hospitals_own(self, cast: Cast) -> None:
        pay(cast.other_hospital, "99")
        allow(cast.hospital)
        assert of(cast.hospital).spent == 0

    def test_it_begins_and_ends_where_the_hospital_is(self, cast: Cast) -> None:
        """22:30 UTC on the last of the month is the first of the next one in Riyadh."""
        Hospital.objects.filter(pk=cast.hospital.pk).update(timezone="Asia/Riyadh")
        for day, cost in [((2026, 2, 28), "1"), ((2026, 3, 31), "2"), ((2025, 12, 31), "4")]:
            pay(cast.hospital, cost, at=datetime(*day, 22, 30, tzinfo=UTC))
        with scopes_disabled():
            hospital = Hospital.objects.get(pk=cast.hospital.pk)
            for month, paid in [
                (date(2026, 3, 1), 1),
                (date(2026, 4, 1), 2),
                (date(2026, 1, 1), 4),
            ]:
                assert budgets.spent(hospital, month) == {"SAR": paid}
            assert budgets.spent(hospital, date(2025, 12, 1)) == {}


class TestTelling:
    def test_once_at_the_warning_and_once_at_the_end(self, cast: Cast) -> None:
        allow(cast.hospital)
        for cost in ("79", "2", "3", "20", "50"):
            pay(cast.hospital, cost)
            tasks.look_at_budgets()
            tasks.look_at_budgets()
        assert told(cast.hospital) == [81, 104]
        assert told(cast.other_hospital) == []

    def test_what_goes_past_both_at_once_is_told_once(self, cast: Cast) -> None:
        allow(cast.hospital)
        pay(cast.hospital, "120")
        budgets.look()
        budgets.look()
        assert told(cast.hospital) == [120]

    def test_another_budget_is_told_of_anew(self, cast: Cast) -> None:
        allow(cast.hospital)
        pay(cast.hospital, "120")
        budgets.look()
        allow(cast.hospital, 140)
        budgets.look()
        assert told(cast.hospital) == [120, 85]

    def test_another_month_too(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        allow(cast.hospital)
        pay(cast.hospital, "90")
        budgets.look()
        with scopes_disabled():
            Message.objects.update(created_at=datetime(2031, 5, 10, tzinfo=UTC))
        monkeypatch.setattr("wards.base.clock.today", lambda zone: date(2031, 5, 20))
        budgets.look()
        budgets.look()
        assert told(cast.hospital) == [90, 90]

    def test_managers_and_admins_see_it(self, cast: Cast) -> None:
        allow(cast.hospital, 2000)
        pay(cast.hospital, "1600")
        budgets.look()
        with scopes_disabled():
            for user in (cast.mona, cast.alice):
                alert = Notification.objects.get(recipient=user)
                assert alert.title == "Budget for messages: 80%"
                assert alert.message == "1,600.00 SAR of 2,000.00 SAR this month."
                assert (alert.level, alert.link) == (Level.WARNING, "/notifications/prices/")
            others = Notification.objects.exclude(recipient__in=[cast.mona, cast.alice])
            assert not others.exists()

    def test_beat_looks_every_five_minutes(self) -> None:
        entries = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
        assert entries["messaging.tasks.look_at_budgets"] == 300


class TestEffect:
    @pytest.mark.parametrize(
        ("cost", "percent", "too_much"),
        [("10", 50, False), ("0.01", 1, False), ("20", 100, False), ("20.01", 101, True)],
    )
    def test_of_what_is_left(self, cast: Cast, cost: str, percent: int, too_much: bool) -> None:
        allow(cast.hospital)
        pay(cast.hospital, "80")
        estimate = Estimate([Price(Decimal(9), "USD"), Price(Decimal(cost), "SAR")])
        effect = budgets.effect(of(cast.hospital), estimate)
        assert effect is not None
        assert (effect.percent, effect.is_too_much) == (percent, too_much)

    def test_none_where_nobody_knows(self, cast: Cast) -> None:
        estimate = Estimate([Price(Decimal(9), "USD")])
        assert budgets.effect(of(cast.hospital), estimate) is None
        allow(cast.hospital)
        assert budgets.effect(of(cast.hospital), estimate) is None


class TestWhereItIsShown:
    @pytest.fixture
    def campaign(self, cast: Cast) -> Campaign:
        """Prepared: 30 SMS to Saudi Arabia, ten of two parts to the Emirates, 5 e-mails."""
        cells = [
            [0, "sms", "SA", "en", "GSM-7", 1, 30],
            [0, "sms", "AE", "ar", "UCS-2", 2, 10],
            [0, "email", "", "en", "", 0, 5],
        ]
        costs.create_price(cast.hospital, "0.5", country="SA")
        costs.create_price(cast.hospital, "1", country="AE")
        with scopes_disabled():
            return Campaign.objects.create(
                hospital=cast.hospital,
                name="Open day",
                audience=Campaign.Audience.ALL,
                channels=["sms", "email"],
                created_by=cast.dana,
                included=45,
                preview={"cells": cells, "excluded": {}},
            )

    def test_a_preview_is_priced_by_country(self, cast: Cast, campaign: Campaign) -> None:
        with scopes_disabled():
            found = preview(campaign)
            assert found.cost == {"SAR": Decimal("35")}
            assert found.estimate.unpriced == 5
            assert found.effect is None

    def test_and_says_what_it_takes_of_what_is_left(self, cast: Cast, campaign: Campaign) -> None:
        allow(cast.hospital, 150)
        pay(cast.hospital, "80")
        with scopes_disabled():
            effect = preview(campaign).effect
        assert effect == budgets.Effect(Decimal(35), Decimal(70), "SAR")
        page = render_to_string("messaging/_effect.html", {"effect": effect})
        assert "50% of the 70.00 SAR" in page
        too_much = budgets.Effect(Decimal(71), Decimal(70), "SAR")
        assert "more than the 70.00 SAR" in render_to_string(
            "messaging/_effect.html", {"effect": too_much}
        )

    def test_the_dashboard(self, client: Client, cast: Cast) -> None:
        factories.sign_in(client, cast.dana)
        address = "/notifications/"
        assert "data-budget" not in client.get(address).content.decode()
        allow(cast.hospital)
        pay(cast.hospital, "50")
        page = client.get(address).content.decode()
        assert 'data-budget="50"' in page
        assert "Budget for messages" not in page
        pay(cast.hospital, "40")
        assert "Budget for messages: 90%" in client.get(address).content.decode()
