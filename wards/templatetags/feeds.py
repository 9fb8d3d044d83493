"""How feeds and questions of identity look: tones, what a message says."""

from datetime import date
from typing import Any

from django import template
from django.utils.dateparse import parse_date

from wards.feeds.figures import REFUSED, Figures
from wards.identity import names
from wards.models import Patient

register = template.Library()
GENDERS = dict(Patient.Gender.choices)


@register.filter
def feed_tone(figures: Figures) -> str:
    """The colour of a feed: whether anybody should look at it."""
    if not figures.feed.is_active or figures.last_at is None:
        return "neutral"
    if figures.is_silent:
        return "error"
    return "warning" if figures.refused else "success"


@register.filter
def refusals(figures: Figures) -> list[tuple[str, int]]:
    """AE and AR with how many there are, where there are any."""
    return [
        (status.value, figures.answers[status]) for status in REFUSED if figures.answers[status]
    ]


@register.filter
def said_name(said: dict[str, Any]) -> str:
    """The name in a message, else its first number."""
    name = f"{said.get('first_name', '')} {said.get('last_name', '')}".strip()
    return name or str(said["ids"][0]["value"] if said.get("ids") else "?")


@register.filter
def said_birth(said: dict[str, Any]) -> date | None:
    """The birth date in a message."""
    return parse_date(said.get("date_of_birth") or "")


@register.filter
def gender_name(code: str) -> str:
    """A gender in words."""
    return str(GENDERS.get(Patient.Gender(code), "") if code in GENDERS else "–")


@register.filter
def differs(patient: Patient, said: dict[str, Any]) -> bool:
    """Whether the patient's name is not that of the message, to the eye."""
    given = f"{said.get('first_name', '')} {said.get('last_name', '')}"
    return sorted(names.parts(given)) != sorted(names.parts(str(patient)))


@register.filter
def born_otherwise(patient: Patient, said: dict[str, Any]) -> bool:
    """Whether both birth dates are known and are not the same."""
    born = said_birth(said)
    return bool(born and patient.date_of_birth and born != patient.date_of_birth)
