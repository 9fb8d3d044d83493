"""What patients want to hear, and how they say so: on a page, by an answer, by a link.

Every change is an event, so that it can always be said who switched what off, when and how.
"""

from typing import TypedDict, Unpack, cast

from django.db import transaction

from messaging.models import NotificationPreference
from wards import events
from wards.actions import patients
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, Patient, User

SAME_END = 7  # digits of a phone number, however it is written


class Choices(TypedDict, total=False):
    """The fields of the model that are switched, and the patient's language."""

    preferred_channel: str
    sms: bool
    whatsapp: bool
    email: bool
    confirmations: bool
    reminders: bool
    results: bool
    billing: bool
    marketing: bool
    language: str


@transaction.atomic
def change(
    *, patient: Patient, by: User | None = None, how: str = "page", **choices: Unpack[Choices]
) -> list[str]:
    """Changes what is given and different; returns the names of what changed.

    `how` ("page", "reply", "link") is kept with the event, which says what was switched on or off.
    What waits to be sent and is not wanted any more is suppressed when its turn comes.
    """
    if language := choices.pop("language", ""):
        patients.update_patient(patient=patient, by=by, source=_source(by), language=language)
    mine, _ = NotificationPreference.objects.select_for_update().get_or_create(
        patient=patient, defaults={"hospital": patient.hospital}
    )
    new = {name: value for name, value in choices.items() if getattr(mine, name) != value}
    if not new:
        return []
    for name, value in new.items():
        setattr(mine, name, value)
    mine.changed_at = clock.now()
    mine.save(update_fields=[*new, "changed_at"])
    events.record(
        Kind.PREFERENCES_CHANGED,
        hospital=patient.hospital,
        source=_source(by),
        actor=by,
        patient=patient,
        data={"how": how, "set": new},
    )
    return list(new)


def switch(*, patient: Patient, field: str, on: bool, how: str) -> list[str]:
    """Switches one channel or kind on or off, as `change` does, on the patient's own word."""
    return change(patient=patient, how=how, **cast(Choices, {field: on}))


def _source(by: User | None) -> str:
    return Event.Source.WEB if by else Event.Source.SYSTEM
