"""Hand-written SQL stands in `sql/`, can be read there, and is what the migrations have made."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

import pytest

from tests.test_architecture import FLOORS, ROOT, each_file, files, python_of, tree
from wards.base import sql

LONGEST_IN_PYTHON = 6  # lines: what is longer is read as SQL
STATEMENT = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|DROP|COPY|MERGE|LOCK)\b")
PLACEHOLDER = re.compile(r"%s|%\(\w+\)s")
# What migrations have made of files, as databases of hospitals have it. To change one:
# CONTRIBUTING.md, "A function or trigger of the database".
APPLIED = {
    "messaging/insights/sql/count_messages.sql": "b7ad3e6bedab1c2b",
    "messaging/insights/sql/fold_tallies.sql": "615bb8a374ee3fd3",
    "messaging/insights/sql/recount_tallies.sql": "9b87d7e256758b8c",
    "messaging/insights/sql/tally_trigger.sql": "6e9bb5495e2ccade",
    "wards/base/sql/reference_triggers.sql": "f13397d0f50e078d",
    "wards/base/sql/reference_version.sql": "dba04e7909ac537b",
    "wards/events/sql/append_only.sql": "7b0b6d17feadf5fb",
    "wards/migrations/sql/0004_cell.sql": "d08acd23dde81126",
    "wards/operations/sql/cell.sql": "6f5a56bba5d028ca",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def named_by(migrations: bool) -> frozenset[str]:
    """The files that our Python names: that of the migrations, or all other."""
    return frozenset(
        node.value
        for floor in FLOORS
        for path in python_of(floor)
        if ("migrations" in path.parts) == migrations
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith(".sql")
    )


def test_each_file_is_loaded_by_something() -> None:
    there = {name(path) for path in files(".sql")}
    assert len(there) > 25
    assert there == named_by(True) | named_by(False)


@each_file(".sql")
def test_whoever_opens_a_file_reads_what_it_is(path: Path) -> None:
    """Beside what runs it, with a sentence at its head, in lines that fit."""
    lines = path.read_text().splitlines()
    assert path.parent.name == "sql"
    assert re.match(r"-- \S.{15,}", lines[0])
    head = [*takewhile(lambda line: line.startswith("--"), lines)]
    assert head[-1].endswith(".")
    assert max(map(len, lines)) <= 100
    assert path.read_text().rstrip() + "\n" == path.read_text()


@each_file(".sql")
def test_percent_signs_are_those_of_values(path: Path) -> None:
    """What runs with values doubles the others; a migration runs without, as does a file that has
    no place for one."""
    statement = sql.load(name(path))
    places = set(PLACEHOLDER.findall(statement))
    if name(path) in named_by(True):
        assert not places
        assert "%%" not in statement
        return
    assert places == {"%s"} or "%s" not in places, "by name or by order, not both"
    rest = PLACEHOLDER.sub("", statement)
    assert "%" not in (rest.replace("%%", "") if places else rest)


def long_in_python() -> Iterator[str]:
    """Statements in Python that are longer than they may be, outside the migrations."""
    for floor in FLOORS:
        for path in python_of(floor):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Constant | ast.JoinedStr) and is_long(node):
                    yield f"{name(path)}:{node.lineno}"


def is_long(node: ast.Constant | ast.JoinedStr) -> bool:
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values)
    else:
        text = node.value if isinstance(node.value, str) else ""
    return bool(STATEMENT.match(text)) and len(text.strip().splitlines()) > LONGEST_IN_PYTHON


def test_long_statements_stand_in_files() -> None:
    assert not [*long_in_python()]


@pytest.mark.parametrize("prefix", ["", "r", "f"])
@pytest.mark.parametrize("more", [0, 1])
def test_a_long_statement_in_python_is_seen(prefix: str, more: int) -> None:
    lines = "SELECT {x}\n" + "    AND true\n" * (LONGEST_IN_PYTHON - 1 + more)
    (line,) = ast.parse(f'{prefix}"""\n{lines}"""').body
    assert isinstance(line, ast.Expr)
    assert isinstance(line.value, ast.Constant | ast.JoinedStr)
    assert is_long(line.value) == bool(more)


def test_what_migrations_have_run_stays_as_it_was() -> None:
    made = {
        path: sha256(sql.load(path).encode()).hexdigest()[:16] for path in sorted(named_by(True))
    }
    assert made == APPLIED
