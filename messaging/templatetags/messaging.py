"""Words and shapes of messages: states, channels, topics, money."""

from datetime import timedelta
from decimal import Decimal

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messaging import carriers
from messaging.channels import Channel, Topic
from messaging.insights import money as names
from messaging.insights.prices import Price
from messaging.models import Answer
from messaging.reasons import explained
from messaging.statuses import Status

register = template.Library()

# State -> (colour, icon). The word always stands next to them.
STATES = {
    Status.QUEUED: ("neutral", "hourglass-split"),
    Status.SENDING: ("info", "arrow-up-circle"),
    Status.SENT: ("info", "check2"),
    Status.DELIVERED: ("success", "check2-all"),
    Status.READ: ("success", "eye-fill"),
    Status.FAILED: ("error", "exclamation-triangle-fill"),
    Status.BOUNCED: ("error", "sign-stop-fill"),
    Status.CANCELLED: ("neutral", "slash-circle"),
    Status.SUPPRESSED: ("warning", "bell-slash-fill"),
}
CHANNELS = {
    Channel.SMS: "chat-square-text",
    Channel.WHATSAPP: "whatsapp",
    Channel.EMAIL: "envelope",
    Channel.PUSH: "window-stack",
    Channel.CHAT: "slack",
}
TOPICS = {
    Topic.CARE: "heart-pulse",
    Topic.CONFIRMATIONS: "calendar-check",
    Topic.REMINDERS: "alarm",
    Topic.RESULTS: "clipboard2-pulse",
    Topic.BILLING: "receipt",
    Topic.MARKETING: "megaphone",
    Topic.STAFF: "person-badge",
}


UNITS = (
    (86_400, gettext_noop("%(n)s d")),
    (3_600, gettext_noop("%(n)s h")),
    (60, gettext_noop("%(n)s min")),
    (1, gettext_noop("%(n)s s")),
)


@register.filter
def status_tone(status: str) -> str:
    return STATES[Status(status)][0]


@register.filter
def status_icon(status: str) -> str:
    return STATES[Status(status)][1]


@register.filter
def channel_icon(channel: str) -> str:
    return CHANNELS[Channel(channel)]


@register.filter
def channel_name(channel: str) -> str:
    return str(Channel(channel).label)


@register.filter
def topic_icon(topic: str) -> str:
    return TOPICS[Topic(topic)]


@register.filter
def provider_name(carrier: str) -> str:
    return carriers.label(carrier)


@register.filter
def country_name(code: str) -> str:
    return names.country(code)


@register.filter
def reason_words(reason: str) -> str:
    """Why it did not go out."""
    return explained(reason)


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency; fractions of a cent where it is no more than that."""
    return names.money(amount, currency)


@register.filter
def lapse(time: timedelta) -> str:
    """How long something took: "0.4 s", "12 s", "2 min", "3 h", "2 d"; two units at most."""
    seconds = max(time.total_seconds(), 0.0)
    if seconds < 9.95:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    left = round(seconds)
    parts = []
    for unit, words in UNITS:
        count, left = divmod(left, unit)
        if count:
            parts.append(_(words) % {"n": count})
    return " ".join(parts[:2])


@register.filter
def exactly(amount: Decimal, currency: str) -> str:
    """An amount as it was entered: two digits behind the point, or as many as it has."""
    return names.exactly(amount, currency)


@register.filter
def times(price: Price, parts: int) -> str:
    """What so many parts cost."""
    return money(price.amount * parts, price.currency)


@register.filter
def item(mapping: dict[str, object], key: str) -> object:
    """What a mapping has under a key, or nothing."""
    return mapping.get(key, "")


@register.simple_tag
def answers_waiting() -> int:
    """How many answers somebody has to read, at the reader's hospital."""
    return Answer.objects.filter(done_at=None).count()
