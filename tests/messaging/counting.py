"""What the tallies must say, worked out message by message in Python."""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django_scopes import scopes_disabled

from messaging.models import Message, MessageCounter

STOPPED = ("failed", "bounced", "cancelled", "suppressed")
COLUMNS = (
    "hospital_id", "cube", "day", "channel", "status", "version_id", "provider", "country",
    "reason", "currency", "hour", "soon", "wait", "campaign_id", "variant",
)  # fmt: skip


class Sums(NamedTuple):
    messages: int = 0
    parts: int = 0
    cost: Decimal = Decimal(0)


Cells = dict[tuple[tuple[str, Any], ...], Sums]


def kept() -> Cells:
    """What the tallies say."""
    with scopes_disabled():
        rows = list(
            MessageCounter.objects.filter(whole_month=False)
            .order_by()
            .values(*COLUMNS)
            .annotate(sum_messages=Sum("messages"), sum_parts=Sum("parts"), sum_cost=Sum("cost"))
        )
    cells = {
        _cell(**{name: row[name] for name in COLUMNS}): Sums(
            row["sum_messages"], row["sum_parts"], row["sum_cost"]
        )
        for row in rows
    }
    return {cell: sums for cell, sums in cells.items() if sums != Sums()}


def counted() -> Cells:
    """What there is."""
    cells: Cells = defaultdict(Sums)
    with scopes_disabled():
        for message in Message.objects.select_related("hospital"):
            for cell, sums in _cells(message):
                so_far = cells[cell]
                cells[cell] = Sums(
                    so_far.messages + sums.messages,
                    so_far.parts + sums.parts,
                    so_far.cost + sums.cost,
                )
    return dict(cells)


def _cell(**columns: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((k, v) for k, v in columns.items() if v not in (None, "")))


def _cells(m: Message) -> Iterator[tuple[tuple[tuple[str, Any], ...], Sums]]:
    zone = ZoneInfo(m.hospital.timezone)
    day = m.created_at.astimezone(zone).date()
    reason = m.reason.split(":")[0][:64] if m.status in STOPPED else ""
    priced = m.cost is not None
    cost = m.cost if m.cost is not None else Decimal(0)
    one, sms = Sums(1), Sums(1, m.parts)
    here: dict[str, Any] = {"hospital_id": m.hospital_id, "channel": m.channel}
    by_day = here | {"day": day}
    yield _cell(cube="status", status=m.status, **by_day), sms
    if m.version_id:
        words = {"version_id": m.version_id, "status": m.status}
        yield _cell(cube="template", hospital_id=m.hospital_id, day=day, **words), one
    if priced:
        price = {"provider": m.provider, "country": m.country, "currency": m.currency}
        yield _cell(cube="cost", **by_day, **price), Sums(1, m.parts, cost)
    if reason:
        yield _cell(cube="reason", status=m.status, reason=reason, **by_day), one
    if m.sent_at and m.delivered_at:
        wait = max((m.delivered_at - m.sent_at).total_seconds(), 0.1)
        yield _cell(cube="wait", wait=math.floor(math.log(wait) / math.log(1.1)), **by_day), one
    if m.sent_at and m.topic != "staff":
        soon = _within(m.sent_at, m.delivered_at, minutes=10) + 2 * _within(
            m.sent_at, m.read_at, minutes=60
        )
        yield _cell(cube="hour", hour=m.sent_at.astimezone(zone).hour, soon=soon, **by_day), one
    if m.campaign_id:
        more = {
            "campaign_id": m.campaign_id,
            "variant": m.variant,
            "status": m.status,
            "reason": reason,
        }
        money = m.currency if priced else ""
        yield _cell(cube="bulk", currency=money, **here, **more), Sums(1, m.parts, cost)


def _within(begin: Any, end: Any, *, minutes: int) -> int:
    return int(end is not None and end <= begin + timedelta(minutes=minutes))
