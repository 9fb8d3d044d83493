"""What other systems may ask about messages."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django_scopes import scope
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.models import Message
from messaging.reasons import in_words
from messaging.statuses import HANDED_OVER, Status
from wards.models import User
from wards.roles import Permission, allows


class AppointmentNotificationStatus(APIView):
    """What became of one message about an appointment.

    For those who may see messages, and the patient it is for. 404 for any other message, and for
    another hospital's.
    """

    def get(self, request: Request, message_id: int) -> Response:
        user = request.user
        if not isinstance(user, User) or user.hospital_id is None:
            raise PermissionDenied
        # A token is read by the view, after the middleware that opens the scope of a session.
        with scope(hospital=user.hospital_id):
            about = Message.objects.select_related("event", "patient")
            message = about.filter(pk=message_id, event__appointment__isnull=False).first()
        if message is None:
            raise Http404
        own = message.patient is not None and message.patient.user_id == user.pk
        if not (own or allows(user, Permission.VIEW_MESSAGES)):
            raise PermissionDenied
        return Response(_status(message))


def _status(message: Message) -> dict[str, Any]:
    assert message.event is not None
    waits = message.due_at is not None and message.status != Status.SENDING
    fine = message.status in (Status.QUEUED, Status.SENDING, *HANDED_OVER)
    return {
        "id": message.pk,
        "appointment_id": message.event.appointment_id,
        "notification_type": _kind(message.event.kind),
        "channel": message.channel,
        "status": message.status,
        "scheduled_for": message.due_at if waits else message.sent_at or message.created_at,
        "sent_at": message.sent_at,
        "error_message": "" if fine else in_words(message.reason),
    }


def _kind(kind: str) -> str:
    """As "reminder" or "cancelled"."""
    return kind.removeprefix("appointment.").removesuffix("_due")
