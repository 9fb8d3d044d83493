"""The tables of the analytics page as files. Few rows, whatever they add up."""

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from messaging.channels import Channel
from messaging.insights import hours, metrics
from messaging.insights.metrics import Figures
from messaging.insights.spans import Span, Step
from messaging.reasons import in_words
from wards.base.csv_rows import guard

Rows = Iterable[Sequence[object]]
COUNTS = ("Total", "Waiting", "Sent", "Delivered", "Read", "Failed", "Not_Sent", "Success_Rate")


def write(file: TextIO, table: str, span: Span, step: Step) -> None:
    """Writes one of `TABLES`. Columns are in English: other programs read them."""
    header, rows = TABLES[table](span, step)
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    return guard(value) if isinstance(value, str) else value


def _counts(f: Figures) -> tuple[object, ...]:
    rate = None if f.rate is None else round(f.rate, 2)
    return (f.total, f.waiting, f.sent, f.delivered, f.read, f.lost, f.stopped, rate)


def _trend(span: Span, step: Step) -> tuple[Sequence[str], Rows]:
    rows = ((at.isoformat(), *_counts(f)) for at, f in metrics.trend(span, step))
    return (step.value.capitalize(), *COUNTS), rows


def _channels(span: Span, step: Step) -> tuple[Sequence[str], Rows]:
    waits = metrics.waits(span)
    rows = (
        (channel, *_counts(f), *(_seconds(waits, channel, each) for each in metrics.PERCENTILES))
        for channel, f in metrics.by_channel(span).items()
    )
    return ("Channel", *COUNTS, *(f"P{n}_Seconds" for n in metrics.PERCENTILES)), rows


def _seconds(waits: dict[str, dict[int, float]], channel: str, percent: int) -> float | None:
    seconds = waits.get(channel, {}).get(percent)
    return None if seconds is None else round(seconds, 2)


def _templates(span: Span, step: Step) -> tuple[Sequence[str], Rows]:
    rows = ((t.name, t.channel, *_counts(t.figures)) for t in metrics.templates(span))
    return ("Template", "Channel", *COUNTS), rows


def _costs(span: Span, step: Step) -> tuple[Sequence[str], Rows]:
    header = ("Channel", "Provider", "Country", "Currency", "Messages", "Parts", "Cost")
    return header, metrics.costs(span)


def _reasons(span: Span, step: Step) -> tuple[Sequence[str], Rows]:
    found = metrics.failures(span)
    rows = ((f.reason, in_words(f.reason), f.messages, round(f.share, 2)) for f in found)
    return ("Reason", "In_Words", "Messages", "Percent"), rows


def _hours(span: Span, step: Step) -> tuple[Sequence[str], Rows]:
    rows = (
        (
            Channel(channel),
            hour.hour,
            hour.sent,
            hour.soon,
            "read" if day.by_reading else "delivered",
        )
        for channel, day in hours.days(Span.of_days(hours.DAYS)).items()
        for hour in day.hours
        if hour.sent
    )
    return ("Channel", "Hour", "Sent", "Soon", "Soon_Is"), rows


TABLES: dict[str, Callable[[Span, Step], tuple[Sequence[str], Rows]]] = {
    "trend": _trend,
    "channels": _channels,
    "templates": _templates,
    "costs": _costs,
    "reasons": _reasons,
    "hours": _hours,
}
