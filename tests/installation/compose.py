"""compose.yaml as an engine reads it: values filled in, what is shared merged."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
VARIABLE = re.compile(r"\$\{(\w+)(?::(-|\?)([^}]*))?\}")


def services(given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What runs, by name, with `given` as .env."""
    found: dict[str, dict[str, Any]] = document(given)["services"]
    return found


def document(given: Mapping[str, str]) -> dict[str, Any]:
    """All of the file; KeyError with the reason where a variable must be given."""
    read: dict[str, Any] = _filled_in(yaml.safe_load((ROOT / "compose.yaml").read_text()), given)
    return read


def _filled_in(part: Any, given: Mapping[str, str]) -> Any:
    """As engines do it, in the values that were read: what is filled in is never YAML."""
    if isinstance(part, dict):
        return {key: _filled_in(each, given) for key, each in part.items()}
    if isinstance(part, list):
        return [_filled_in(each, given) for each in part]
    return VARIABLE.sub(partial(_value, given), part) if isinstance(part, str) else part


def _value(given: Mapping[str, str], found: re.Match[str]) -> str:
    name, how, more = found.groups()
    if given.get(name):
        return given[name]
    if how != "-":
        raise KeyError(f"{name}: {more}")
    return str(more)
