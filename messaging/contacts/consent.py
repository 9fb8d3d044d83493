"""Consent: what somebody wants to hear, and on which channels.

Decided here, in Python (`allowed`) and, for a hundred thousand people at a time, in SQL (`COLUMNS`,
`of_topic`); one table of tests holds the two against each other.
"""

from django.db.models import BooleanField

from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.models import NotificationPreference
from wards.models import Patient, User

EVERYWHERE = frozenset(Channel.values)
NOWHERE: frozenset[str] = frozenset()


def preference_of(patient: Patient) -> NotificationPreference:
    """The patient's choices, or the defaults."""
    made: NotificationPreference | None = getattr(patient, "preference", None)
    return made or NotificationPreference(hospital_id=patient.hospital_id, patient_id=patient.pk)


def allowed(person: Patient | User | None, topic: str) -> frozenset[str]:
    """The channels on which somebody wants to hear of a topic.

    All of them for people who work here, and for those whom we do not know.
    """
    if not isinstance(person, Patient):
        return EVERYWHERE
    mine = preference_of(person)
    return frozenset(channel for channel in PATIENT_CHANNELS if mine.allows(channel, topic))


def _column(name: str) -> str:
    """A switch as SQL; who has never chosen has the default of the model."""
    field = NotificationPreference._meta.get_field(name)
    assert isinstance(field, BooleanField)
    default = str(field.default).lower()
    return f"coalesce(preference.{name}, {default})"


def of_topic(topic: str) -> str:
    """Whether a patient wants to hear of the topic at all, as SQL; true where it has no switch."""
    has_switch = topic in Topic.values and hasattr(NotificationPreference, topic)
    return _column(topic) if has_switch else "true"


# The preferred channel and the switch of each, of the tables below.
COLUMNS = ", ".join(["coalesce(preference.preferred_channel, '')", *map(_column, PATIENT_CHANNELS)])
JOIN = """LEFT JOIN messaging_notificationpreference AS preference
    ON preference.patient_id = patient.id"""
