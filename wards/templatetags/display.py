"""Words and small shapes that several pages share: times, ages, initials, states."""

import re
from collections.abc import Mapping
from datetime import datetime

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wards.base import clock
from wards.models import Admission, Appointment, Bed
from wards.views.appointment_verbs import offered

register = template.Library()

# State -> (colour, icon). The word always stands next to them.
BEDS = {
    Bed.Status.AVAILABLE: ("success", "check-circle"),
    Bed.Status.OCCUPIED: ("brand", "person-fill"),
    Bed.Status.CLEANING: ("info", "stars"),
    Bed.Status.MAINTENANCE: ("warning", "tools"),
}
VISITS = {
    Appointment.Status.BOOKED: ("neutral", "calendar"),
    Appointment.Status.CONFIRMED: ("info", "calendar-check"),
    Appointment.Status.ARRIVED: ("success", "person-check-fill"),
    Appointment.Status.IN_PROGRESS: ("brand", "activity"),
    Appointment.Status.COMPLETED: ("neutral", "check2-all"),
    Appointment.Status.CANCELLED: ("neutral", "x-circle"),
    Appointment.Status.NO_SHOW: ("warning", "person-dash"),
}


def ago_words() -> dict[str, str]:
    """The phrases of `ago`, also for the pages' script, which keeps them true (times.js)."""
    return {
        "now": _("now"),
        "minutes": _("%s min"),
        "hours": _("%s h"),
        "days": _("%s d"),
    }


@register.filter
def ago(moment: datetime) -> str:
    """How long ago, in one short unit: "now", "5 min", "3 h", "2 d"."""
    words, minutes = ago_words(), int((clock.now() - moment).total_seconds() // 60)
    if minutes < 1:
        return words["now"]
    if minutes < 60:
        return words["minutes"] % minutes
    if minutes < 48 * 60:
        return words["hours"] % (minutes // 60)
    return words["days"] % (minutes // 1440)


@register.simple_tag
def time_of_day() -> str:
    """What a clock on the wall shows at this moment, as 14:02; the page's script keeps it true."""
    return f"{clock.local():%H:%M}"


@register.filter
def age(years: int) -> str:
    """An age in words short enough for a card."""
    return ngettext("%(n)s yr", "%(n)s yrs", years) % {"n": years}


@register.filter
def initials(person: object) -> str:
    """At most two letters for an avatar."""
    parts = [part for part in str(person).replace("Dr.", "").replace("د.", "").split() if part]
    # Joined Arabic letters read as a word: a thin space keeps them apart.
    return "\u200a".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


@register.filter
def discreet(person: object) -> str:
    """A name for a screen in a corridor: the first name and one letter."""
    first, *rest = str(person).split() or [""]
    # The letter of "Al-Saud" or "السعود" that tells families apart is not that of the article.
    family = re.sub(r"^(ال|al-|el-)(?=.)", "", rest[-1], flags=re.IGNORECASE) if rest else ""
    return f"{first} {family[0]}." if family else first


@register.filter
def bed_tone(status: str) -> str:
    return BEDS[Bed.Status(status)][0]


@register.filter
def bed_icon(status: str) -> str:
    return BEDS[Bed.Status(status)][1]


@register.filter
def visit_tone(status: str) -> str:
    return VISITS[Appointment.Status(status)][0]


@register.filter
def visit_icon(status: str) -> str:
    return VISITS[Appointment.Status(status)][1]


@register.filter
def late(visit: Appointment) -> bool:
    """Expected, and its time has passed."""
    expected = visit.status in (Appointment.Status.BOOKED, Appointment.Status.CONFIRMED)
    return expected and visit.starts_at < clock.now()


@register.filter
def moves(visit: Appointment, may: Mapping[str, bool]) -> list[str]:
    """The verbs that somebody who may do that may apply to the appointment now."""
    return offered(visit, may)


@register.filter
def of_patient(counts: dict[int, int], stay: Admission | None) -> int:
    """The count that belongs to the patient of a stay; 0 for an empty bed."""
    return counts.get(stay.patient_id, 0) if stay else 0
