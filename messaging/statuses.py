"""The states of a message and the moves between them; nothing else changes a status.

Carriers' receipts come late, twice and in any order. `may_become` is what keeps a message that has
been read from becoming merely delivered again.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")  # handed to a carrier, whose answer we do not have yet
    SENT = "sent", _("Sent")  # the carrier has taken it
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    FAILED = "failed", _("Failed")  # tried again while `due_at` is set
    BOUNCED = "bounced", _("Bounced")  # for good: no such number, no such mailbox
    CANCELLED = "cancelled", _("Cancelled")  # somebody, or a correction, took it back
    SUPPRESSED = "suppressed", _("Suppressed")  # by preference, or no longer true: see `reason`


S = Status

MOVES: dict[Status, frozenset[Status]] = {
    # Delivered or read: queued again by hand, and then a late receipt of an earlier attempt.
    S.QUEUED: frozenset({S.SENDING, S.DELIVERED, S.READ, S.CANCELLED, S.SUPPRESSED}),
    S.SENDING: frozenset({S.SENT, S.DELIVERED, S.READ, S.FAILED, S.BOUNCED}),
    S.SENT: frozenset({S.DELIVERED, S.READ, S.FAILED, S.BOUNCED}),
    # Bounced: a mail server took the letter, and the one behind it sent it back.
    S.DELIVERED: frozenset({S.READ, S.BOUNCED}),
    S.READ: frozenset(),
    # Tried again, by itself or by hand; or a late receipt says that it had arrived all the same.
    S.FAILED: frozenset(
        {S.QUEUED, S.SENDING, S.DELIVERED, S.READ, S.BOUNCED, S.CANCELLED, S.SUPPRESSED}
    ),
    # Tried again by hand, or on the next channel.
    S.BOUNCED: frozenset({S.QUEUED, S.SENDING, S.CANCELLED, S.SUPPRESSED}),
    S.CANCELLED: frozenset(),
    S.SUPPRESSED: frozenset(),
}

# Nothing has left the house yet: may still be taken back.
UNSENT = (S.QUEUED, S.FAILED, S.BOUNCED)
# It has reached the carrier, or further.
HANDED_OVER = (S.SENT, S.DELIVERED, S.READ)


def leading_to(new: Status) -> list[str]:
    """The states from which there is a move to `new`, for statements."""
    return [old.value for old, moves in MOVES.items() if new in moves]


def may_become(old: str, new: str) -> bool:
    """Whether there is a move from `old` to `new`; none leads from a state to itself."""
    return Status(new) in MOVES[Status(old)]
