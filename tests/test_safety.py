"""The hazard log is true: every rule has tests that are there, and mutations that still apply."""

import ast
import re
from functools import cache

import pytest

from tests.mutations import MUTATIONS, Mutation
from tests.processes import ROOT

PAGE = ROOT / "docs" / "safety.md"
RULES = [f"S{number}" for number in range(1, 17)]
# What is only said in words: the documentation itself.
WITHOUT_TESTS = {"S16"}
MUTATED = [*(f"S{number}" for number in range(1, 9)), "S14"]


@cache
def all_tests() -> dict[str, list[str]]:
    """The names of all tests, with the files that have one of that name."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    return found


@cache
def rows() -> dict[str, list[str]]:
    """The cells of the hazard log's rows, by rule."""
    lines = re.findall(r"^\| \*\*(S\d+)\*\* \|(.*)\|$", PAGE.read_text(), flags=re.M)
    return {rule: [cell.strip() for cell in text.split("|")] for rule, text in lines}


def named(rule: str) -> list[str]:
    """The tests that a row names."""
    return re.findall(r"`(test_\w+)`", " ".join(rows()[rule]))


def test_every_rule_has_its_row() -> None:
    assert list(rows()) == RULES
    for rule, cells in rows().items():
        assert len(cells) == 6, rule  # never, cause, effect, control, tests, what is left
        assert all(cells), rule


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in WITHOUT_TESTS])
def test_the_tests_of_a_rule_are_there(rule: str) -> None:
    assert named(rule)
    assert not [name for name in named(rule) if name not in all_tests()]


@pytest.mark.parametrize("rule", MUTATED)
def test_tests_are_named_after_their_rule(rule: str) -> None:
    prefix = f"test_s{int(rule[1:]):02}_"
    assert [name for name in named(rule) if name.startswith(prefix)]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_mutation_still_applies(mutation: Mutation) -> None:
    """Its guard stands once in its file, and its tests are there."""
    text = (ROOT / mutation.path).read_text()
    assert text.count(mutation.old) == 1
    for test in mutation.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).exists(), path
        assert not name or path in all_tests()[name.split("::")[-1].split("[")[0]]


def test_every_rule_of_the_feed_has_a_mutation() -> None:
    assert {each.rule for each in MUTATIONS} >= {f"S{n:02}" for n in range(1, 8)}
