"""Where an alert leads: the page of the very thing it is about."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from wards.models import Event


@dataclass(frozen=True)
class Page:
    """A page that a rule may name: what of the event, or of its payload, is in the address.

    Without a view the event has the whole address.
    """

    view: str
    of: Callable[[Event], int | None] | None = None
    needs: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()


def link(page: str, event: Event) -> str:
    """The address of a page of the rule table for this event; "" where there is nothing to show."""
    if not page:
        return ""
    found = PAGES[page]
    if not found.view:
        return str(event.data.get("link") or "")
    if found.of is None:
        return reverse(found.view)
    which = found.of(event)
    return reverse(found.view, args=[which]) if which else ""


def _about(view: str, row: str) -> Page:
    return Page(view, lambda event: getattr(event, f"{row}_id"), about=frozenset({row}))


def _named(view: str, field: str) -> Page:
    return Page(view, lambda event: event.data.get(field), needs=frozenset({field}))


PAGES: dict[str, Page] = {
    "stay": _about("wards:stay", "admission"),
    "visit": _about("wards:appointment", "appointment"),
    "board": _about("wards:board", "ward"),
    "patient": _about("wards:patient", "patient"),
    "result": _named("wards:result", "result"),
    "operation": _named("bulk:operation", "operation"),
    "message": _named("messaging:message", "message"),
    "bulk": _named("messaging:bulk", "bulk"),
    "feed": _named("feeds:feed", "feed"),
    "identity": Page("feeds:identity"),
    "given": Page("", needs=frozenset({"link"})),
    "costs": Page("messaging:prices"),
    "messages": Page("messaging:messages"),
}
