"""Charts as the page's script draws them, and as the table that says the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from messaging.channels import Channel
from messaging.insights.hours import ENOUGH, Advice, Day
from messaging.insights.metrics import Figures
from messaging.insights.spans import Step

Number = int | float | None


class Series(NamedTuple):
    """One line or one colour of bars; `tone` names a colour of static/css/tokens.css."""

    label: str
    tone: str
    values: Sequence[Number]
    percent: bool = False  # of an axis of its own, from 0 to 100
    kind: str = "bar"  # or "line"


@dataclass(frozen=True)
class Chart:
    """What is drawn, and said, about points that have a name."""

    id: str
    title: str
    first_column: str
    labels: Sequence[str]
    series: Sequence[Series]
    stacked: bool = False
    marked: int | None = None  # the point that is pointed out
    short: Sequence[str] = field(default_factory=list)  # the labels on the axis

    @property
    def data(self) -> dict[str, object]:
        """For the script."""
        return {
            "labels": list(self.labels),
            "short": list(self.short or self.labels),
            "series": [series._asdict() for series in self.series],
            "stacked": self.stacked,
            "marked": self.marked,
        }

    @property
    def rows(self) -> Iterator[tuple[str, list[tuple[Number, bool]]]]:
        """For the table: each point with its values, and whether those are percentages."""
        for at, label in enumerate(self.labels):
            yield label, [(series.values[at], series.percent) for series in self.series]


def trend_chart(points: Sequence[tuple[date, Figures]], step: Step) -> Chart:
    """What became of the messages of each day, week or month."""
    figures = [each for _at, each in points]
    titles = {
        Step.DAY: (_("Messages by day"), _("Day")),
        Step.WEEK: (_("Messages by week"), _("Week from")),
        Step.MONTH: (_("Messages by month"), _("Month")),
    }
    title, column = titles[step]
    return Chart(
        "trend",
        title,
        column,
        [_name(at, step, long=True) for at, _figures in points],
        [
            Series(_("Read"), "chart-read", [f.read for f in figures]),
            Series(_("Delivered"), "chart-delivered", [f.delivered for f in figures]),
            Series(_("On the way"), "chart-way", [f.sent + f.waiting for f in figures]),
            Series(_("Failed"), "chart-failed", [f.lost for f in figures]),
            Series(_("Not sent"), "chart-stopped", [f.stopped for f in figures]),
        ],
        stacked=True,
        short=[_name(at, step, long=False) for at, _figures in points],
    )


def hour_chart(day: Day, advice: Advice | None) -> Chart:
    """How many of the messages sent in each hour were read, or arrived, soon."""
    label = _("Read within an hour") if day.by_reading else _("Arrived within 10 minutes")
    return Chart(
        f"hours-{day.channel}",
        str(Channel(day.channel).label),
        _("Hour"),
        [f"{hour.hour:02}:00" for hour in day.hours],
        [
            Series(_("Sent"), "chart-stopped", [hour.sent for hour in day.hours]),
            Series(
                label,
                "brand",
                [round(hour.share, 1) if hour.sent >= ENOUGH else None for hour in day.hours],
                percent=True,
                kind="line",
            ),
        ],
        marked=advice.best.hour if advice else None,
        short=[f"{hour.hour:02}" for hour in day.hours],
    )


def _name(at: date, step: Step, *, long: bool) -> str:
    if step == Step.MONTH:
        return date_format(at, "F Y" if long else "M y")
    return date_format(at, _("D j M Y") if long else _("j M"))
