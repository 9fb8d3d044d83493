"""How far a bulk send is, and how its variants do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from messaging.models import BulkSend, Message
from messaging.statuses import Status

ARRIVED = frozenset({Status.DELIVERED, Status.READ})
HANDED_OVER = ARRIVED | {Status.SENT}
FAILED = frozenset({Status.FAILED, Status.BOUNCED})
NOT_SENT = frozenset({Status.CANCELLED, Status.SUPPRESSED})


class BulkCount(NamedTuple):
    """Messages of one variant, channel, status and reason, and what they took."""

    variant: int
    channel: str
    status: str
    reason: str
    messages: int
    parts: int
    cost: Decimal
    currency: str


@dataclass(frozen=True)
class Counts:
    """Messages by status, with what follows from that."""

    by_status: dict[str, int]
    parts: int
    cost: dict[str, Decimal]  # by currency

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def delivered(self) -> int:
        """Delivered or read."""
        return self._of(ARRIVED)

    @property
    def read(self) -> int:
        return self.by_status.get(Status.READ, 0)

    @property
    def handed_over(self) -> int:
        """With a provider, or further."""
        return self._of(HANDED_OVER)

    @property
    def failed(self) -> int:
        """Failed or bounced; some of them may be tried again."""
        return self._of(FAILED)

    @property
    def not_sent(self) -> int:
        """Cancelled, or suppressed just before they would have left."""
        return self._of(NOT_SENT)

    @property
    def delivered_rate(self) -> float | None:
        """Percent of those that were handed over or failed; None where there are none."""
        return self._rate(self.delivered)

    @property
    def read_rate(self) -> float | None:
        """Percent, as `delivered_rate`."""
        return self._rate(self.read)

    def _rate(self, number: int) -> float | None:
        tried = self.handed_over + self.failed
        return 100.0 * number / tried if tried else None

    def _of(self, statuses: Iterable[str]) -> int:
        return sum(self.by_status.get(status, 0) for status in statuses)


@dataclass(frozen=True)
class Progress(Counts):
    """Of the whole bulk send; `unqueued` recipients have no message yet."""

    unqueued: int = 0
    variants: list[Counts] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Those that wait for the provider's first answer, or for their message to be made."""
        waiting = (Status.QUEUED, Status.SENDING)
        return self.unqueued + sum(self.by_status.get(status, 0) for status in waiting)


def progress(bulk: BulkSend) -> Progress:
    """How far it is, exactly; its cost does not grow with the number of messages."""
    counts = of_bulk(bulk.pk)
    whole = _counts(counts)
    letters = range(len(bulk.variants.all()))
    unqueued = max(0, bulk.included - whole.total) if bulk.started_at and not bulk.ended else 0
    return Progress(
        whole.by_status,
        whole.parts,
        whole.cost,
        unqueued,
        [_counts([each for each in counts if each.variant == number]) for number in letters],
    )


def of_bulk(bulk_id: int) -> list[BulkCount]:
    """What its messages are, counted."""
    grouped = (
        Message.objects.filter(bulk=bulk_id)
        .order_by()
        .values("variant", "channel", "status", "reason", "currency")
        .annotate(messages=Count("pk"), sms=Sum("parts"), paid=Coalesce(Sum("cost"), Decimal(0)))
    )
    names = ("variant", "channel", "status", "reason", "messages", "sms", "paid", "currency")
    return [BulkCount(*row) for row in grouped.values_list(*names)]


def _counts(counts: Sequence[BulkCount]) -> Counts:
    by_status: dict[str, int] = {}
    cost: dict[str, Decimal] = {}
    for each in counts:
        by_status[each.status] = by_status.get(each.status, 0) + each.messages
        if each.currency and each.cost:
            cost[each.currency] = cost.get(each.currency, Decimal(0)) + each.cost
    return Counts(by_status, sum(each.parts for each in counts), cost)
