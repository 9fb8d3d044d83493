"""What the inbox knows, for pages of the floor below, and the look of its own rows."""

from django import template
from django.db.models import Count
from django.utils import translation

from inbox.models import Category, Level, Notification
from wards.base import bidi
from wards.kinds import Kind
from wards.models import Result, Role, User

MOST_SHOWN = 8

register = template.Library()

LEVELS = {
    Level.INFO: ("info", "info-circle-fill"),
    Level.SUCCESS: ("success", "check-circle-fill"),
    Level.WARNING: ("warning", "exclamation-triangle-fill"),
    Level.ERROR: ("error", "x-octagon-fill"),
    Level.CRITICAL: ("critical", "exclamation-octagon-fill"),
}
CATEGORIES = {
    Category.ADMISSION: "box-arrow-in-right",
    Category.DISCHARGE: "box-arrow-right",
    Category.TRANSFER: "arrow-left-right",
    Category.APPOINTMENT: "calendar2-check",
    Category.TEST_RESULT: "clipboard2-pulse",
    Category.MEDICATION: "capsule",
    Category.BILLING: "receipt",
    Category.MESSAGING: "chat-dots",
    Category.SYSTEM: "gear",
    Category.OTHER: "three-dots",
}


@register.simple_tag
def unacknowledged(patients: list[int]) -> dict[int, int]:
    """How many critical results nobody has taken yet, by patient id; one query for a whole ward."""
    if not patients:
        return {}
    waiting = Notification.objects.filter(
        level=Level.CRITICAL,
        acknowledged_at=None,
        archived_at=None,  # also what was withdrawn
        event__patient__in=patients,
        event__kind=Kind.TEST_RESULT_CRITICAL,
    )
    counted = waiting.order_by().values("event__patient").annotate(n=Count("event", distinct=True))
    return {row["event__patient"]: row["n"] for row in counted}


@register.simple_tag
def alerts_of(user: User) -> list[Notification]:
    """The newest few that somebody was told, for those who care for them."""
    return list(Notification.objects.filter(recipient=user).order_by("-id")[:MOST_SHOWN])


@register.simple_tag
def told_of(result: Result) -> list[Notification]:
    """What everybody here was told of a result, those first who have taken it or read it."""
    told = result.notifications.exclude(recipient__role=Role.PATIENT)
    people = told.select_related("recipient", "acknowledged_by")
    return list(people.order_by("acknowledged_at", "read_at", "id"))


@register.filter
def of_reader(notes: list[Notification], user: User) -> Notification | None:
    """The reader's own among these."""
    return next((note for note in notes if note.recipient_id == user.pk), None)


@register.filter
def level_tone(level: str) -> str:
    return LEVELS[Level(level)][0]


@register.filter
def level_icon(level: str) -> str:
    return LEVELS[Level(level)][1]


@register.filter
def category_icon(category: str) -> str:
    return CATEGORIES[Category(category)]


@register.filter
def slugs(text: str) -> list[str]:
    """The words of a text, to loop over."""
    return text.split()


@register.filter
def direction(text: str) -> str:
    """The direction of an alert's sentence: of its own words, not of a name in it."""
    return bidi.direction(text, translation.get_language() or "en")
