"""Consent: what somebody wants to hear, and on which channels."""

from messaging.models import NotificationPreference
from wards.models import Patient, User


def wants(person: Patient | User, channel: str, topic: str) -> bool:
    """Whether the person wants to hear of the topic on the channel; staff always do."""
    return not isinstance(person, Patient) or preference_of(person).allows(channel, topic)


def preference_of(patient: Patient) -> NotificationPreference:
    """The patient's choices, or the defaults."""
    made: NotificationPreference | None = getattr(patient, "preference", None)
    return made or NotificationPreference(hospital_id=patient.hospital_id, patient_id=patient.pk)
