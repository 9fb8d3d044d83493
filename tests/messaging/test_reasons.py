"""Why was this message not sent? Each reason leads to the code that decides it, and back."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.module_loading import import_string

from messaging.reasons import DECIDED_IN, Reason

ROOT = Path(__file__).resolve().parents[2]
NAMES = re.compile(r"\bReason\.([A-Z_]+)\b")


def found(name: str) -> Any:
    """A function, or a method of a class."""
    try:
        return import_string(name)
    except ImportError:
        owner, _, method = name.rpartition(".")
        return getattr(import_string(owner), method)


@pytest.mark.parametrize("reason", Reason)
def test_where_it_is_decided(reason: Reason) -> None:
    for name in DECIDED_IN[reason]:
        assert f"Reason.{reason.name}" in inspect.getsource(found(name)), name


def deciding() -> Iterator[tuple[str, Reason]]:
    """Every function of ours with each of the reasons that it names."""
    for path in (*(ROOT / "messaging").rglob("*.py"), *(ROOT / "inbox").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                source = ast.get_source_segment(text, node) or ""
                yield from (
                    (f"{module}:{node.name}", Reason[name]) for name in NAMES.findall(source)
                )


def test_it_is_decided_nowhere_else() -> None:
    """A function that names a reason is in the map of that reason."""
    known = {
        (found(name).__module__ + ":" + found(name).__name__, reason)
        for reason, names in DECIDED_IN.items()
        for name in names
    }
    assert not {*deciding()} - known, "say in messaging/reasons.py that it is decided there, too"
