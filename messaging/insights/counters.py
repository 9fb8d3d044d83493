"""How many messages there are of what kind, without counting messages.

PostgreSQL keeps the figures as messages move (see `MessageCounter`); everything here adds up a few
rows, however many messages there are. Reading is exact at any moment, folded or not.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from messaging.models import MessageCounter
from wards.models import Hospital

Cube = MessageCounter.Cube
DAY = timedelta(days=1)


class CampaignCount(NamedTuple):
    """Messages of a bulk send that are alike. `currency` is empty where no price is known."""

    variant: int
    channel: str
    status: str
    reason: str  # of ours without what follows its colon, or a carrier's code
    messages: int
    parts: int
    cost: Decimal
    currency: str


def of_campaigns(campaign_ids: Iterable[int]) -> dict[int, list[CampaignCount]]:
    """Where the messages of bulk sends are, by id; one without messages is absent.

    One query, which reads a handful of rows of each.
    """
    cells = (
        MessageCounter.objects.filter(campaign__in=list(campaign_ids))
        .order_by("campaign", "variant", "channel", "status", "reason")
        .values_list("campaign", "variant", "channel", "status", "reason", "currency")
        .annotate(messages=Sum("messages"), parts=Sum("parts"), cost=Sum("cost"))
        .exclude(messages=0)
    )
    found: dict[int, list[CampaignCount]] = {}
    for campaign, variant, channel, status, reason, currency, messages, parts, cost in cells:
        count = CampaignCount(variant, channel, status, reason, messages, parts, cost, currency)
        found.setdefault(campaign, []).append(count)
    return found


def spent(first: date, last: date) -> dict[str, Decimal]:
    """What messages created on these days (both included, local) cost, by currency.

    Of the hospital in scope. One query.
    """
    sums = within(Cube.COST, first, last).values_list("currency").annotate(paid=Sum("cost"))
    return {currency: paid for currency, paid in sums if paid}


def within(cube: MessageCounter.Cube, first: date, last: date) -> QuerySet[MessageCounter]:
    """The rows of a cube about messages created on these days, both included; to be added up.

    Whole months are read as such: a year is eleven of them and some days.
    """
    begin, end = _begin_of_month(first, after=True), _begin_of_month(last + DAY, after=False)
    if begin >= end:
        return by_day(cube, first, last)
    months = Q(whole_month=True, day__gte=begin, day__lt=end)
    not_yet = Q(loose=True, day__gte=begin, day__lt=end)
    days = Q(day__gte=first, day__lt=begin) | Q(day__gte=end, day__lte=last)
    return MessageCounter.objects.filter(
        months | not_yet | Q(days, whole_month=False), cube=cube
    ).order_by()


def by_day(cube: MessageCounter.Cube, first: date, last: date) -> QuerySet[MessageCounter]:
    """The same, for what is told apart by day."""
    rows = MessageCounter.objects.filter(cube=cube, whole_month=False, day__range=(first, last))
    return rows.order_by()


def _begin_of_month(day: date, *, after: bool) -> date:
    """The nearest beginning of a month, the day itself if it is one."""
    begin = day.replace(day=1)
    return begin if begin == day or not after else (begin + 31 * DAY).replace(day=1)


def fold() -> int:
    """Adds loose rows up, for reading to stay quick; how many. 0 where somebody is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT messaging_fold()")
        (folded,) = cursor.fetchone()
    return int(folded)


def recount(hospital: Hospital) -> None:
    """Counts a hospital's messages afresh. Messages do not move meanwhile: a second a million.

    Never needed, but for messages that were changed with triggers switched off (a restored
    backup). A change of the hospital's time zone does it by itself.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT messaging_recount(%s)", [hospital.pk])
