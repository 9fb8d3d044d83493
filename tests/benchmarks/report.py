"""What was found: tables, and whether the targets were met."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from statistics import median

from django.db import connection

PACKAGES = (
    "Django",
    "channels",
    "channels_redis",
    "daphne",
    "uvicorn",
    "websockets",
    "redis",
    "psycopg",
    "django-notifications-hq",
)


@dataclass(frozen=True)
class Target:
    """A promise about a figure: at most, or at least, so much."""

    text: str
    value: float
    at_most: float = float("inf")
    at_least: float = 0.0

    @property
    def met(self) -> bool:
        return self.at_least <= self.value <= self.at_most

    def __str__(self) -> str:
        return f"{'met' if self.met else '**missed**'}: {self.text} (measured: {self.value:.3g})"


@dataclass
class Section:
    """One part's table, in the words of the page it ends up on."""

    title: str
    text: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            [
                f"## {self.title}",
                "",
                self.text,
                "",
                _line(self.columns),
                _line(["---", *["---:"] * (len(self.columns) - 1)]),
                *map(_line, self.rows),
                "",
                *(f"- {target}" for target in self.targets),
                "",
                f"Measured on {date.today()}.",
                "",
            ]
        )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def spread(values: list[float], scale: float = 1000.0, digits: int = 0) -> str:
    """Median and range: "35 (31-44)"."""
    middle, low, high = (
        f"{value * scale:.{digits}f}" for value in (median(values), min(values), max(values))
    )
    return f"{middle} ({low}-{high})"


def renewed(text: str, sections: list[Section]) -> str:
    """The page `text` with these sections instead of those of the same title, or at its end."""
    head, *parts = text.split("\n## ")
    by_title = {part.splitlines()[0]: f"\n## {part.strip()}\n" for part in parts}
    by_title |= {section.title: f"\n{str(section).strip()}\n" for section in sections}
    return f"{head.rstrip()}\n{''.join(by_title.values())}"


def page(sections: list[Section], runs: int, sockets: int) -> str:
    """docs/benchmarks.md."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Written by `make bench`: {os.cpu_count()} processors, "
            f"{platform.system()}, Python {platform.python_version()}, PostgreSQL {postgres}, "
            f"{versions}. {sockets} sockets or recipients, {runs} runs.",
            "",
            "Everything runs on the one machine, each server in a process of its own, clients in "
            "another. The contestants take turns within each run (A B C, A B C, …), so a busy "
            "moment hits all alike: read the ratios rather than the absolute times. Figures are "
            "medians, with the range in brackets.",
            "",
            *map(str, sections),
        ]
    )
