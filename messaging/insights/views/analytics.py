"""Analytics: how messages did, by time, channel, template, cost, reason and hour."""

import io
from collections import defaultdict
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from messaging.channels import Channel
from messaging.insights import hours, tables
from messaging.insights import metrics as figures
from messaging.insights.charts import hour_chart, trend_chart
from messaging.insights.forms.analytics import PERIODS, AnalyticsFilter
from messaging.insights.metrics import Figures, Paid
from messaging.insights.spans import Span, Step
from wards.base.tables.writing import BOM
from wards.roles import Permission, requires
from wards.web import downloads
from wards.web.pages import vary, wants_part

MOST = 10  # rows of a table on the page; the file has all


class ByChannel(NamedTuple):
    """A row of the comparison of channels. `paid`: by currency."""

    channel: str
    figures: Figures
    waits: dict[int, float]
    paid: dict[str, Decimal]


@require_safe
@requires(Permission.VIEW_MESSAGES)
def analytics(request: HttpRequest) -> HttpResponse:
    """`?days=` 7, 30, 90 or 365, or `?since=` and `?until=`; `?by=` day, week or month."""
    filters = AnalyticsFilter(request.GET)
    (span, days), step = filters.chosen, filters.step
    channels = figures.by_channel(span)
    paid = figures.costs(span)
    context = {
        "span": span,
        "days": days,
        "periods": PERIODS,
        "step": step,
        "steps": list(Step),
        "total": sum(channels.values(), Figures()),
        "before": figures.in_all(span.before),
        "spent": _sums(paid),
        "channels": _channels(channels, figures.waits(span), paid),
        "percentiles": figures.PERCENTILES,
        "chart": trend_chart(figures.trend(span, step), step),
        "templates": figures.templates(span, MOST),
        "costs": [(each, list(rows)) for each, rows in groupby(paid[:50], lambda p: p.currency)],
        "reasons": figures.failures(span, MOST),
        "hours": _hours(),
        "hours_days": hours.DAYS,
    }
    name = "messaging/_analytics.html" if wants_part(request) else "messaging/analytics.html"
    return vary(render(request, name, context))


@require_safe
@requires(Permission.VIEW_MESSAGES)
def export(request: HttpRequest) -> FileResponse:
    """`?table=` of the page as CSV, with all its rows; the same filters."""
    table = request.GET.get("table", "trend")
    if table not in tables.TABLES:
        raise Http404
    filters = AnalyticsFilter(request.GET)
    span, _days = filters.chosen
    text = io.StringIO(newline="")
    tables.write(text, table, span, filters.step)
    file = io.BytesIO(f"{BOM}{text.getvalue()}".encode())
    return downloads.table(request, file, f"messages-{table}-{span.first}-{span.last}")


def _channels(
    channels: dict[str, Figures], waits: dict[str, dict[int, float]], paid: list[Paid]
) -> list[ByChannel]:
    return [
        ByChannel(name, f, waits.get(name, {}), _sums([p for p in paid if p.channel == name]))
        for name, f in channels.items()
    ]


def _sums(paid: list[Paid]) -> dict[str, Decimal]:
    """By currency: different ones are never added up."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in paid:
        sums[each.currency] += each.cost
    return {currency: amount for currency, amount in sums.items() if amount}


def _hours() -> list[dict[str, object]]:
    """For each channel that is sent on: its hours, drawn, and what they suggest."""
    found = hours.days(Span.of_days(hours.DAYS))
    return [
        {"day": day, "advice": (advice := hours.advice_of(day)), "chart": hour_chart(day, advice)}
        for day in found.values()
        if day.all.sent >= hours.ENOUGH and day.channel in Channel
    ]
