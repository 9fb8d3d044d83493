"""Rows of long lists, each rendered once for what it shows.

An event changes one row of a hundred. A row's template gets plain values and nothing else (no
request, no reader), so equal values are equal HTML, and what was rendered is good as long as
anybody asks for the same. Least used ones are forgotten.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from wards.models import Admission, Appointment, Bed, Ward
from wards.selectors import FINISHED
from wards.templatetags.display import ago, discreet, late
from wards.views.appointment_verbs import offered

REMEMBERED = 4_096  # rows, of about 3 KB

register = template.Library()


class VisitRow(NamedTuple):
    """What a row of the queue shows. `moves` are the verbs offered to its reader."""

    pk: int
    starts_at: datetime
    duration: int
    patient_id: int
    patient: str
    number: str | None
    age: int | None
    gender: str
    has_died: bool
    provider: str
    reason: str
    status: str
    status_words: str
    status_reason: str
    arrived_at: datetime | None
    since: str  # how long ago it came to be late, or the patient arrived
    is_late: bool
    is_cleared: bool
    has_consent: bool
    moves: tuple[str, ...]
    is_fresh: bool

    @property
    def is_over(self) -> bool:
        return self.status in FINISHED

    @property
    def has_menu(self) -> bool:
        return bool({"confirm", "no_show", "cancel", "reschedule"} & {*self.moves})


class Card(NamedTuple):
    """What a card of a board shows: a bed, a patient or both."""

    ward_id: int
    bed_id: int | None
    bed: str
    status: str
    status_words: str
    stay_id: int | None
    patient_id: int | None
    patient: str
    number: str | None
    age: int | None
    gender: str
    reason: str
    provider: str
    admitted_at: datetime | None
    since: str
    waiting: int
    may_manage: bool
    on_wall: bool


@register.simple_tag
def visit_row(visit: Appointment, may: Mapping[str, bool], fresh: bool = False) -> SafeString:
    """A row of the queue, with what its reader may do."""
    patient, is_late = visit.patient, late(visit)
    arrived_at = visit.arrived_at if visit.status == Appointment.Status.ARRIVED else None
    since = arrived_at or (visit.starts_at if is_late else None)
    row = VisitRow(
        visit.pk,
        visit.starts_at,
        visit.duration,
        patient.pk,
        str(patient),
        patient.number,
        patient.age,
        patient.get_gender_display(),
        bool(patient.deceased),
        str(visit.provider),
        visit.reason,
        visit.status,
        visit.get_status_display(),
        visit.status_reason,
        arrived_at,
        ago(since) if since else "",
        is_late,
        visit.financial_clearance,
        visit.consent_verified,
        tuple(offered(visit, may)),
        fresh,
    )
    return rendered("wards/_visit.html", row)


@register.simple_tag
def card(
    ward: Ward,
    bed: Bed | None,
    stay: Admission | None,
    waiting: int,
    may: Mapping[str, bool],
    wall: bool = False,
) -> SafeString:
    """A card of the board; `waiting`: the patient's critical alerts that nobody has taken."""
    patient = stay.patient if stay else None
    name = discreet(patient) if wall else str(patient)
    shown = Card(
        ward.pk,
        bed.pk if bed else None,
        bed.number if bed else "",
        bed.status if bed else "",
        bed.get_status_display() if bed else "",
        stay.pk if stay else None,
        patient.pk if patient else None,
        name if patient else "",
        patient.number if patient and not wall else None,
        patient.age if patient else None,
        patient.get_gender_display() if patient else "",
        stay.reason if stay and not wall else "",
        str(stay.provider or "") if stay and not wall else "",
        stay.admitted_at if stay else None,
        ago(stay.admitted_at) if stay else "",
        waiting,
        may["manage_stays"] and not wall,
        wall,
    )
    return rendered("wards/_stay.html", shown)


def rendered(name: str, row: VisitRow | Card) -> SafeString:
    """The row's HTML, in the language and the time zone that are active."""
    return _rendered(name, row, get_language(), timezone.get_current_timezone_name())


@lru_cache(REMEMBERED)
def _rendered(name: str, row: VisitRow | Card, language: str, zone: str) -> SafeString:
    return render_to_string(name, {"row": row})
