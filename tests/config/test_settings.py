"""Production processes take everything from the environment, and say what is missing."""

import os
import re
import subprocess
import sys

import pytest

from config import local
from messaging import carriers
from tests.processes import ROOT

REQUIRED = {
    "DATABASE_URL": "postgres://nobody@localhost:1/none",
    "REDIS_URL": "redis://localhost:1/0",
    "SECRET_KEY": "not-a-secret",
}
PROCESSES = {
    "web": [sys.executable, "-c", "import config.asgi"],
    "worker": [sys.executable, "-m", "celery", "-A", "config", "report"],
    "hl7": [sys.executable, "-m", "django", "check", "--settings", "config.settings"],
}


def run(command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    ours = {*REQUIRED, *local.CONVENIENCES, "DEMO", "PREFIX", "MESSAGING_PROVIDERS"}
    clean = {k: v for k, v in os.environ.items() if k not in ours}
    return subprocess.run(
        command, cwd=ROOT, env=clean | env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_without_urls_refuses_to_start_and_names_them(process: str) -> None:
    done = run(PROCESSES[process])
    assert done.returncode != 0
    for name, example in REQUIRED.items():
        assert name in done.stderr + done.stdout
        assert example.split(":")[0] in done.stderr + done.stdout or name == "SECRET_KEY"


def test_it_names_only_what_is_missing() -> None:
    done = run(PROCESSES["web"], DATABASE_URL=REQUIRED["DATABASE_URL"], SECRET_KEY="x")
    message = done.stderr.strip().splitlines()[-1]
    assert "REDIS_URL" in message
    assert "DATABASE_URL" not in message
    assert "SECRET_KEY" not in message


@pytest.mark.parametrize("module", ["config.asgi", "config.celery", "inbox.tasks"])
def test_production_does_not_know_the_embedded_servers(module: str) -> None:
    code = f"""
import django, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
import {module}
assert not [name for name in sys.modules if name.startswith("config.local") or "pgserver" in name]
"""
    done = run([sys.executable, "-c", code], **REQUIRED)
    assert done.returncode == 0, done.stderr


def test_checks_refuse_what_cannot_work() -> None:
    command = [sys.executable, "-m", "django", "check", "--settings", "config.settings"]
    done = run(command, **REQUIRED, PREFIX="a b", READY_EXPECTS="worker,cook")
    assert done.returncode == 1
    assert "wardbell.E002" in done.stderr
    assert "wardbell.E003" in done.stderr
    assert "cook" in done.stderr


def test_deploy_checks_warn_of_a_demo() -> None:
    command = [sys.executable, "-m", "django", "check", "--deploy", "--settings", "config.settings"]
    assert "wardbell.W001" in run(command, **REQUIRED, DEMO="true").stderr
    assert "wardbell.W001" not in run(command, **REQUIRED).stderr


def test_deploy_checks_warn_of_leases_that_end_before_a_provider_answers() -> None:
    command = [sys.executable, "-m", "django", "check", "--deploy", "--settings", "config.settings"]
    assert "wardbell.W003" in run(command, **REQUIRED, MESSAGING_LEASE="5").stderr
    assert "wardbell.W003" not in run(command, **REQUIRED).stderr


def test_a_carrier_that_can_send_nothing_is_an_error() -> None:
    command = [sys.executable, "-m", "django", "check", "--settings", "config.settings"]
    named = {"MESSAGING_PROVIDERS": "twilio", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "x"}
    assert "wardbell.E008" in run(command, **REQUIRED, **named).stderr
    assert run(command, **REQUIRED, **named, TWILIO_PHONE_NUMBER="+15005550006").returncode == 0


def test_deploy_checks_warn_of_keys_that_nothing_uses() -> None:
    command = [sys.executable, "-m", "django", "check", "--deploy", "--settings", "config.settings"]
    keys = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "x", "TWILIO_SMS_SENDER": "Ward"}
    assert "wardbell.W006" in run(command, **REQUIRED, **keys).stderr
    assert (
        "wardbell.W006" not in run(command, **REQUIRED, **keys, MESSAGING_PROVIDERS="twilio").stderr
    )


def test_every_variable_is_documented() -> None:
    documented = set(
        re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/deployment.md").read_text(), re.M)
    )
    read = set(
        re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", (ROOT / "config/settings.py").read_text())
    )
    for path in (ROOT / "messaging/carriers").glob("*.py"):
        read |= set(re.findall(r"\bsetting\(\"([A-Z0-9_]+)\"", path.read_text()))
    read |= {name for each in carriers.CARRIERS for name in carriers.kind(each).needs}
    assert documented == read | set(REQUIRED) | {"ENV_FILE"}


@pytest.mark.parametrize("password", ["plain", "p@ss:w/rd%20#'\"$x", "سر"])
def test_a_password_apart_from_the_address_is_taken_as_it_is(password: str) -> None:
    code = "from config import settings as s; print(s.DATABASES['default']['PASSWORD'])"
    command = [sys.executable, "-c", code]
    assert run(command, **REQUIRED, DATABASE_PASSWORD=password).stdout.strip() == password
    in_address = REQUIRED | {"DATABASE_URL": "postgres://nobody:in%40address@localhost:1/none"}
    assert run(command, **in_address).stdout.strip() == "in@address"


def test_another_database_is_refused_in_a_sentence() -> None:
    done = run(PROCESSES["hl7"], **REQUIRED | {"DATABASE_URL": "sqlite:///none"})
    assert done.returncode != 0
    assert "Wardbell needs PostgreSQL" in done.stderr
