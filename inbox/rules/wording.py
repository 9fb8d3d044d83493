"""The words of an alert: what the placeholders of the rule table mean, and what each needs.

Names and values are isolated (wards/base/bidi.py): an Arabic name does not turn an English sentence
around, nor a number an Arabic one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.rules import result_wording
from inbox.rules.result_wording import isolated
from messaging import reasons
from messaging.channels import Channel
from wards.base import clock
from wards.kinds import Kind
from wards.models import BulkOperation, Discharge, Event


@dataclass(frozen=True)
class Word:
    """One placeholder: how it reads, and which fields of the payload and rows it needs."""

    of: Callable[[Event], object]
    needs: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()


def fill(text: str, event: Event) -> str:
    """A text of the rule table about an event, in the active language."""
    said = translation.gettext(text)
    return " ".join(said.format_map(_Values(event)).split())


class _Values(dict[str, str]):
    """The words of an event, each made when it is asked for."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def __missing__(self, name: str) -> str:
        return str(WORDS[name].of(self._event))


def _said(sentence: str, values: Mapping[str, object]) -> str:
    return sentence % values


def _row(name: str) -> Word:
    """The name of a row that the event is about."""
    return Word(lambda event: isolated(getattr(event, name)), about=frozenset({name}))


def _field(name: str) -> Word:
    """A field of the payload, as it is."""
    return Word(lambda event: isolated(event.data.get(name, "")), needs=frozenset({name}))


def _sentence(name: str) -> Word:
    """A field of the payload as a sentence of its own."""
    return Word(lambda event: isolated(_ended(event.data.get(name, ""))), frozenset({name}))


def _made(of: Callable[[Event], str], *needs: str) -> Word:
    """Words that are put together here, out of fields of the payload."""
    return Word(of, frozenset(needs))


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", "؟")) else f"{text}."


def _recipient(event: Event) -> str:
    return isolated(event.patient) or _("a colleague")


def _operation(event: Event) -> str:
    if "operation_type" not in event.data:
        return ""
    label = str(BulkOperation.Type(event.data["operation_type"]).label)
    if event.data.get("dry_run"):
        return _("%(operation)s (dry run)") % {"operation": label}
    return label


def _channel(event: Event) -> str:
    name = event.data.get("channel")
    return str(Channel(name).label) if name else ""


def _failure(event: Event) -> str:
    return reasons.explained(event.data.get("reason", ""))


def _end(event: Event) -> str:
    """How a stay ended, where that is not simply home."""
    has_died = event.data.get("status") == Discharge.Status.DECEASED
    return _("The patient has died.") if has_died else ""


def _rate(event: Event) -> str:
    return _said(_("%(failed)s of %(total)s in the last %(minutes)s minutes."), event.data)


def _budget(event: Event) -> str:
    spent, limit = (isolated(event.data.get(name)) for name in ("spent", "limit"))
    return _("%(spent)s of %(limit)s this month.") % {"spent": spent, "limit": limit}


def _count(event: Event) -> str:
    data = event.data
    if data.get("dry_run"):
        said = _("%(successful)s of %(total)s rows can be done. Nothing is written yet.")
        return _said(said, data)
    if data.get("failed"):
        return _said(_("%(successful)s of %(total)s done, %(failed)s with errors."), data)
    return _said(_("%(successful)s of %(total)s done."), data)


def _people(event: Event) -> str:
    total = event.data.get("total", 0)
    return ngettext("To %(total)s person.", "To %(total)s people.", total) % {"total": total}


def _sent(event: Event) -> str:
    if event.data.get("failed"):
        return _said(_("%(successful)s of %(total)s sent, %(failed)s failed."), event.data)
    return _said(_("%(successful)s of %(total)s sent."), event.data)


def _when(event: Event) -> str:
    """ "10:30" on the day itself, else with the date."""
    stored = event.data.get("starts_at")
    at = parse_datetime(stored) if isinstance(stored, str) else stored
    if at is None:
        return ""
    zone = ZoneInfo(event.hospital.timezone)
    local: datetime = timezone.localtime(at, zone)
    time = formats.time_format(local, "H:i")
    if local.date() == clock.today(zone):
        return time
    return f"{formats.date_format(local, 'j M Y')}, {time}"


def _bed(event: Event) -> str:
    if bed := event.data.get("bed"):
        # Feeds like to call bed 5 "Bed 5".
        if bed.lower().startswith("bed"):
            return isolated(_ended(bed))
        return _("Bed %(bed)s.") % {"bed": isolated(bed)}
    if taken := event.data.get("bed_taken"):
        return _("No bed yet: %(bed)s is in use.") % {"bed": isolated(taken)}
    return "" if event.kind == Kind.PATIENT_DISCHARGED else _("No bed yet.")


def _identity(event: Event) -> str:
    said = _("A message of %(feed)s waits until this is decided.")
    if event.data.get("critical"):
        said = _("A critical result waits in a message of %(feed)s until this is decided.")
    return said % {"feed": isolated(event.data.get("feed"))}


def _clearance(event: Event) -> str:
    if event.data.get("financial_clearance"):
        return _("Financially cleared.")
    return _("No financial clearance.")


def _consent(event: Event) -> str:
    if event.data.get("consent_verified"):
        return _("Consent verified.")
    return _("Consent not verified.")


COUNTS = ("total", "successful", "failed")
WORDS: dict[str, Word] = {
    **{name: _row(name) for name in ("patient", "ward", "other_ward", "provider")},
    "recipient": Word(_recipient, about=frozenset({"patient"})),
    "hospital": Word(lambda event: isolated(event.hospital)),
    "hospital_phone": Word(lambda event: isolated(event.hospital.phone)),
    "reason": _sentence("reason"),
    **{name: _field(name) for name in ("subject", "text", "test", "percent")},
    "when": _made(_when, "starts_at"),
    "operation": _made(_operation, "operation_type", "dry_run"),
    "channel": _made(_channel, "channel"),
    "failure_words": _made(_failure, "reason"),
    "rate_words": _made(_rate, "failed", "total", "minutes"),
    "budget_words": _made(_budget, "spent", "limit"),
    "count_words": _made(_count, *COUNTS, "dry_run"),
    "people_words": _made(_people, "total"),
    "sent_words": _made(_sent, *COUNTS),
    "end_words": _made(_end, "status"),
    "bed_words": _made(_bed, "bed", "bed_taken"),
    "identity_words": _made(_identity, "feed", "critical"),
    "result_words": _made(result_wording.told, *result_wording.NEEDS),
    "status_words": _made(result_wording.status, "interpretation"),
    "clearance_words": _made(_clearance, "financial_clearance"),
    "consent_words": _made(_consent, "consent_verified"),
}


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
