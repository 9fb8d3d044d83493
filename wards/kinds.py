"""The kinds of things that happen. What each one means to whom is in inbox/rules.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class Kind(models.TextChoices):
    PATIENT_REGISTERED = "patient.registered", _("Patient registered")
    PATIENT_UPDATED = "patient.updated", _("Patient's details changed")
    PATIENT_ADMITTED = "patient.admitted", _("Patient admitted")
    PATIENT_TRANSFERRED = "patient.transferred", _("Patient transferred")
    PATIENT_DISCHARGED = "patient.discharged", _("Patient discharged")
    ADMISSION_CANCELLED = "patient.admission_cancelled", _("Admission cancelled")
    TRANSFER_CANCELLED = "patient.transfer_cancelled", _("Transfer cancelled")
    DISCHARGE_CANCELLED = "patient.discharge_cancelled", _("Discharge cancelled")
    BED_STATUS_CHANGED = "bed.status_changed", _("Bed status changed")
    APPOINTMENT_BOOKED = "appointment.booked", _("Appointment booked")
    APPOINTMENT_CONFIRMED = "appointment.confirmed", _("Appointment confirmed")
    APPOINTMENT_RESCHEDULED = "appointment.rescheduled", _("Appointment rescheduled")
    APPOINTMENT_ARRIVED = "appointment.arrived", _("Patient arrived")
    APPOINTMENT_IN_PROGRESS = "appointment.in_progress", _("Appointment in progress")
    APPOINTMENT_COMPLETED = "appointment.completed", _("Appointment completed")
    APPOINTMENT_CANCELLED = "appointment.cancelled", _("Appointment cancelled")
    APPOINTMENT_NO_SHOW = "appointment.no_show", _("Patient did not come")
    APPOINTMENT_MODIFIED = "appointment.modified", _("Appointment changed")
    APPOINTMENT_REMINDER_DUE = "appointment.reminder_due", _("Appointment reminder due")
    APPOINTMENT_FOLLOW_UP_DUE = "appointment.follow_up_due", _("Appointment follow-up due")
    TEST_RESULT_READY = "test_result.ready", _("Test result ready")
    TEST_RESULT_CRITICAL = "test_result.critical", _("Critical test result")
    BILLING_INVOICE_CREATED = "billing.invoice_created", _("Invoice created")
    BILLING_PAYMENT_REMINDER = "billing.payment_reminder", _("Payment reminder")
    BILLING_PAYMENT_RECEIVED = "billing.payment_received", _("Payment received")
    TELEMEDICINE_SCHEDULED = "telemedicine.scheduled", _("Video consultation scheduled")
    DUTY_STARTED = "duty.started", _("Duty started")
    DUTY_ENDED = "duty.ended", _("Duty ended")
    DUTY_PLANNED = "duty.planned", _("Duty planned")
    DUTY_CHANGED = "duty.changed", _("Duty changed")
    DUTY_REMOVED = "duty.removed", _("Duty removed")
    BULK_OPERATION_COMPLETED = "bulk_operation.completed", _("Bulk operation completed")
    BULK_OPERATION_FAILED = "bulk_operation.failed", _("Bulk operation failed")
    PREFERENCES_CHANGED = "patient.preferences_changed", _("Message preferences changed")
    MESSAGE_FAILED = "message.failed", _("Message failed for good")
    MESSAGING_FAILURE_RATE = "messaging.failure_rate", _("Many messages fail")
    PROVIDER_UNREACHABLE = "provider.unreachable", _("Message provider unreachable")
    TEMPLATE_CREATED = "template.created", _("Message template created")
    TEMPLATE_CHANGED = "template.changed", _("Message template changed")
    TEMPLATE_SWITCHED = "template.switched", _("Message template switched on or off")
    TEMPLATE_DELETED = "template.deleted", _("Message template deleted")
    TEMPLATE_TESTED = "template.tested", _("Message template tried out")
    SYSTEM_INFO = "system.info", _("System information")
    SYSTEM_WARNING = "system.warning", _("System warning")
    SYSTEM_ERROR = "system.error", _("System error")


def choices() -> list[tuple[str, StrOrPromise]]:
    """What the column offers; a function, so that a new kind needs no migration."""
    return list(Kind.choices)
