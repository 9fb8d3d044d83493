"""Payloads: what an event of each kind carries in `data`, beyond the rows it is about.

A kind declares its fields once, here; `wards.events` refuses to record others, and the rule table
may only name words whose fields its kind has (`manage.py check`). Old rows may lack fields that
came later: readers take what is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from wards.events.payloads.base import Payload
from wards.events.payloads.clinical import (
    OfAppointment,
    OfBed,
    OfDischarge,
    OfDuty,
    OfFallback,
    OfMove,
    OfPatient,
    OfResult,
    OfStay,
)
from wards.events.payloads.office import (
    Notice,
    OfBudget,
    OfCampaign,
    OfConsent,
    OfFailureRate,
    OfFeed,
    OfInvoice,
    OfMessage,
    OfNotice,
    OfOperation,
    OfPreferences,
    OfQuestion,
    OfReplay,
    OfSettings,
    OfTemplate,
)
from wards.kinds import Kind


class Unfit(TypeError):
    """An event that carries what its kind does not declare: a mistake in the code."""


P = Kind
PAYLOADS: dict[Kind, type[Payload]] = {
    **dict.fromkeys((P.PATIENT_REGISTERED, P.PATIENT_UPDATED, P.PATIENT_MERGED), OfPatient),
    P.PATIENT_ADMITTED: OfStay,
    **dict.fromkeys((P.PATIENT_TRANSFERRED, P.TRANSFER_CANCELLED), OfMove),
    P.PATIENT_DISCHARGED: OfDischarge,
    **dict.fromkeys((P.ADMISSION_CANCELLED, P.DISCHARGE_CANCELLED), OfStay),
    **dict.fromkeys((P.IDENTITY_UNCLEAR, P.IDENTITY_DECIDED), OfQuestion),
    P.MESSAGE_REPLAYED: OfReplay,
    P.BED_STATUS_CHANGED: OfBed,
    **{kind: OfAppointment for kind in Kind if kind.startswith(("appointment.", "telemedicine."))},
    **{kind: OfResult for kind in Kind if kind.startswith("test_result.")},
    **dict.fromkeys((P.ALERT_FELL_BACK, P.ALERT_UNHEARD), OfFallback),
    **{kind: OfInvoice for kind in Kind if kind.startswith("billing.")},
    **{kind: OfDuty for kind in Kind if kind.startswith("duty.")},
    **{kind: OfOperation for kind in Kind if kind.startswith("bulk_operation.")},
    P.PREFERENCES_CHANGED: OfPreferences,
    P.CONSENT_CHANGED: OfConsent,
    P.MESSAGE_FAILED: OfMessage,
    P.MESSAGING_FAILURE_RATE: OfFailureRate,
    P.MESSAGING_BUDGET: OfBudget,
    **dict.fromkeys((P.BUDGET_CHANGED, P.PRICES_CHANGED), OfSettings),
    **{kind: OfTemplate for kind in Kind if kind.startswith("template.")},
    **{kind: OfCampaign for kind in Kind if kind.startswith("bulk_send.")},
    P.FEED_SILENT: OfFeed,
    P.SYSTEM_NOTICE: OfNotice,
    **dict.fromkeys(
        (P.PROVIDER_UNREACHABLE, P.SYSTEM_INFO, P.SYSTEM_WARNING, P.SYSTEM_ERROR), Notice
    ),
}
_NAMES = {
    kind: frozenset(each.name for each in fields(payload)) for kind, payload in PAYLOADS.items()
}


def names(kind: str) -> frozenset[str]:
    """The fields that events of a kind may carry."""
    return _NAMES[Kind(kind)]


def about(kind: str) -> frozenset[str]:
    """The rows that events of a kind are about, by their attribute of the event."""
    return PAYLOADS[Kind(kind)].about


def check(kind: str, data: Mapping[str, object], rows: Iterable[str]) -> None:
    """Raises Unfit where an event would carry or be about what its kind does not declare."""
    if unknown := {*data} - names(kind):
        raise Unfit(f"{kind} does not carry {', '.join(sorted(unknown))}")
    if foreign := {*rows} - about(kind):
        raise Unfit(f"{kind} is not about {', '.join(sorted(foreign))}")
