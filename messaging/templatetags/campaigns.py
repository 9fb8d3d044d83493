"""Words and shapes of bulk sends: states, audiences, sums."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from messaging.campaigns import choices
from messaging.models import Campaign
from messaging.templatetags.messaging import money

register = template.Library()

Status, Audience = Campaign.Status, Campaign.Audience
# State -> (colour, icon). The word always stands next to them.
STATES = {
    Status.DRAFT: ("neutral", "pencil"),
    Status.PREPARING: ("info", "search"),
    Status.READY: ("brand", "check2-square"),
    Status.WAITING: ("warning", "person-check"),
    Status.SCHEDULED: ("info", "clock"),
    Status.SENDING: ("info", "send"),
    Status.PAUSED: ("warning", "pause-circle"),
    Status.COMPLETED: ("success", "check-circle-fill"),
    Status.CANCELLED: ("neutral", "slash-circle"),
    Status.FAILED: ("error", "x-octagon-fill"),
}
ICONS = {
    Audience.ALL: "people",
    Audience.TAGS: "tags",
    Audience.WARD: "door-open",
    Audience.APPOINTMENTS: "calendar-event",
    Audience.LIST: "clipboard",
    Audience.FILE: "filetype-csv",
}


@register.filter
def campaign_tone(status: str) -> str:
    return STATES[Status(status)][0]


@register.filter
def campaign_icon(status: str) -> str:
    return STATES[Status(status)][1]


@register.filter
def audience_icon(audience: str) -> str:
    return ICONS[Audience(audience)]


@register.filter
def audience_words(audience: str, everybody: int) -> str:
    """What choosing it means."""
    return {
        Audience.ALL: _("Everybody in the books: %(people)s")
        % {"people": choices.people(everybody)},
        Audience.TAGS: _("All who have one of the tags you choose"),
        Audience.WARD: _("All who are admitted there now"),
        Audience.APPOINTMENTS: _("Reminders, or a change to the day's plan"),
        Audience.LIST: _("Pasted, one on each line"),
        Audience.FILE: _("A CSV; its columns are placeholders"),
    }[Audience(audience)]


@register.filter
def whom(campaign: Campaign) -> str:
    """What its audience is made of: the tags, or the day."""
    given = campaign.parameters
    if tags := given.get("tags"):
        return ", ".join(tags)
    if day := given.get("day"):
        return formats.date_format(date.fromisoformat(day), _("D j M Y"))
    return ""


@register.filter
def sums(costs: Iterable[tuple[Decimal, str]]) -> str:
    """Amounts in several currencies, which are never added up."""
    return " + ".join(money(amount, currency) for amount, currency in costs) or "–"
