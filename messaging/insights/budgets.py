"""How much of this month's money for messages is spent, and who hears when it runs out.

A budget is in one currency; what was paid in others is shown beside it and never added up. Nothing
is stopped when it is spent: which messages may wait is for people to decide.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django_scopes import scope, scopes_disabled

from messaging.insights import counters
from messaging.insights.money import money
from messaging.insights.prices import Estimate, Price
from messaging.models import MessagingPolicy
from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, Hospital


class State(StrEnum):
    """How a month goes. The words are those of the CSS classes of tones where there is one."""

    UNLIMITED = "neutral"
    FINE = "success"
    WARNING = "warning"
    SPENT = "error"


@dataclass(frozen=True)
class Budget:
    """A hospital's month, which begins in its own time zone. `limit` None: no budget."""

    month: date
    spent: Decimal  # in the currency of the budget
    limit: Decimal | None
    currency: str
    warning: int  # percent
    others: list[Price] = field(default_factory=list)  # what was paid in other currencies

    @property
    def percent(self) -> int:
        """How much of it is spent; whole percents, rounded down: 100 is spent indeed."""
        return int(100 * self.spent / self.limit) if self.limit else 0

    @property
    def left(self) -> Decimal:
        """What may still be spent; not below zero."""
        return max((self.limit or Decimal()) - self.spent, Decimal())

    @property
    def state(self) -> State:
        if not self.limit:
            return State.UNLIMITED
        if self.percent >= 100:
            return State.SPENT
        return State.WARNING if self.percent >= self.warning else State.FINE


@dataclass(frozen=True)
class Effect:
    """What a bulk send would do to the budget."""

    cost: Decimal
    left: Decimal
    currency: str

    @property
    def percent(self) -> int:
        """Of what is left; rounded up."""
        return math.ceil(100 * self.cost / self.left) if self.left else 100

    @property
    def is_too_much(self) -> bool:
        return self.cost > self.left


def of(hospital: Hospital) -> Budget:
    """The hospital's month so far. Two queries; one where it was read with its policy."""
    policy = MessagingPolicy.of(hospital)
    month = clock.today(ZoneInfo(hospital.timezone)).replace(day=1)
    sums = spent(hospital, month)
    currency = policy.budget_currency if policy.monthly_budget else ""
    return Budget(
        month=month,
        spent=sums.pop(currency, Decimal()),
        limit=policy.monthly_budget or None,
        currency=currency,
        warning=policy.budget_warning,
        others=[Price(amount, other) for other, amount in sorted(sums.items())],
    )


def effect(budget: Budget, estimate: Estimate) -> Effect | None:
    """What a send that costs `estimate` would take; None without a budget or where nobody knows."""
    cost = next((sum_ for sum_ in estimate.sums if sum_.currency == budget.currency), None)
    if not budget.limit or cost is None:
        return None
    return Effect(cost.amount, budget.left, budget.currency)


def spent(hospital: Hospital, month: date) -> dict[str, Decimal]:
    """What the messages of the month that begins on this day have cost, by currency. One query."""
    with scope(hospital=hospital.pk):
        return counters.spent(month, _next(month) - timedelta(days=1))


def look() -> None:
    """Tells the managers of each hospital whose budget has come to its warning, or to its end.

    Once each, for a budget and a month: another budget is told of anew.
    """
    with scopes_disabled():
        policies = MessagingPolicy.objects.filter(monthly_budget__gt=0)
        for policy in policies.select_related("hospital__messaging_policy"):
            budget = of(policy.hospital)
            if budget.state in (State.WARNING, State.SPENT):
                _tell(policy.hospital, budget)


def _tell(hospital: Hospital, budget: Budget) -> None:
    assert budget.limit is not None
    limit = money(budget.limit, budget.currency)
    key = f"messaging.budget:{budget.month:%Y-%m}:{budget.state.name}:{limit}"
    data = {
        "percent": budget.percent,
        "spent": money(budget.spent, budget.currency),
        "limit": limit,
    }
    _record_once(hospital, key, data)


def _record_once(hospital: Hospital, key: str, data: Mapping[str, object]) -> None:
    known = Event.objects.filter(hospital=hospital, source=Event.Source.SYSTEM, key=key)
    if known.exists():
        return
    try:
        with transaction.atomic():
            events.record(
                Kind.MESSAGING_BUDGET,
                hospital=hospital,
                source=Event.Source.SYSTEM,
                data={**data},
                key=key,
            )
    except IntegrityError:
        pass  # somebody else was quicker


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
