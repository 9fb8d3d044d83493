"""Every part of the benchmarks still runs: the real code, with very few of everything.

On a stage of its own, as `make bench` has it; no figure is looked at.
"""

import os
import subprocess
import sys

from tests.benchmarks.__main__ import PARTS
from tests.processes import ROOT

COMMAND = [sys.executable, "-m", "tests.benchmarks", "--runs", "1", "--sockets", "20"]


def test_every_part_runs_tiny() -> None:
    ran = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={**os.environ, "BENCH_TINY": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stderr[-5000:]
    assert ran.stdout.count("\n## ") + ran.stdout.startswith("## ") == len(PARTS), ran.stdout
