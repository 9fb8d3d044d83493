"""What messages have cost lately: the only price list that is true."""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum
from django.db.models.functions import Greatest

from messaging.models import Message

LOOKED_AT = 500  # of the hospital's newest messages: a constant cost at any number of rows


class Price(NamedTuple):
    """`amount` of one SMS part, or of one message where there are no parts."""

    amount: Decimal
    currency: str


def price_of(channel: str) -> Price | None:
    """The average price of a part on a channel, in the currency most is paid in; None: unknown."""
    newest = Message.objects.order_by("-id").values("pk")[:LOOKED_AT]
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
