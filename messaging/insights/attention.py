"""What somebody should look at: the short list at the top of the dashboard."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import carriers
from messaging.insights import budgets, money
from messaging.insights.metrics import Figures
from messaging.models import Campaign, CarrierState, Message
from messaging.statuses import Status
from wards.base import clock

LATE = timedelta(minutes=5)  # what is due goes out within seconds where a sender runs
CampaignStatus = Campaign.Status


class Item(NamedTuple):
    """One line; it leads to the address that `page` names, with `query`."""

    tone: str
    icon: str
    text: str
    detail: str = ""
    page: str = ""
    query: str = ""


def items(figures: Figures, budget: budgets.Budget) -> list[Item]:
    """The worst first, for the hospital in scope. Three queries."""
    return [*_late(), *_carriers(), *_budget(budget), *_failed(figures), *_campaigns()]


def _late() -> Iterator[Item]:
    due = Message.objects.filter(due_at__lt=clock.now() - LATE, campaign=None)
    if due.filter(status__in=(Status.QUEUED, Status.FAILED)).exists():
        yield Item(
            "critical",
            "hourglass-bottom",
            _("Messages are overdue"),
            _("Some should have gone out more than 5 minutes ago. Is the sender running?"),
            "messaging:messages",
            "?status=queued",
        )


def _carriers() -> Iterator[Item]:
    now = clock.now()
    for state in CarrierState.objects.filter(rests_until__gt=now).order_by("name"):
        assert state.rests_until is not None
        again = time_format(timezone.localtime(state.rests_until), "H:i:s")
        yield Item(
            "error" if state.unreachable_since else "warning",
            "plug",
            _("%(provider)s does not answer") % {"provider": carriers.label(state.name)},
            _("Messages take another way or wait. It is tried again at %(time)s.")
            % {"time": again},
        )


def _budget(budget: budgets.Budget) -> Iterator[Item]:
    if budget.limit is None or budget.state not in (budgets.State.WARNING, budgets.State.SPENT):
        return
    words = {
        "percent": budget.percent,
        "spent": money.money(budget.spent, budget.currency),
        "limit": money.money(budget.limit, budget.currency),
    }
    yield Item(
        budget.state,
        "wallet2",
        _("Budget for messages: %(percent)s%%") % words,
        _("%(spent)s of %(limit)s this month.") % words,
        "messaging:prices",
    )


def _failed(figures: Figures) -> Iterator[Item]:
    if n := figures.lost:
        yield Item(
            "warning",
            "exclamation-triangle-fill",
            ngettext("%(n)s message failed", "%(n)s messages failed", n) % {"n": f"{n:,}"},
            _("They can be sent again once the cause is gone."),
            "messaging:messages",
            "?status=failed",
        )


def _campaigns() -> Iterator[Item]:
    looked_at = (
        CampaignStatus.WAITING,
        CampaignStatus.PAUSED,
        CampaignStatus.FAILED,
        CampaignStatus.SENDING,
        CampaignStatus.SCHEDULED,
    )
    recent = clock.now() - timedelta(days=30)
    rows = Campaign.objects.filter(status__in=looked_at, created_at__gte=recent)
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    for status in looked_at:
        if n := counts.get(status, 0):
            tone, icon = _SHOWN[status]
            yield Item(tone, icon, _in_words(status, n), "", "messaging:bulks")


_SHOWN = {
    CampaignStatus.WAITING: ("warning", "person-check"),
    CampaignStatus.PAUSED: ("warning", "pause-circle"),
    CampaignStatus.FAILED: ("error", "x-octagon"),
    CampaignStatus.SENDING: ("info", "send"),
    CampaignStatus.SCHEDULED: ("neutral", "calendar-event"),
}


def _in_words(status: str, n: int) -> str:
    words = {
        CampaignStatus.WAITING: ngettext(
            "%(n)s bulk send waits for approval", "%(n)s bulk sends wait for approval", n
        ),
        CampaignStatus.PAUSED: ngettext(
            "%(n)s bulk send is paused", "%(n)s bulk sends are paused", n
        ),
        CampaignStatus.FAILED: ngettext("%(n)s bulk send failed", "%(n)s bulk sends failed", n),
        CampaignStatus.SENDING: ngettext(
            "%(n)s bulk send is going out", "%(n)s bulk sends are going out", n
        ),
        CampaignStatus.SCHEDULED: ngettext(
            "%(n)s bulk send is scheduled", "%(n)s bulk sends are scheduled", n
        ),
    }
    return words[CampaignStatus(status)] % {"n": n}
