"""Messages that no lane would ever look at: their channel, or the carrier that had them, is gone.

Carriers come and go with the environment; what was written before must not wait for ever.
"""

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from messaging import carriers
from messaging.channels import Channel
from messaging.delivery import origins
from messaging.delivery.origins import on_next_channel
from messaging.delivery.outcomes import StillUnclear, leave_unclear
from messaging.delivery.transitions import Moves
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import UNSENT, Status

TOGETHER = 500


def sweep() -> int:
    """Puts those that are due on another channel, or gives them up; returns how many moves."""
    served = {
        channel: [carrier.name for carrier in carriers.for_channel(channel)] for channel in Channel
    }
    closed = Q(channel__in=[channel for channel, names in served.items() if not names])
    gone = Q()
    for channel, names in served.items():
        gone |= Q(channel=channel) & ~Q(provider__in=names)
    # Each of them has an index of its own.
    looks = (
        Q(gone, status=Status.SENDING),
        Q(closed, origins.single(), status__in=UNSENT),
        *(Q(closed, each.begun(), status__in=UNSENT) for each in origins.batched().values()),
    )
    with transaction.atomic():
        due = Message.objects.select_for_update(of=("self",), skip_locked=True)
        moves = Moves()
        for which in looks:
            found = due.filter(which, due_at__lte=Now()).order_by("pk")
            for message in found[:TOGETHER]:
                _rehome(message, moves)
        return moves.write()


def _rehome(message: Message, moves: Moves) -> None:
    if message.status == Status.SENDING:
        leave_unclear(message, StillUnclear(give_up=bool(message.reason)), moves)
    elif on_next_channel(message):
        moves.change(message)
    else:
        moves.move(message, Status.SUPPRESSED, detail=Reason.NO_PROVIDER)
