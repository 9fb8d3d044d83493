"""Clocks of processes, turned by Debian's libfaketime while they run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEEN_WITHIN = 1  # seconds after which a process looks again what its clock shows


class TurnedClock:
    """The clock of one process, or of several; `environment` is what puts them under it.

    The monotonic clock is left alone, as nobody can turn the kernel's.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.turn(0)

    @property
    def environment(self) -> dict[str, str]:
        """Raises AssertionError where libfaketime is missing."""
        found = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
        assert found, "apt-get install libfaketime, as .ci/run does"
        return {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(SEEN_WITHIN),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(HERE / "sleeping"),
        }

    def turn(self, seconds: int) -> None:
        """It is so much ahead of the real time from now on."""
        whole = self._file.with_suffix(".new")
        whole.write_text(f"{seconds:+d}\n")
        os.replace(whole, self._file)

    @contextmanager
    def turned(self, seconds: int) -> Iterator[None]:
        """So much ahead, then right again."""
        self.turn(seconds)
        try:
            yield
        finally:
            self.turn(0)
