"""What messages cost, and how much a month may cost: set by the hospital's managers."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import MessagingPolicy, Price
from wards import events
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event, Hospital, User


@transaction.atomic
def set_price(
    *,
    hospital: Hospital,
    by: User,
    channel: str,
    amount: Decimal,
    currency: str,
    provider: str = "",
    country: str = "",
    price: Price | None = None,
) -> Price:
    """Adds a price to the hospital's table, or changes `price`.

    Refused where another row says it for the same channel, carrier and country already, and where
    the row to be changed has been deleted meanwhile.
    """
    row = Price(hospital=hospital) if price is None else _current(price)
    row.channel, row.provider, row.country = channel, provider, country
    row.amount, row.currency = amount, currency
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as conflict:
        raise Refused(
            _("There is a price for this channel, carrier and country already.")
        ) from conflict
    _record(row, by, "changed" if price else "added")
    return row


@transaction.atomic
def delete_price(*, price: Price, by: User) -> None:
    """Takes a row out of the table. What messages have cost stays."""
    row = _current(price)
    _record(row, by, "deleted")
    row.delete()


@transaction.atomic
def set_budget(
    *, hospital: Hospital, by: User, limit: Decimal | None, currency: str, warning: int
) -> None:
    """How much a month may cost (None: as much as it takes), and when to warn, in percent of it.

    Nothing is stopped when it is spent: people are told.
    """
    policy, _made = MessagingPolicy.objects.get_or_create(hospital=hospital)
    policy.monthly_budget = limit
    policy.budget_currency, policy.budget_warning = currency, warning
    policy.save(update_fields=["monthly_budget", "budget_currency", "budget_warning"])
    data = {"limit": str(limit or ""), "currency": currency, "warning": warning}
    _tell(Kind.BUDGET_CHANGED, hospital, by, data)


def _current(price: Price) -> Price:
    """The row as it is now, locked; Refused where there is none any more."""
    found: Price | None = Price.objects.select_for_update().filter(pk=price.pk).first()
    if found is None:
        raise Refused(_("This price has been deleted."))
    return found


def _record(price: Price, by: User, change: str) -> None:
    data = {
        "price": price.pk,
        "change": change,
        "channel": price.channel,
        "provider": price.provider,
        "country": price.country,
        "amount": str(price.amount),
        "currency": price.currency,
    }
    _tell(Kind.PRICES_CHANGED, price.hospital, by, data)


def _tell(kind: Kind, hospital: Hospital, by: User, data: dict[str, Any]) -> None:
    events.record(kind, hospital=hospital, source=Event.Source.WEB, actor=by, data=data)
    events.touch(hospital, "costs")
