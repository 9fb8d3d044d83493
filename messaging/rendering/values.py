"""What the placeholders of a template mean for an event."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from wards.kinds import Kind
from wards.models import Event, Patient, User

TIME = "H:i"
UNKNOWN = "-"  # also in the alphabet of SMS
# Their reason is that of the change and meant for the patient; any other one is clinical.
SAYS_WHY = (Kind.APPOINTMENT_RESCHEDULED, Kind.APPOINTMENT_CANCELLED)


def of_event(
    event: Event, person: Patient | User, language: str, *, discreet: bool
) -> dict[str, str]:
    """What the event has for the placeholders of placeholders.py, as `person` reads it.

    Dates and times are in the hospital's time zone. A name that means nothing for this kind of
    event is absent. `discreet` leaves out what is clinical: for words that may end on a phone.
    """
    with translation.override(language):
        return dict(_of_everything(event, person, discreet)) | dict(_of_stay(event))


def _of_everything(
    event: Event, person: Patient | User, discreet: bool
) -> Iterator[tuple[str, str]]:
    about = event.patient
    if about is not None:
        yield "patient_name", str(about)
        yield "first_name", about.first_name or str(about)
    yield "hospital_name", str(event.hospital)
    yield "hospital_phone", event.hospital.phone or UNKNOWN
    yield "provider_name", str(event.provider) if event.provider else _("your care team")
    yield "link", _link(event, person)
    at = moment(event, "starts_at") or event.at
    yield "date", _local(event, at, _("D j M Y"))
    yield "time", _local(event, at, TIME)
    reason = event.data.get("reason") if event.kind in SAYS_WHY or not discreet else ""
    yield "reason", reason or UNKNOWN


def _of_stay(event: Event) -> Iterator[tuple[str, str]]:
    if event.ward is not None:
        yield "ward_name", str(event.ward)
        yield "bed_number", event.data.get("bed") or UNKNOWN
    stay = event.admission
    if stay is not None:
        yield "admission_date", _local(event, stay.admitted_at, _("D j M Y"))
        if event.kind == Kind.PATIENT_DISCHARGED:
            yield "discharge_date", _local(event, stay.discharged_at or event.at, _("D j M Y"))


def moment(event: Event, name: str) -> datetime | None:
    """A time out of the event's data."""
    stored = event.data.get(name)
    return parse_datetime(stored) if isinstance(stored, str) else stored


def _local(event: Event, at: datetime, form: str) -> str:
    local = timezone.localtime(at, ZoneInfo(event.hospital.timezone))
    return formats.date_format(local, form)


def _link(event: Event, person: Patient | User) -> str:
    """Where the person reads on: what the event brings, their own page, or the queue."""
    if isinstance(person, Patient):
        return str(event.data.get("link") or f"{settings.PUBLIC_URL}{reverse('home')}")
    anchor = f"#appointment-{event.appointment_id}" if event.appointment_id else ""
    return f"{settings.PUBLIC_URL}{reverse('wards:arrivals')}{anchor}"
