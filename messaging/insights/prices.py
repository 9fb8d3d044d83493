"""What a message costs: by the hospital's table of prices, or else what was paid lately.

Amounts are of an SMS part, or of a message of another channel. Currencies are never added up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum
from django.db.models.functions import Greatest

from messaging import carriers, models
from messaging.channels import Channel
from messaging.contacts import phones
from messaging.models import Message
from messaging.statuses import HANDED_OVER
from wards.models import Hospital

LOOKED_AT = 500  # of the hospital's newest messages: a constant cost at any number of rows


class Price(NamedTuple):
    """`amount` of one SMS part, or of one message where there are no parts."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Estimate:
    """What so many messages will cost: a sum a currency, the largest first."""

    sums: list[Price] = field(default_factory=list)
    unpriced: int = 0  # parts of which nobody knows what they cost


class Table:
    """The prices of some hospitals, read once: the most specific row counts.

    That is the one of the carrier for the country, else of the country, else of the carrier,
    else the one of the channel.
    """

    def __init__(self, hospital_ids: Iterable[int]) -> None:
        rows = models.Price.objects.filter(hospital__in=set(hospital_ids))
        self._prices = {
            (row.hospital_id, row.channel, row.provider, row.country): Price(
                row.amount, row.currency
            )
            for row in rows
        }

    def of(self, hospital_id: int, channel: str, carrier: str, country: str) -> Price | None:
        """The price of a part; None where no row says."""
        for by, where in ((carrier, country), ("", country), (carrier, ""), ("", "")):
            if price := self._prices.get((hospital_id, channel, by, where)):
                return price
        return None


def price_of(
    hospital: Hospital, channel: str, carrier: str = "", country: str = ""
) -> Price | None:
    """The price of a part on a channel; None: unknown. Two queries at most.

    `carrier` is the one that comes first, unless given; `country` is ISO 3166 (SA), for phones the
    hospital's own unless given.
    """
    if channel in (Channel.SMS, Channel.WHATSAPP):
        country = country or phones.country(hospital.phone, hospital.timezone)
    table = Table([hospital.pk])
    listed = table.of(hospital.pk, channel, carrier or preferred_carrier(channel), country)
    return listed or paid_lately(hospital, channel)


def estimate(hospital: Hospital, counts: Mapping[tuple[str, str], int]) -> Estimate:
    """What `counts` costs: (channel, country) -> parts, or messages where there are no parts.

    One query, and one more for each channel without a price in the table.
    """
    table = Table([hospital.pk])
    paid: dict[str, Price | None] = {}
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    unpriced = 0
    for (channel, country), parts in counts.items():
        price = table.of(hospital.pk, channel, preferred_carrier(channel), country)
        if price is None:
            if channel not in paid:
                paid[channel] = paid_lately(hospital, channel)
            price = paid[channel]
        if price is None:
            unpriced += parts
        else:
            sums[price.currency] += price.amount * parts
    every = sorted((Price(amount, currency) for currency, amount in sums.items()), reverse=True)
    return Estimate(every, unpriced)


def fill(messages: Iterable[Message]) -> None:
    """Puts the table's price into those that a carrier took without saying what it takes.

    In memory; one query for all of them, none where every carrier says.
    """
    unsaid = [m for m in messages if m.cost is None and m.provider and m.status in HANDED_OVER]
    if not unsaid:
        return
    table = Table(message.hospital_id for message in unsaid)
    for message in unsaid:
        where = message.channel, message.provider, message.country
        if price := table.of(message.hospital_id, *where):
            message.cost = price.amount * max(message.parts, 1)
            message.currency = price.currency


def preferred_carrier(channel: str) -> str:
    """Who carries a channel while all are well; "" where nobody does."""
    return next((each.name for each in carriers.for_channel(Channel(channel))), "")


def paid_lately(hospital: Hospital, channel: str) -> Price | None:
    """The average price of a part among the newest messages, in the currency most is paid in."""
    newest = Message.objects.filter(hospital=hospital).order_by("-id").values("pk")[:LOOKED_AT]
    paid = Message.objects.filter(pk__in=newest, channel=channel).exclude(cost=None)
    sums = (
        paid.order_by()
        .values("currency")
        .annotate(cost=Sum("cost"), parts=Sum(Greatest("parts", 1)))
    )
    dearest = max(sums, key=lambda row: row["parts"], default=None)
    if dearest is None:
        return None
    return Price(dearest["cost"] / dearest["parts"], dearest["currency"])
