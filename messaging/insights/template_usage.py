"""What became of the messages that templates made."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Sum

from messaging.insights.counters import within
from messaging.insights.metrics import Figures
from messaging.insights.spans import Span
from messaging.models import MessageCounter

DAYS = 30


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
    lately = Span.of_days(DAYS)
    rows = (
        within(MessageCounter.Cube.TEMPLATE, lately.first, lately.last)
        .filter(version__template__in=list(template_ids))
        .values_list("version__template", "status")
        .annotate(n=Sum("messages"))
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for template, status, n in rows:
        found[template][status] = n
    used = {template: Figures.of(statuses) for template, statuses in found.items()}
    return {
        template: Usage(f.total - f.stopped, f.arrived, f.read, f.lost)
        for template, f in used.items()
        if f.total > f.stopped
    }
