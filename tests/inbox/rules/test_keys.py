"""The keys of the tables: what switches, delays and reports name rows by."""

import pytest

from inbox.rules.table import MESSAGE_RULES, RULES, MessageRule, Rule

# Written down by hand and never changed: hospitals may have said something of a row by its key.
# Where a row goes, its key goes from here and is not given to another one.
ALERTS = [
    "patient.admitted.caregivers",
    "patient.admitted.patient",
    "patient.transferred.ward_staff",
    "patient.transferred.patient",
    "patient.discharged.caregivers",
    "patient.discharged.patient",
    "patient.admission_cancelled.ward_staff",
    "patient.transfer_cancelled.ward_staff",
    "patient.discharge_cancelled.ward_staff",
    "appointment.booked.provider",
    "appointment.confirmed.patient",
    "appointment.rescheduled.provider",
    "appointment.rescheduled.patient",
    "appointment.modified.provider",
    "appointment.arrived.provider",
    "appointment.cancelled.provider",
    "appointment.cancelled.patient",
    "appointment.no_show.provider",
    "test_result.ready.provider",
    "test_result.ready.patient",
    "test_result.preliminary.provider",
    "test_result.critical.ward_staff",
    "test_result.corrected.provider",
    "test_result.corrected.patient",
    "test_result.withdrawn.provider",
    "test_result.withdrawn.patient",
    "alert.unheard.managers",
    "telemedicine.scheduled.provider",
    "bulk_operation.completed.starter",
    "bulk_operation.failed.starter",
    "bulk_send.waiting.approvers",
    "bulk_send.declined.creator",
    "bulk_send.completed.creator",
    "bulk_send.failed.creator",
    "message.failed.front_desk",
    "messaging.failure_rate.front_desk",
    "messaging.budget.managers",
    "provider.unreachable.front_desk",
    "feed.silent.managers",
    "identity.unclear.managers",
    "system.notice.addressee",
    "system.info.admins",
    "system.warning.admins",
    "system.error.admins",
]
MESSAGES = [
    "patient.admitted.patient.message",
    "patient.transferred.patient.message",
    "patient.discharged.patient.message",
    "appointment.booked.provider.message",
    "appointment.confirmed.patient.message",
    "appointment.rescheduled.patient.message",
    "appointment.rescheduled.provider.message",
    "appointment.cancelled.patient.message",
    "appointment.cancelled.provider.message",
    "appointment.completed.patient.message",
    "appointment.follow_up_due.patient.message",
    "appointment.no_show.patient.message",
    "appointment.reminder_due.patient.message",
    "test_result.ready.patient.message",
    "test_result.corrected.patient.message",
    "billing.invoice_created.patient.message",
    "billing.payment_reminder.patient.message",
    "billing.payment_received.patient.message",
    "telemedicine.scheduled.patient.message",
]


def test_the_keys_are_what_they_always_were() -> None:
    assert [rule.key for rule in RULES] == ALERTS
    assert [rule.key for rule in MESSAGE_RULES] == MESSAGES


def test_a_key_names_one_row() -> None:
    keys = [*ALERTS, *MESSAGES]
    assert len({*keys}) == len(keys)


@pytest.mark.parametrize("rule", [*RULES, *MESSAGE_RULES], ids=lambda rule: rule.key)
def test_a_key_says_of_what_it_is(rule: Rule | MessageRule) -> None:
    who = rule.key.removeprefix(f"{rule.kind.value}.").removesuffix(".message")
    assert who.replace("_", "").isalpha()
