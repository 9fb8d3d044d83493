"""The dashboard: what went out lately, how it went, and what to look at now.

Reads tallies, so it takes as long with millions of messages as with thousands.
"""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.insights import attention, budgets, metrics
from messaging.insights.charts import trend_chart
from messaging.insights.metrics import Figures, share
from messaging.insights.spans import Span
from messaging.models import Message
from wards.roles import Permission, requires
from wards.web.pages import number, own_hospital, vary, wants_part

PERIODS = (7, 30, 90)
USUAL = 30
RECENT, REASONS = 6, 3


class Stat(NamedTuple):
    """A figure of a card; `change` against the period before, in percent or `points` of one."""

    label: str
    icon: str
    tone: str
    name: str
    value: float | None
    percent: bool
    change: float | None
    more_is_good: bool | None  # None: neither

    @property
    def trend(self) -> str:
        """What the change is to be thought of."""
        if not self.change or self.more_is_good is None:
            return "neutral"
        return "success" if (self.change > 0) == self.more_is_good else "error"


@require_safe
@requires(Permission.VIEW_MESSAGES)
def dashboard(request: HttpRequest) -> HttpResponse:
    """`?days=` 7, 30 or 90."""
    asked = number(request.GET.get("days"))
    days = asked if asked in PERIODS else USUAL
    span = Span.of_days(days)
    channels, before = metrics.by_channel(span), metrics.in_all(span.before)
    budget = budgets.of(own_hospital(request))
    total = sum(channels.values(), Figures())
    context = {
        "days": days,
        "periods": PERIODS,
        "total": total,
        "stats": _stats(total, before),
        "channels": channels,
        "chart": trend_chart(metrics.trend(span, span.usual_step), span.usual_step),
        "reasons": metrics.failures(span, REASONS),
        "attention": attention.items(total, budget),
        "budget": budget,
        "recent": _recent(),
    }
    name = "messaging/_dashboard.html" if wants_part(request) else "messaging/dashboard.html"
    return vary(render(request, name, context))


def _stats(now: Figures, before: Figures) -> list[Stat]:
    def counted(label: str, icon: str, tone: str, name: str, good: bool | None) -> Stat:
        new, old = getattr(now, name), getattr(before, name)
        return Stat(label, icon, tone, name, new, False, share(new - old, old), good)

    rates = (now.rate, before.rate)
    change = None if None in rates else (rates[0] or 0) - (rates[1] or 0)
    return [
        counted(_("Total"), "chat-dots", "brand", "total", None),
        counted(_("Arrived"), "check2-all", "success", "arrived", True),
        counted(_("Failed"), "exclamation-triangle-fill", "error", "lost", False),
        Stat(_("Waiting"), "hourglass-split", "info", "waiting", now.waiting, False, None, None),
        Stat(_("Success rate"), "bullseye", "success", "rate", now.rate, True, change, True),
    ]


def _recent() -> list[Message]:
    rows = Message.objects.select_related("patient", "user", "version__template")
    return list(rows.order_by("-pk")[:RECENT])
