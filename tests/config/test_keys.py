"""Purpose keys, the cache's JSON, and the sandbox that must be asked for."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from tests.config.test_settings import REQUIRED, run
from tests.processes import ROOT
from wards import keys


def test_a_key_is_for_one_purpose_and_tells_nothing_of_another() -> None:
    assert keys.derive("a", "x") == keys.derive("a", "x")
    assert len({keys.derive(secret, use) for secret in "ab" for use in "xy"}) == 4


def test_the_secret_key_itself_is_no_key_of_anything() -> None:
    shown = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    del shown["SECRET_KEY"]
    assert settings.SECRET_KEY not in repr(shown)


@pytest.mark.parametrize("value", [0, -3, True, False, None, "٣", [1.5, 2.5], {"a": [1, None]}])
def test_what_is_kept_comes_back_as_it_was(value: object) -> None:
    cache.set("k", value, 60)
    found = cache.get("k", "nothing")
    assert found == value
    assert type(found) is type(value)


def test_numbers_are_counted_and_what_is_no_json_is_refused() -> None:
    cache.add("n", 0, 60)
    assert [cache.incr("n"), cache.incr("n", 5), cache.get("n")] == [1, 6, 6]
    with pytest.raises(TypeError):
        cache.set("k", {1, 2}, 60)


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/wardbell-bomb",)


def test_what_is_read_back_runs_no_code() -> None:
    client = cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]
    client.set(cache.make_key("k"), pickle.dumps(_Bomb()))
    with pytest.raises(ValueError, match=r"utf-8|Expecting"):
        cache.get("k")
    assert not Path("/tmp/wardbell-bomb").exists()


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
