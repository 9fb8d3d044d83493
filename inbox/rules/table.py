"""THE tables: who hears of what in the app, and who is written to outside of it.

In RULES, words are format strings over the names of `inbox.rules.wording.WORDS`; of several
rules for one kind, a person gets the first that includes them. In MESSAGE_RULES, `code` names the
hospital's own templates (messaging/templates/default_templates.toml has those that a new hospital
begins with).

Every row of both tables has a `key`: the kind, and whom the row is there for. Whatever is said of
a row elsewhere (that a hospital has switched it off, how long it takes) names it by its key: so a
key is never changed, and never given to another row, whatever becomes of the functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from inbox.models import Category, Level
from inbox.rules.audiences import (
    Audience,
    addressee,
    admins,
    approvers,
    caregivers,
    charge_nurses,
    concerned,
    copies,
    creator,
    front_desk,
    holders,
    leaver,
    leaves,
    managers,
    new_to_patient,
    patient,
    provider,
    recipients_of_withdrawn,
    starter,
    told_patient,
    ward_staff,
)
from messaging.channels import Channel, Topic
from messaging.delivery.intents import USEFUL_FOR, Route
from messaging.rendering.values import moment
from wards.kinds import Kind
from wards.models import Event, Interpretation, Patient, User


def never(event: Event) -> bool:
    """The level stays as the table says."""
    return False


@dataclass(frozen=True)
class Rule:
    """One row: on `kind`, tell `to`; `title` and `message` are translated per reader."""

    key: str
    kind: Kind
    to: tuple[Audience, ...]
    category: Category
    level: Level
    title: str
    message: str
    link: str = ""  # which page it opens, one of `inbox.rules.wording.PAGES`, or none
    warn_if: Callable[[Event], bool] = never  # makes a warning of it
    must: bool = False  # somebody has to hear of it: see FALLBACKS
    given_level: bool = False  # it is as loud as the event says
    why: str = ""  # said first: why somebody is told who is not meant otherwise


def no_bed(event: Event) -> bool:
    """The bed that was asked for is in use."""
    return bool(event.data.get("bed_taken"))


def not_cleared(event: Event) -> bool:
    """Financial clearance or consent is missing."""
    return not (event.data["financial_clearance"] and event.data["consent_verified"])


def not_normal(event: Event) -> bool:
    """Not every value is known to be as it should."""
    return event.data["interpretation"] not in (Interpretation.NORMAL, Interpretation.PRELIMINARY)


def nothing_critical(event: Event) -> bool:
    """No critical result waits for the answer."""
    return not event.data["critical"]


def the_patient(event: Event) -> Patient | None:
    """Whom it happened to."""
    return event.patient


def the_new_reader(event: Event) -> Patient | None:
    """The patient, of the first final result of an order."""
    return event.patient if event.data.get("patient_hears") else None


def the_leaver(event: Event) -> Patient | None:
    """The patient, unless they have died."""
    return event.patient if leaves(event) else None


def the_provider(event: Event) -> User | None:
    """Whose appointment it is, as long as they work here."""
    return event.provider if event.provider and event.provider.is_active else None


def always_useful(event: Event) -> datetime | None:
    """For as long as messages in general are."""
    return None


def it_begins(event: Event) -> datetime | None:
    """When the appointment begins, at the time that the event knows."""
    return moment(event, "starts_at")


def soon_after(event: Event) -> datetime | None:
    """Some days after the appointment: a feed may tell us of visits of years ago."""
    begins = moment(event, "starts_at")
    return begins + USEFUL_FOR if begins else None


def a_day_after(event: Event) -> datetime | None:
    """A day after the patient came or left: what is recorded later is news to nobody."""
    stay = event.admission
    return (stay.discharged_at or stay.admitted_at) + timedelta(days=1) if stay else None


def within_a_day(event: Event) -> bool:
    """The appointment is soon: at its new time, or at the one it was moved from."""
    times = [moment(event, name) for name in ("starts_at", "moved_from")]
    return any(at and at - event.at < timedelta(days=1) for at in times)


def some_failed(event: Event) -> bool:
    """Rows of a bulk operation could not be done, or messages of a bulk send have failed."""
    return bool(event.data["failed"])


@dataclass(frozen=True)
class MessageRule:
    """One row: on `kind`, write to `to` on each of `routes`, by the first of its channels.

    The channel that a patient prefers comes first where the route has it.
    """

    key: str
    kind: Kind
    to: Callable[[Event], Patient | User | None]
    code: str
    topic: Topic
    routes: tuple[Route, ...]
    urgent: Callable[[Event], bool] = never  # goes past the quiet hours
    until: Callable[[Event], datetime | None] = always_useful


C, L = Category, Level

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("patient.admitted.caregivers", Kind.PATIENT_ADMITTED, (caregivers, recipients_of_withdrawn), C.ADMISSION, L.INFO, _("{patient} admitted to {ward}"), _("{bed_words} {reason}"), "stay", no_bed),
    Rule("patient.admitted.patient", Kind.PATIENT_ADMITTED, (patient,), C.ADMISSION, L.INFO, _("Welcome to {hospital}"), _("You have been admitted to {ward}.")),
    Rule("patient.transferred.ward_staff", Kind.PATIENT_TRANSFERRED, (ward_staff,), C.TRANSFER, L.INFO, _("{patient} moved to {ward}"), _("From {other_ward}. {bed_words}"), "stay", no_bed),
    Rule("patient.transferred.patient", Kind.PATIENT_TRANSFERRED, (patient,), C.TRANSFER, L.INFO, _("You have been moved to {ward}"), _("{bed_words}")),
    Rule("patient.discharged.caregivers", Kind.PATIENT_DISCHARGED, (caregivers,), C.DISCHARGE, L.SUCCESS, _("{patient} discharged from {ward}"), _("{end_words} {bed_words}"), "stay"),
    Rule("patient.discharged.patient", Kind.PATIENT_DISCHARGED, (leaver,), C.DISCHARGE, L.SUCCESS, _("You have been discharged"), _("We wish you well. Questions? Call {hospital_phone}.")),
    Rule("patient.admission_cancelled.ward_staff", Kind.ADMISSION_CANCELLED, (ward_staff, recipients_of_withdrawn), C.ADMISSION, L.WARNING, _("{patient} was not admitted to {ward} after all"), _("The admission has been taken back."), "stay"),
    Rule("patient.transfer_cancelled.ward_staff", Kind.TRANSFER_CANCELLED, (ward_staff, recipients_of_withdrawn), C.TRANSFER, L.WARNING, _("{patient} stays in {ward} after all"), _("The transfer has been taken back. {bed_words}"), "stay"),
    Rule("patient.discharge_cancelled.ward_staff", Kind.DISCHARGE_CANCELLED, (ward_staff, recipients_of_withdrawn), C.DISCHARGE, L.WARNING, _("{patient} stays in {ward} after all"), _("The discharge has been taken back. {bed_words}"), "stay"),
    Rule("appointment.booked.provider", Kind.APPOINTMENT_BOOKED, (provider,), C.APPOINTMENT, L.INFO, _("New appointment with {patient}"), _("{when}. {reason}"), "visit"),
    Rule("appointment.confirmed.patient", Kind.APPOINTMENT_CONFIRMED, (patient,), C.APPOINTMENT, L.SUCCESS, _("Your appointment is confirmed"), _("{when} with {provider}.")),
    Rule("appointment.rescheduled.provider", Kind.APPOINTMENT_RESCHEDULED, (provider,), C.APPOINTMENT, L.WARNING, _("{patient} moved to another time"), _("Now {when}. {reason}"), "visit"),
    Rule("appointment.rescheduled.patient", Kind.APPOINTMENT_RESCHEDULED, (patient,), C.APPOINTMENT, L.WARNING, _("Your appointment has a new time"), _("Now {when}. {reason} Please confirm that you can come.")),
    Rule("appointment.modified.provider", Kind.APPOINTMENT_MODIFIED, (provider,), C.APPOINTMENT, L.INFO, _("Appointment with {patient} changed"), _("{when}. {reason}"), "visit"),
    Rule("appointment.arrived.provider", Kind.APPOINTMENT_ARRIVED, (provider,), C.APPOINTMENT, L.SUCCESS, _("{patient} has arrived"), _("{when}. {clearance_words} {consent_words}"), "visit", not_cleared),
    Rule("appointment.cancelled.provider", Kind.APPOINTMENT_CANCELLED, (provider,), C.APPOINTMENT, L.WARNING, _("{patient} cancelled"), _("{when}. {reason}"), "visit"),
    Rule("appointment.cancelled.patient", Kind.APPOINTMENT_CANCELLED, (patient,), C.APPOINTMENT, L.WARNING, _("Your appointment is cancelled"), _("{when}. {reason} To book again, call {hospital_phone}.")),
    Rule("appointment.no_show.provider", Kind.APPOINTMENT_NO_SHOW, (provider,), C.APPOINTMENT, L.WARNING, _("{patient} did not come"), _("{when}"), "visit"),
    Rule("test_result.ready.provider", Kind.TEST_RESULT_READY, (provider, copies, holders), C.TEST_RESULT, L.INFO, _("{test} for {patient}"), _("{result_words}"), "result", not_normal),
    Rule("test_result.ready.patient", Kind.TEST_RESULT_READY, (new_to_patient,), C.TEST_RESULT, L.INFO, _("A test result is ready"), _("Your care team will discuss it with you.")),
    Rule("test_result.preliminary.provider", Kind.TEST_RESULT_PRELIMINARY, (concerned, holders), C.TEST_RESULT, L.INFO, _("Preliminary: {test} for {patient}"), _("{result_words}"), "result", not_normal),
    Rule("test_result.critical.ward_staff", Kind.TEST_RESULT_CRITICAL, (provider, copies, ward_staff, holders), C.TEST_RESULT, L.CRITICAL, _("Critical: {test} for {patient}"), _("{result_words}"), "result", must=True),
    Rule("test_result.corrected.provider", Kind.TEST_RESULT_CORRECTED, (provider, copies, holders), C.TEST_RESULT, L.WARNING, _("Corrected: {test} for {patient}"), _("{result_words}"), "result"),
    Rule("test_result.corrected.patient", Kind.TEST_RESULT_CORRECTED, (new_to_patient,), C.TEST_RESULT, L.INFO, _("A test result is ready"), _("Your care team will discuss it with you.")),
    Rule("test_result.withdrawn.provider", Kind.TEST_RESULT_WITHDRAWN, (provider, copies, holders), C.TEST_RESULT, L.WARNING, _("{status_words}: {test} for {patient}"), _("{result_words}"), "result"),
    Rule("test_result.withdrawn.patient", Kind.TEST_RESULT_WITHDRAWN, (told_patient,), C.TEST_RESULT, L.INFO, _("A test result was taken back"), _("The laboratory has taken it back. Your care team will tell you more.")),
    Rule("alert.unheard.managers", Kind.ALERT_UNHEARD, (managers, admins), C.SYSTEM, L.ERROR, _("Nobody was told: {test} for {patient}"), _("A critical result reached nobody: nobody was on duty, and no manager or administrator could sign in. Plan duties, and give somebody a password."), "result", must=True),
    Rule("telemedicine.scheduled.provider", Kind.TELEMEDICINE_SCHEDULED, (provider,), C.APPOINTMENT, L.INFO, _("Video consultation with {patient}"), _("{when}. {reason}")),
    Rule("bulk_operation.completed.starter", Kind.BULK_OPERATION_COMPLETED, (starter,), C.SYSTEM, L.SUCCESS, _("{operation} is done"), _("{count_words}"), "operation", some_failed),
    Rule("bulk_operation.failed.starter", Kind.BULK_OPERATION_FAILED, (starter, managers), C.SYSTEM, L.ERROR, _("{operation} failed"), _("{reason} {count_words}"), "operation"),
    Rule("bulk_send.waiting.approvers", Kind.BULK_SEND_WAITING, (approvers,), C.MESSAGING, L.WARNING, _("{subject} waits for your approval"), _("{people_words}"), "bulk"),
    Rule("bulk_send.declined.creator", Kind.BULK_SEND_DECLINED, (creator,), C.MESSAGING, L.WARNING, _("{subject} was not approved"), _("{reason}"), "bulk"),
    Rule("bulk_send.completed.creator", Kind.BULK_SEND_COMPLETED, (creator,), C.MESSAGING, L.SUCCESS, _("{subject} has been sent"), _("{sent_words}"), "bulk", some_failed),
    Rule("bulk_send.failed.creator", Kind.BULK_SEND_FAILED, (creator, managers), C.MESSAGING, L.ERROR, _("{subject} could not be sent"), _("{reason}"), "bulk"),
    Rule("message.failed.front_desk", Kind.MESSAGE_FAILED, (front_desk, admins), C.MESSAGING, L.WARNING, _("A message to {recipient} failed"), _("{channel}. {failure_words}"), "message"),
    Rule("messaging.failure_rate.front_desk", Kind.MESSAGING_FAILURE_RATE, (front_desk, admins), C.MESSAGING, L.ERROR, _("Many messages are failing"), _("{rate_words}"), "messages"),
    Rule("messaging.budget.managers", Kind.MESSAGING_BUDGET, (managers, admins), C.MESSAGING, L.WARNING, _("Budget for messages: {percent}%"), _("{budget_words}"), "costs"),
    Rule("provider.unreachable.front_desk", Kind.PROVIDER_UNREACHABLE, (front_desk, admins), C.MESSAGING, L.ERROR, _("{subject} does not answer"), _("Messages wait or go by another provider until it does."), "messages"),
    Rule("feed.silent.managers", Kind.FEED_SILENT, (managers, admins), C.SYSTEM, L.ERROR, _("{subject} is silent"), _("No message has come since {when}. Alerts of what happens there may be missing."), "feed"),
    Rule("identity.unclear.managers", Kind.IDENTITY_UNCLEAR, (managers, admins), C.SYSTEM, L.ERROR, _("Who is {subject}?"), _("{identity_words}"), "identity", nothing_critical),
    Rule("system.notice.addressee", Kind.SYSTEM_NOTICE, (addressee,), C.SYSTEM, L.INFO, _("{subject}"), _("{text}"), "given", given_level=True),
    Rule("system.info.admins", Kind.SYSTEM_INFO, (admins,), C.SYSTEM, L.INFO, _("{subject}"), _("{reason}")),
    Rule("system.warning.admins", Kind.SYSTEM_WARNING, (admins,), C.SYSTEM, L.WARNING, _("{subject}"), _("{reason}")),
    Rule("system.error.admins", Kind.SYSTEM_ERROR, (admins,), C.SYSTEM, L.ERROR, _("{subject}"), _("{reason}")),
)

# Who hears of what somebody must hear of where nobody does, or nobody is on duty in the wards
# concerned: the first of these with anybody in it. Charge nurses of the wards concerned are on duty
# there, so these are those of other wards.
FALLBACKS: tuple[tuple[Audience, str], ...] = (
    (charge_nurses, _("You are told as charge nurse.")),
    (managers, _("You are told as hospital manager.")),
    (admins, _("You are told as administrator.")),
)

SMS, EMAIL = (Channel.SMS,), (Channel.EMAIL,)
PHONE, ANY = (Channel.SMS, Channel.WHATSAPP), (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)
T = Topic

MESSAGE_RULES: tuple[MessageRule, ...] = (
    MessageRule("patient.admitted.patient.message",            Kind.PATIENT_ADMITTED,          the_patient,  "patient_admitted",             T.CARE,          (SMS, EMAIL),   until=a_day_after),
    MessageRule("patient.transferred.patient.message",         Kind.PATIENT_TRANSFERRED,       the_patient,  "patient_transferred",          T.CARE,          (EMAIL,)),
    MessageRule("patient.discharged.patient.message",          Kind.PATIENT_DISCHARGED,        the_leaver,   "patient_discharged",           T.CARE,          (SMS, EMAIL),   until=a_day_after),
    MessageRule("appointment.booked.provider.message",         Kind.APPOINTMENT_BOOKED,        the_provider, "appointment_booked_staff",     T.STAFF,         (EMAIL,),       until=it_begins),
    MessageRule("appointment.confirmed.patient.message",       Kind.APPOINTMENT_CONFIRMED,     the_patient,  "appointment_confirmed",        T.CONFIRMATIONS, (PHONE, EMAIL), until=it_begins),
    MessageRule("appointment.rescheduled.patient.message",     Kind.APPOINTMENT_RESCHEDULED,   the_patient,  "appointment_rescheduled",      T.CONFIRMATIONS, (PHONE, EMAIL), within_a_day, it_begins),
    MessageRule("appointment.rescheduled.provider.message",    Kind.APPOINTMENT_RESCHEDULED,   the_provider, "appointment_rescheduled_staff", T.STAFF,        (EMAIL,),       until=it_begins),
    MessageRule("appointment.cancelled.patient.message",       Kind.APPOINTMENT_CANCELLED,     the_patient,  "appointment_cancelled",        T.CONFIRMATIONS, (PHONE, EMAIL), within_a_day, it_begins),
    MessageRule("appointment.cancelled.provider.message",      Kind.APPOINTMENT_CANCELLED,     the_provider, "appointment_cancelled_staff",  T.STAFF,         (EMAIL,),       until=it_begins),
    MessageRule("appointment.completed.patient.message",       Kind.APPOINTMENT_COMPLETED,     the_patient,  "appointment_completed",        T.CONFIRMATIONS, (EMAIL,),       until=soon_after),
    MessageRule("appointment.follow_up_due.patient.message",   Kind.APPOINTMENT_FOLLOW_UP_DUE, the_patient,  "appointment_follow_up_due",    T.CONFIRMATIONS, ((Channel.SMS, Channel.EMAIL),)),
    MessageRule("appointment.no_show.patient.message",         Kind.APPOINTMENT_NO_SHOW,       the_patient,  "appointment_no_show",          T.CONFIRMATIONS, (EMAIL,),       until=soon_after),
    MessageRule("appointment.reminder_due.patient.message",    Kind.APPOINTMENT_REMINDER_DUE,  the_patient,  "appointment_reminder_due",     T.REMINDERS,     (ANY,),         until=it_begins),
    MessageRule("test_result.ready.patient.message",           Kind.TEST_RESULT_READY,         the_new_reader, "test_result_ready",          T.RESULTS,       (ANY,)),
    MessageRule("test_result.corrected.patient.message",       Kind.TEST_RESULT_CORRECTED,     the_new_reader, "test_result_ready",          T.RESULTS,       (ANY,)),
    MessageRule("billing.invoice_created.patient.message",     Kind.BILLING_INVOICE_CREATED,   the_patient,  "billing_invoice_created",      T.BILLING,       (ANY,)),
    MessageRule("billing.payment_reminder.patient.message",    Kind.BILLING_PAYMENT_REMINDER,  the_patient,  "billing_payment_reminder",     T.BILLING,       (ANY,)),
    MessageRule("billing.payment_received.patient.message",    Kind.BILLING_PAYMENT_RECEIVED,  the_patient,  "billing_payment_received",     T.BILLING,       (ANY,)),
    MessageRule("telemedicine.scheduled.patient.message",      Kind.TELEMEDICINE_SCHEDULED,    the_patient,  "telemedicine_scheduled",       T.CONFIRMATIONS, (ANY,),         within_a_day, it_begins),
)
# fmt: on


def message_rules_for(kind: str) -> list[MessageRule]:
    """Who is written to outside the app on a kind of event, and how."""
    return [rule for rule in MESSAGE_RULES if rule.kind == kind]


def rules_for(kind: str) -> list[Rule]:
    """The rows of the table for a kind of event, in order; none for what is only logged."""
    return [rule for rule in RULES if rule.kind == kind]


def level_of(rule: Rule, event: Event) -> Level:
    """How loud this rule is for this event."""
    level = Level(event.data["level"]) if rule.given_level else rule.level
    return Level.WARNING if rule.warn_if(event) else level
