"""docs/results.md has the tables that are used."""

import re
from pathlib import Path

import pytest

from wards.results.flags import STARTER_FLAGS, TABLE_0078
from wards.results.meanings import Interpretation
from wards.results.statuses import STANDINGS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "results.md").read_text()


def row(section: str, first: str) -> set[str]:
    """The flags in a row of a table of the page, the first with that heading after `section`."""
    found = re.search(rf"{re.escape(section)}.*?^\| {first} \| (.*?) \|$", PAGE, re.S | re.M)
    assert found
    return set(re.findall(r"`([^`]+)`", found[1]))


@pytest.mark.parametrize("said", [Interpretation.CRITICAL, Interpretation.ABNORMAL])
def test_the_starter_flags_are_documented(said: Interpretation) -> None:
    flags = {flag for flag, meaning in STARTER_FLAGS.items() if meaning is said}
    assert row("laboratories' own flags. It starts", said) == flags


@pytest.mark.parametrize(
    ("said", "heading"),
    [(said, said.replace("_", " ")) for said in Interpretation if said in (
        "critical", "abnormal", "normal", "not_interpreted"
    )]
    + [(None, "saying nothing")],
)  # fmt: skip
def test_table_0078_is_documented(said: Interpretation | None, heading: str) -> None:
    flags = {flag for flag, (meaning, _) in TABLE_0078.items() if meaning is said}
    assert row("HL7 table 0078:", heading) == flags


def test_the_statuses_are_documented() -> None:
    section = PAGE[PAGE.index("## Status") :]
    assert set(re.findall(r"`([A-Z])`", section)) == set(STANDINGS)
