"""Everything the hospital consists of, one file a subject."""

from wards.models.admissions import Admission, Discharge, StayFact, Transfer
from wards.models.appointments import Appointment
from wards.models.events import Event, Outbox, Withdrawal
from wards.models.feeds import Feed, FeedNote
from wards.models.hl7 import CriticalLimit, Hl7Message, LaboratoryFlag
from wards.models.hospital import Bed, Hospital, Language, Ward
from wards.models.identity import Identifier, IdentityQuestion
from wards.models.installation import Counter, Heartbeat
from wards.models.operations import BulkOperation, ColumnMatch
from wards.models.patients import Patient
from wards.models.periodic import PeriodicTask
from wards.models.results import Interpretation, Result, ResultStatus, ResultVersion
from wards.models.staff import DutyPeriod, Role, User

__all__ = [
    "Admission",
    "Appointment",
    "Bed",
    "BulkOperation",
    "ColumnMatch",
    "Counter",
    "CriticalLimit",
    "Discharge",
    "DutyPeriod",
    "Event",
    "Feed",
    "FeedNote",
    "Heartbeat",
    "Hl7Message",
    "Hospital",
    "Identifier",
    "IdentityQuestion",
    "Interpretation",
    "LaboratoryFlag",
    "Language",
    "Outbox",
    "Patient",
    "PeriodicTask",
    "Result",
    "ResultStatus",
    "ResultVersion",
    "Role",
    "StayFact",
    "Transfer",
    "User",
    "Ward",
    "Withdrawal",
]
