"""The progress of a bulk send as its pages draw it: a bar in stretches, and two texts compared."""

from decimal import Decimal
from typing import NamedTuple

from messaging.campaigns import comparison
from messaging.campaigns.comparison import Share
from messaging.campaigns.progress import Counts, Progress


class Stretch(NamedTuple):
    """A part of the bar, in messages: what it is, where it begins, how long it is."""

    name: str
    before: int
    length: int


class Bar(NamedTuple):
    """Every recipient once: `delivered` is not known to be read, of `sent` no more is known."""

    read: int
    delivered: int
    sent: int
    lost: int
    stopped: int
    left: int

    @property
    def total(self) -> int:
        return sum(self)

    @property
    def arrived(self) -> int:
        return self.read + self.delivered

    @property
    def gone(self) -> int:
        """Those that nothing is to be done for any more, but to wait for what became of them."""
        return self.total - self.left

    @property
    def stretches(self) -> list[Stretch]:
        """What is left is the bar's background."""
        found, before = [], 0
        for name, length in zip(self._fields[:-1], self[:-1], strict=True):
            found.append(Stretch(name, before, length))
            before += length
        return [stretch for stretch in found if stretch.length]


class Text(NamedTuple):
    """How one of two texts did: `delivery` of those whose end is known, `reading` of those that
    arrived. `paid` is by currency, the largest first; they are never added up.
    """

    bar: Bar
    parts: int
    paid: list[tuple[Decimal, str]]
    delivery: Share
    reading: Share


class Compared(NamedTuple):
    """Two texts side by side; `delivery` and `reading`: which one is better, 0 or 1, if any."""

    texts: list[Text]
    delivery: int | None
    reading: int | None
    enough: bool


def bar(counts: Counts) -> Bar:
    """Where the messages are."""
    return Bar(
        counts.read,
        counts.delivered - counts.read,
        counts.handed_over - counts.delivered,
        counts.failed,
        counts.not_sent,
        counts.left if isinstance(counts, Progress) else counts.figures.waiting,
    )


def paid(counts: Counts) -> list[tuple[Decimal, str]]:
    """What it has cost, by currency."""
    return sorted(((cost, currency) for currency, cost in counts.cost.items()), reverse=True)


def compared(progress: Progress) -> Compared | None:
    """How each of two texts did, and whether that is more than chance; None where there is one."""
    if len(progress.variants) < 2:
        return None
    texts = [_text(counts) for counts in progress.variants]
    (first, second) = texts
    return Compared(
        texts,
        comparison.better(first.delivery, second.delivery),
        comparison.better(first.reading, second.reading),
        comparison.enough(first.delivery, second.delivery)
        or comparison.enough(first.reading, second.reading),
    )


def _text(counts: Counts) -> Text:
    ended = counts.delivered + counts.failed
    return Text(
        bar(counts),
        counts.parts,
        paid(counts),
        Share(counts.delivered, ended),
        Share(counts.read, counts.delivered),
    )
