"""Everything the hospital consists of, one file a subject."""

from wards.models.admissions import Admission, Discharge, Transfer
from wards.models.appointments import Appointment
from wards.models.events import Event, Outbox
from wards.models.hl7 import CriticalLimit, Hl7Message
from wards.models.hospital import Bed, Hospital, Language, Ward
from wards.models.operations import BulkOperation
from wards.models.patients import Patient
from wards.models.staff import DutyPeriod, Role, User

__all__ = [
    "Admission",
    "Appointment",
    "Bed",
    "BulkOperation",
    "CriticalLimit",
    "Discharge",
    "DutyPeriod",
    "Event",
    "Hl7Message",
    "Hospital",
    "Language",
    "Outbox",
    "Patient",
    "Role",
    "Transfer",
    "User",
    "Ward",
]
