"""What became of the messages that templates made."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from messaging.models import Message
from messaging.statuses import Status

DAYS = 30
ARRIVED = (Status.DELIVERED, Status.READ)
LOST = (Status.FAILED, Status.BOUNCED)
ON_THE_WAY = (Status.QUEUED, Status.SENDING, Status.SENT)


class Usage(NamedTuple):
    """Messages of the last `DAYS` days; those that were suppressed or cancelled do not count."""

    total: int = 0
    arrived: int = 0
    read: int = 0
    lost: int = 0

    @property
    def rate(self) -> int | None:
        """Those that arrived, in percent of those whose end is known; None where none is."""
        known = self.arrived + self.lost
        return round(100 * self.arrived / known) if known else None


def of_templates(template_ids: Iterable[int]) -> dict[int, Usage]:
    """How each was used lately, in one query; one that was not used is absent."""
    lately = timezone.now() - timedelta(days=DAYS)
    messages = Message.objects.filter(
        version__template__in=list(template_ids),
        created_at__gte=lately,
        status__in=(*ON_THE_WAY, *ARRIVED, *LOST),
    )
    counted = (
        messages.order_by()
        .values_list("version__template")
        .annotate(
            total=Count("pk"),
            arrived=Count("pk", filter=Q(status__in=ARRIVED)),
            seen=Count("pk", filter=Q(status=Status.READ)),
            lost=Count("pk", filter=Q(status__in=LOST)),
        )
    )
    return {template: Usage(*counts) for template, *counts in counted}
