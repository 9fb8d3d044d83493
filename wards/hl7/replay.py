"""A stored message, applied again: after something was mended here, or decided."""

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from wards import events
from wards.base.refused import Refused
from wards.hl7 import intake
from wards.hl7.feeds import feed_of
from wards.hl7.header import Header, read
from wards.kinds import Kind
from wards.models import Hl7Message, User

Status = Hl7Message.Status
PRODUCTION = ("", "P")


def replay(message: Hl7Message, by: User) -> str:
    """Applies it as if it came just now; returns its new status.

    Refused where it was applied before, or somebody else is at it. Not to be called inside a
    transaction. The sender is not told.
    """
    assert by.hospital is not None
    header = _header(message.raw)
    feed = feed_of(header)
    if feed is None or feed.hospital_id != by.hospital_id:
        raise Refused(_("No feed of this hospital has this message's sender."))
    if not may_be_replayed(message):
        raise Refused(_("This message has been applied."))
    before = message.status
    with scopes_disabled():
        row = Hl7Message.objects.filter(pk=message.pk, status=before)
        if not row.update(status=Status.RECEIVED, feed=feed, hospital=feed.hospital):
            raise Refused(_("Somebody else is at this message."))
    message.status, message.feed, message.hospital = Status.RECEIVED, feed, feed.hospital
    waited, message.question = message.question, None
    intake.conclude(message, header)
    with transaction.atomic():
        if waited and message.question is None and message.status == Status.ACCEPTED:
            Hl7Message.objects.filter(pk=message.pk).update(question=None)
        events.record(
            Kind.MESSAGE_REPLAYED,
            hospital=feed.hospital,
            actor=by,
            data={"message": message.pk, "before": before, "status": message.status},
        )
    return message.status


def may_be_replayed(message: Hl7Message) -> bool:
    """Whether it has not been applied: not accepted, held, or accepted as training."""
    if message.status != Status.ACCEPTED:
        return True
    return message.question_id is not None or message.processing not in PRODUCTION


def _header(text: str) -> Header:
    """The header of a message as it is stored: decoded, whatever it was sent in."""
    codec = read(text.encode())[0].codec
    return read(text.encode(codec, errors="replace"))[0]
