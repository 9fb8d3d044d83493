"""What a bulk send would do, as it was counted when its recipients were worked out."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from messaging import reasons
from messaging.insights import budgets, prices
from messaging.models import Campaign, CampaignRecipient
from wards.models import Hospital

FIRST = 10


class Cell(NamedTuple):
    """`messages` that are alike; `parts` of each. `encoding` and `parts` are those of an SMS."""

    variant: int
    channel: str
    country: str
    language: str
    encoding: str
    parts: int
    messages: int


class Excluded(NamedTuple):
    """People who get nothing, and why, for the reader."""

    reason: str
    words: str
    people: int


class Share(NamedTuple):
    """Messages and SMS parts of one channel, language or variant."""

    name: str
    messages: int
    parts: int


@dataclass(frozen=True)
class Preview:
    """Exact for the moment in which the audience was looked at."""

    hospital: Hospital
    people: int
    included: int
    excluded: list[Excluded]
    cells: list[Cell]
    first: list[CampaignRecipient]

    @property
    def left_out(self) -> int:
        """People who get nothing."""
        return self.people - self.included

    @property
    def parts(self) -> int:
        """SMS parts in all."""
        return sum(cell.parts * cell.messages for cell in self.cells)

    @cached_property
    def by_channel(self) -> list[Share]:
        return self._by(lambda cell: cell.channel)

    @cached_property
    def by_language(self) -> list[Share]:
        return self._by(lambda cell: cell.language)

    @cached_property
    def by_variant(self) -> list[Share]:
        """By the variant's letter."""
        return sorted(self._by(lambda cell: chr(ord("A") + cell.variant)))

    @cached_property
    def by_encoding(self) -> list[Share]:
        """Of SMS: GSM-7 and UCS-2."""
        return [share for share in self._by(lambda cell: cell.encoding) if share.name]

    @cached_property
    def by_country(self) -> dict[tuple[str, str], int]:
        """What is paid for: (channel, country) -> SMS parts, or messages where there are none."""
        paid: Counter[tuple[str, str]] = Counter()
        for cell in self.cells:
            paid[cell.channel, cell.country] += max(cell.parts, 1) * cell.messages
        return dict(paid)

    @cached_property
    def estimate(self) -> prices.Estimate:
        """What it will cost by the prices of today. A query, and one a channel without a price."""
        return prices.estimate(self.hospital, self.by_country)

    @property
    def cost(self) -> dict[str, Decimal]:
        """What it will cost, by currency; what has no known price is left out."""
        return {price.currency: price.amount for price in self.estimate.sums}

    @cached_property
    def effect(self) -> budgets.Effect | None:
        """What it would take of this month's budget; None where there is none."""
        return budgets.effect(budgets.of(self.hospital), self.estimate)

    def _by(self, name: Callable[[Cell], str]) -> list[Share]:
        messages: Counter[str] = Counter()
        parts: Counter[str] = Counter()
        for cell in self.cells:
            messages[name(cell)] += cell.messages
            parts[name(cell)] += cell.messages * cell.parts
        return [Share(key, number, parts[key]) for key, number in messages.most_common()]


def preview(campaign: Campaign) -> Preview:
    """What is known of it; empty before it is prepared. One query, however many recipients."""
    counted = campaign.preview or {}
    return Preview(
        hospital=campaign.hospital,
        people=campaign.total,
        included=campaign.included,
        excluded=_excluded(counted.get("excluded", {}).items()),
        cells=[Cell(*cell) for cell in counted.get("cells", [])],
        first=list(campaign.recipients.filter(excluded="").order_by("line")[:FIRST]),
    )


def _excluded(counts: Iterable[tuple[str, int]]) -> list[Excluded]:
    found = [Excluded(reason, reasons.in_words(reason), people) for reason, people in counts]
    return sorted(found, key=lambda each: -each.people)
