"""How far a bulk send is, and how its variants do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import prefetch_related_objects

from messaging.insights.counters import CampaignCount, of_campaigns
from messaging.insights.metrics import Figures
from messaging.models import Campaign


@dataclass(frozen=True)
class Counts:
    """Messages by status, with what follows from that."""

    by_status: dict[str, int]
    parts: int
    cost: dict[str, Decimal]  # by currency

    @cached_property
    def figures(self) -> Figures:
        """The same in the groups that all pages speak of."""
        return Figures.of(self.by_status)

    @property
    def total(self) -> int:
        return self.figures.total

    @property
    def delivered(self) -> int:
        """Delivered or read."""
        return self.figures.arrived

    @property
    def read(self) -> int:
        return self.figures.read

    @property
    def handed_over(self) -> int:
        """With a carrier, or further."""
        return self.figures.sent + self.figures.arrived

    @property
    def failed(self) -> int:
        """Failed or bounced; some of them may be tried again."""
        return self.figures.lost

    @property
    def not_sent(self) -> int:
        """Cancelled, or suppressed just before they would have left."""
        return self.figures.stopped


@dataclass(frozen=True)
class Progress(Counts):
    """Of the whole bulk send; `unqueued` recipients have no message yet."""

    unqueued: int = 0
    variants: list[Counts] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Those that wait for the carrier's first answer, or for their message to be made."""
        return self.unqueued + self.figures.waiting


def progress(campaign: Campaign) -> Progress:
    """How far it is, exactly; its cost does not grow with the number of messages."""
    return progress_of([campaign])[campaign.pk]


def progress_of(campaigns: Sequence[Campaign]) -> dict[int, Progress]:
    """The same for several, by id: two queries however many."""
    prefetch_related_objects(campaigns, "variants")
    counts = of_campaigns([campaign.pk for campaign in campaigns])
    return {campaign.pk: _progress(campaign, counts.get(campaign.pk, [])) for campaign in campaigns}


def _progress(campaign: Campaign, counts: Sequence[CampaignCount]) -> Progress:
    whole = _counts(counts)
    letters = range(len(campaign.variants.all()))
    over = campaign.status in (Campaign.Status.COMPLETED, Campaign.Status.CANCELLED)
    unqueued = max(0, campaign.included - whole.total) if campaign.started_at and not over else 0
    return Progress(
        whole.by_status,
        whole.parts,
        whole.cost,
        unqueued,
        [_counts([each for each in counts if each.variant == number]) for number in letters],
    )


def _counts(counts: Sequence[CampaignCount]) -> Counts:
    by_status: dict[str, int] = {}
    cost: dict[str, Decimal] = {}
    for each in counts:
        by_status[each.status] = by_status.get(each.status, 0) + each.messages
        if each.currency and each.cost:
            cost[each.currency] = cost.get(each.currency, Decimal(0)) + each.cost
    return Counts(by_status, sum(each.parts for each in counts), cost)
