"""Purpose keys, and the sandbox that must be asked for."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.config.test_settings import REQUIRED, run
from tests.processes import ROOT
from wards.base import keys


def test_a_key_is_for_one_purpose_and_tells_nothing_of_another() -> None:
    assert keys.derive("a", "x") == keys.derive("a", "x")
    assert len({keys.derive(secret, use) for secret in "ab" for use in "xy"}) == 4


def test_the_secret_key_itself_is_no_key_of_anything() -> None:
    shown = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    del shown["SECRET_KEY"]
    assert settings.SECRET_KEY not in repr(shown)


def carrier(**env: str) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("DEMO", "DEBUG")}
    clean |= {"MESSAGING_PROVIDERS": "", "SECRET_KEY": "x"}
    command = [sys.executable, "-m", "messaging.sandbox", "--port", "0", "--ledger", "/dev/null/x"]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean | env,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("env", "runs"),
    [
        ({}, False),
        ({"MESSAGING_PROVIDERS": "twilio,smtp"}, False),
        ({"DEMO": "false"}, False),
        ({"DEMO": "true"}, True),
        ({"MESSAGING_PROVIDERS": "smtp, sandbox"}, True),
    ],
)
def test_the_sandbox_runs_in_production_only_by_its_name(env: dict[str, str], runs: bool) -> None:
    with carrier(**env) as process:
        said = process.communicate(timeout=60)[1]
    assert ("MESSAGING_PROVIDERS=sandbox" in said) is not runs
    assert process.returncode != 0  # the ledger's place is none: asked for, it comes as far as that


def test_production_has_no_sandbox_by_itself() -> None:
    code = "from config import settings; print(settings.MESSAGING_PROVIDERS)"
    without = REQUIRED
    command = [sys.executable, "-c", code]
    assert run(command, **without).stdout.strip() == "[]"
    assert run(command, **without, DEMO="true").stdout.strip() == "['sandbox']"
    checks = [sys.executable, "-m", "django", "check", "--deploy", "--settings", "config.settings"]
    assert "wardbell.W005" in run(checks, **without).stderr
