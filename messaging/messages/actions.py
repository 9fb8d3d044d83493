"""What the front desk does with single messages."""

from django.db import transaction
from django.utils.translation import gettext as _

from messaging import delivery
from messaging.models import Message
from messaging.statuses import Status
from wards.base.refused import Refused
from wards.models import User

RETRIED = (Status.FAILED, Status.BOUNCED)


@transaction.atomic
def retry_messages(*, message_ids: list[int], by: User) -> int:
    """Sends those that failed or bounced once more; returns how many. Refused for none."""
    count = delivery.retry(message_ids, by=by)
    if not count:
        raise Refused(_("None of these has failed."))
    return count


@transaction.atomic
def cancel_message(*, message: Message, by: User) -> None:
    """Takes back what still waits to be sent, for the first time or again.

    Refused once it has left the house or has come to its end.
    """
    if not delivery.cancel_one(message, by=by):
        raise Refused(_("It does not wait any more: it cannot be taken back."))
