"""Figures as people read them: shares, changes, times."""

from typing import Literal

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(value: float | None) -> str:
    """ "94.2%", "100%"; a dash where there is nothing to take a share of."""
    if value is None:
        return "–"
    # Never rounded to all or nothing: 99.97 % is not everybody.
    text = f"{value:.1f}"
    if (text == "100.0" and value < 100) or (text == "0.0" and value > 0):
        text = "99.9" if value > 50 else "0.1"
    return f"{text.removesuffix('.0')}%"


@register.filter
def change(value: float) -> str:
    """A change in percent, without its sign: that is an arrow."""
    return f"{min(abs(value), 999):.0f}%"


@register.filter
def points(value: float) -> str:
    """A change of a share, in percentage points."""
    return _("%s pt") % f"{abs(value):.1f}"


@register.filter
def duration(seconds: float | Literal[""] | None) -> str:
    """A time to wait, in one unit: "0.4 s", "38 s", "12 min", "3 h", "2 d"."""
    if not seconds:  # nothing was delivered
        return "–"
    if seconds < 9.95:
        return _("%s s") % f"{seconds:.1f}"
    if seconds < 90:
        return _("%s s") % round(seconds)
    if seconds < 90 * 60:
        return _("%s min") % round(seconds / 60)
    if seconds < 36 * 3600:
        return _("%s h") % round(seconds / 3600)
    return _("%s d") % round(seconds / 86400)
