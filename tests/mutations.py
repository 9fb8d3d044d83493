"""Mutations: takes the guard of each safety rule out in turn, and says whether the tests notice.

`python -m tests.mutations [s01 …]`, or `make mutations` for all. Works on a copy of the checkout;
ends with 1 where a test that should have failed has passed.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.processes import ROOT

LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache")


class Mutation(NamedTuple):
    """One guard taken out: `old`, which stands once in the file at `path`, becomes `new`."""

    rule: str
    what: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule} {self.what}"


MUTATIONS: tuple[Mutation, ...] = ()


def main(rules: list[str]) -> int:
    """Runs those of the rules, all of them without any; the exit status."""
    chosen = [each for each in MUTATIONS if not rules or each.rule.lower() in rules]
    unnoticed = []
    with _copy() as copy:
        for mutation in chosen:
            noticed = _is_noticed(mutation, copy)
            print(f"{'noticed  ' if noticed else 'UNNOTICED'} {mutation}", flush=True)
            unnoticed += [] if noticed else [mutation]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    return 1 if unnoticed or not chosen else 0


@contextmanager
def _copy() -> Iterator[Path]:
    """The checkout as it is, elsewhere, with the same tools."""
    with tempfile.TemporaryDirectory(prefix="wardbell-mutations-") as directory:
        copy = Path(directory) / "checkout"
        shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
        yield copy


def _is_noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether a test fails without the guard; the file is as before afterwards."""
    path = copy / mutation.path
    before = path.read_text()
    assert before.count(mutation.old) == 1, f"{mutation}: not exactly once in {mutation.path}"
    path.write_text(before.replace(mutation.old, mutation.new))
    try:
        return _pytest(copy, mutation.tests) == 1  # 1: tests were run, and some failed
    finally:
        path.write_text(before)


def _pytest(copy: Path, tests: tuple[str, ...]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main([each.lower() for each in sys.argv[1:]]))
