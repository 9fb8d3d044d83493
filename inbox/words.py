"""The words of an alert: what the placeholders of the rule table mean."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import result_words
from messaging import reasons
from messaging.channels import Channel
from wards.models import BulkOperation, Event


def context(event: Event) -> dict[str, object]:
    """The values of all placeholders, in the active language and the hospital's time zone."""
    data = event.data
    return {
        "patient": event.patient or "",
        "ward": event.ward or "",
        "other_ward": event.other_ward or "",
        "provider": event.provider or "",
        "recipient": event.patient or _("a colleague"),
        "hospital": event.hospital,
        "hospital_phone": event.hospital.phone,
        "reason": _sentence(data.get("reason", "")),
        "subject": data.get("subject", ""),
        "test": data.get("test", ""),
        "when": _when(data.get("starts_at"), ZoneInfo(event.hospital.timezone)),
        "operation": _operation(data),
        "channel": _channel(data.get("channel", "")),
        "failure_words": reasons.told(data.get("reason", "")),
        "rate_words": _rate_words(data),
        "percent": data.get("percent", ""),
        "budget_words": _budget_words(data),
        "count_words": _count_words(data),
        "people_words": _people_words(data),
        "sent_words": _sent_words(data),
        "bed_words": _bed_words(data),
        "result_words": result_words.told(event),
        "status_words": result_words.status(event),
        "clearance_words": _("Financially cleared.")
        if data.get("financial_clearance")
        else _("No financial clearance."),
        "consent_words": _("Consent verified.")
        if data.get("consent_verified")
        else _("Consent not verified."),
    }


def link(page: str, event: Event) -> str:
    """The address of the page a rule names, at the thing the event is about."""
    if page == "board" and event.ward_id:
        return reverse("wards:board", args=[event.ward_id]) + f"#patient-{event.patient_id}"
    if page == "queue" and event.appointment_id:
        return reverse("wards:arrivals") + f"#appointment-{event.appointment_id}"
    if page == "patient" and event.patient_id:
        return reverse("wards:patient", args=[event.patient_id])
    if page == "result" and event.data.get("result"):
        return reverse("wards:result", args=[event.data["result"]])
    if page == "operation" and event.data.get("operation"):
        return reverse("bulk:operation", args=[event.data["operation"]])
    if page == "message" and event.data.get("message"):
        return reverse("messaging:message", args=[event.data["message"]])
    if page == "bulk" and event.data.get("bulk"):
        return reverse("messaging:bulk", args=[event.data["bulk"]])
    if page == "costs":
        return reverse("messaging:prices")
    if page == "messages":
        return reverse("messaging:messages")
    return ""


def _operation(data: dict[str, str]) -> str:
    if "operation_type" not in data:
        return ""
    label = str(BulkOperation.Type(data["operation_type"]).label)
    return _("%(operation)s (dry run)") % {"operation": label} if data.get("dry_run") else label


def _channel(name: str) -> str:
    return str(Channel(name).label) if name else ""


def _rate_words(data: dict[str, int]) -> str:
    if "failed" not in data or "minutes" not in data:
        return ""
    return _("%(failed)s of %(total)s in the last %(minutes)s minutes.") % data


def _budget_words(data: dict[str, str]) -> str:
    if "spent" not in data or "limit" not in data:
        return ""
    return _("%(spent)s of %(limit)s this month.") % data


def _count_words(data: dict[str, int]) -> str:
    if "successful" not in data:
        return ""
    if data.get("dry_run"):
        return _("%(successful)s of %(total)s rows can be done. Nothing is written yet.") % data
    if data["failed"]:
        return _("%(successful)s of %(total)s done, %(failed)s with errors.") % data
    return _("%(successful)s of %(total)s done.") % data


def _people_words(data: dict[str, int]) -> str:
    total = data.get("total", 0)
    return ngettext("To %(total)s person.", "To %(total)s people.", total) % {"total": total}


def _sent_words(data: dict[str, int]) -> str:
    if "successful" not in data:
        return ""
    if data["failed"]:
        return _("%(successful)s of %(total)s sent, %(failed)s failed.") % data
    return _("%(successful)s of %(total)s sent.") % data


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", "؟")) else f"{text}."


def _when(stored: str | None, zone: ZoneInfo) -> str:
    """ "10:30" on the day itself, else with the date."""
    at = parse_datetime(stored) if stored else None
    if at is None:
        return ""
    local: datetime = timezone.localtime(at, zone)
    time = formats.time_format(local, "H:i")
    if local.date() == timezone.localdate(timezone=zone):
        return time
    return f"{formats.date_format(local, 'j M Y')}, {time}"


def _bed_words(data: dict[str, str]) -> str:
    if bed := data.get("bed"):
        # Feeds like to call bed 5 "Bed 5".
        return f"{bed}." if bed.lower().startswith("bed") else _("Bed %(bed)s.") % {"bed": bed}
    if data.get("bed_taken"):
        return _("No bed yet: %(bed)s is in use.") % {"bed": data["bed_taken"]}
    return _("No bed yet.")
