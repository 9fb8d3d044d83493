"""What happens in the hospital of which people outside are told: one function for each kind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards import events
from wards.actions import admissions, appointments
from wards.kinds import Kind
from wards.models import Admission, Appointment


def visit(cast: Cast, **how: Any) -> Appointment:
    """A visit of the patient to the provider the day after tomorrow, without its messages."""
    later = timezone.now() + timedelta(days=2)
    given = {"provider": cast.priya, "patient": cast.patient, "starts_at": later}
    return factories.create_appointment(**given | how)  # type: ignore[arg-type]


def stay(cast: Cast) -> Admission:
    return factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)


def moved(cast: Cast) -> None:
    admissions.transfer(admission=stay(cast), ward=cast.renal, bed=cast.renal_bed)


def due(cast: Cast, kind: Kind) -> None:
    booked = visit(cast)
    with transaction.atomic():
        events.record(
            kind,
            hospital=cast.hospital,
            source="system",
            patient=cast.patient,
            provider=cast.priya,
            appointment=booked,
            data={"starts_at": booked.starts_at},
        )


def told(cast: Cast, kind: Kind) -> None:
    """As another system tells it."""
    data: dict[str, object] = {"link": "https://rooms.example/7"}
    if kind == Kind.TELEMEDICINE_SCHEDULED:
        data["starts_at"] = timezone.now() + timedelta(days=2)
    with transaction.atomic():
        events.record(
            kind,
            hospital=cast.hospital,
            source="api",
            patient=cast.patient,
            provider=cast.priya if kind == Kind.TELEMEDICINE_SCHEDULED else None,
            data=data,
        )


def in_state(cast: Cast, status: str) -> Appointment:
    return visit(cast, status=status)


S = Appointment.Status
HAPPENS: dict[str, Callable[[Cast], object]] = {
    "patient.admitted": stay,
    "patient.transferred": moved,
    "patient.discharged": lambda cast: admissions.discharge(admission=stay(cast)),
    "appointment.booked": visit,
    "appointment.confirmed": lambda cast: appointments.confirm(appointment=visit(cast)),
    "appointment.rescheduled": lambda cast: appointments.reschedule(
        appointment=visit(cast), starts_at=timezone.now() + timedelta(days=4), reason="Strike"
    ),
    "appointment.arrived": lambda cast: appointments.arrive(
        appointment=visit(cast, starts_at=timezone.now())
    ),
    "appointment.in_progress": lambda cast: appointments.start(
        appointment=in_state(cast, S.ARRIVED)
    ),
    "appointment.completed": lambda cast: appointments.complete(
        appointment=in_state(cast, S.IN_PROGRESS)
    ),
    "appointment.cancelled": lambda cast: appointments.cancel(
        appointment=visit(cast), reason="Strike"
    ),
    "appointment.no_show": lambda cast: appointments.no_show(
        appointment=visit(cast, starts_at=timezone.now())
    ),
    "appointment.reminder_due": lambda cast: due(cast, Kind.APPOINTMENT_REMINDER_DUE),
    "appointment.follow_up_due": lambda cast: due(cast, Kind.APPOINTMENT_FOLLOW_UP_DUE),
    "test_result.ready": lambda cast: factories.report_result(cast.patient, provider=cast.priya),
    "test_result.corrected": lambda cast: [
        factories.report_result(cast.patient, value, flag, status=status, filler="F1")
        for value, flag, status in (("640", "HH", "P"), ("80", "N", "F"))
    ],
    "test_result.critical": lambda cast: factories.report_result(cast.patient, "640"),
    "billing.invoice_created": lambda cast: told(cast, Kind.BILLING_INVOICE_CREATED),
    "billing.payment_reminder": lambda cast: told(cast, Kind.BILLING_PAYMENT_REMINDER),
    "billing.payment_received": lambda cast: told(cast, Kind.BILLING_PAYMENT_RECEIVED),
    "telemedicine.scheduled": lambda cast: told(cast, Kind.TELEMEDICINE_SCHEDULED),
}
