"""Faults on purpose: what is killed, hangs, restarts, fills up or tells the wrong time.

Some faults have to last. `make test` has them shortened, `make soak` as long as they are at night.
"""

import os
from typing import TypeVar

import pytest

T = TypeVar("T")
SOAK = os.environ.get("SOAK") == "true"
at_night = pytest.mark.skipif(not SOAK, reason="It takes minutes: make soak.")


def lasting(shortened: T, at_night: T) -> T:
    """How long (how often, how many) in this run: `at_night` under `make soak`."""
    return at_night if SOAK else shortened
