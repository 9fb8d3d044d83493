"""Static files are collected by one user and served by another."""

import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.config.test_settings import REQUIRED
from tests.processes import ROOT

# Root reads everything, unless it goes without the right to.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
WITHOUT_RIGHTS = WITHOUT_RIGHTS if os.geteuid() == 0 else []


def run(
    code: list[str], static: Path, before: Sequence[str] = (), umask: int = 0o022
) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        **REQUIRED,
        "DEMO": "false",
        "STATIC_ROOT": str(static),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [*before, sys.executable, *code]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, umask=umask
    )


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o022])
def test_whoever_collects_them_everybody_reads_them(tmp_path: Path, umask: int) -> None:
    static = tmp_path / "var" / "static"
    done = run(["manage.py", "collectstatic", "--noinput", "-v0"], static, umask=umask)
    assert done.returncode == 0, done.stderr
    paths = [tmp_path / "var", static, *static.rglob("*")]
    assert len(paths) > 100
    assert any(path.suffix == ".gz" for path in paths)
    (script,) = static.glob("js/app.????????????.js")
    assert "import " not in script.read_text(), "one request for all of it (config/bundles.py)"
    needed = {path: 0o555 if path.is_dir() else 0o444 for path in paths}
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert not [path for path in paths if modes[path] & needed[path] != needed[path]]


def test_a_directory_that_is_closed_is_said_in_a_sentence(tmp_path: Path) -> None:
    closed = tmp_path / "var"
    (closed / "static").mkdir(parents=True)
    closed.chmod(0o000)
    done = run(["-c", "import config.settings"], closed / "static", before=WITHOUT_RIGHTS)
    closed.chmod(0o700)
    assert done.returncode != 0
    assert "may not read STATIC_ROOT" in done.stderr.splitlines()[-1]
