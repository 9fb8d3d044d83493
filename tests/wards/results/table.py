"""The table of values and their meanings (table.txt), as rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wards.results.interpretation import Limit, Rules
from wards.results.observations import Code, Observation

CODE = "2823-3"
_COLUMNS = 9


@dataclass(frozen=True)
class Row:
    """One value: how it is sent, by which rules, and what it means for which reason."""

    line: int
    expected: str
    observation: Observation
    rules: Rules
    readings: tuple[str, ...]
    reason: str


def rows() -> Iterator[Row]:
    """Every row of the table."""
    lines = Path(__file__).with_name("table.txt").read_text().splitlines()
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            yield _row(number, [cell.strip(" ") for cell in line.split("|")])


def _row(line: int, cells: list[str]) -> Row:
    assert len(cells) == _COLUMNS, f"table.txt:{line} has {len(cells)} columns"
    expected, value, kind, unit, flags, span, status, settings, reason = cells
    given = dict(setting.split("=", 1) for setting in settings.split())
    limit = Limit(_end(given, "low"), _end(given, "high"), given.get("in", ""))
    return Row(
        line,
        expected,
        Observation(
            codes=(Code(CODE, "Potassium"),),
            type=kind,
            value=value.replace(r"\n", "\n").replace(r"\s", "\u00a0"),
            unit=unit,
            range=span,
            flags=tuple(flags.split("~")) if flags else (),
            status=status,
        ),
        Rules(
            limits={CODE: limit} if {"low", "high"} & set(given) else {},
            decimal=given.get("decimal", ""),
            sex=given.get("sex", ""),
        ),
        tuple(given["readings"].split(";")) if "readings" in given else (),
        reason,
    )


def _end(given: dict[str, str], name: str) -> float | None:
    return float(given[name]) if name in given else None
