"""Whether what a bulk send told of appointments is still true."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from messaging.models import BulkRecipient, BulkSend, Message
from messaging.reasons import Reason
from wards.models import Appointment

Status = Appointment.Status
TO_COME = [Status.BOOKED.value, Status.CONFIRMED.value]


def untrue(messages: Sequence[Message]) -> dict[int, str]:
    """Message id -> reason, for those whose appointment is no longer as they say.

    The messages with their `bulk`. One query however many; none where no bulk send is about
    appointments.
    """
    lines = {
        (message.bulk_id, int(message.key.rpartition(":")[2])): message.pk
        for message in messages
        if message.bulk and message.bulk.audience == BulkSend.Audience.APPOINTMENTS
    }
    if not lines:
        return {}
    told = Q()
    for bulk, line in lines:
        told |= Q(bulk=bulk, line=line)
    found = BulkRecipient.objects.filter(told).select_related("appointment")
    return {
        lines[recipient.bulk_id, recipient.line]: reason
        for recipient in found
        if (reason := _objection(recipient, recipient.appointment))
    }


def _objection(recipient: BulkRecipient, visit: Appointment | None) -> str:
    if visit is None or recipient.starts_at is None:
        return ""
    if visit.status == Status.CANCELLED:
        return Reason.VISIT_CANCELLED
    if visit.status not in TO_COME:
        return Reason.VISIT_OVER
    moved = abs(visit.starts_at - recipient.starts_at) > timedelta(seconds=1)
    return Reason.VISIT_MOVED if moved else ""
