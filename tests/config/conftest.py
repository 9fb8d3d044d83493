"""A var/ directory for embedded servers of a test's own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import local


@pytest.fixture
def var() -> Iterator[Path]:
    """Not in tmp_path: every start of pytest shuts the way there to all but the present user."""
    with tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as directory:
        var = Path(directory) / "var"
        yield var
        for server in local.servers(var):
            server.stop()
