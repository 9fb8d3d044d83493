"""compose.yaml and the Dockerfile: valid by what others have written, and as we mean them."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from tests.installation.compose import document, services
from tests.processes import PROCFILE, ROOT

GIVEN = {"SECRET_KEY": "x", "POSTGRES_PASSWORD": "p@ss:w/rd%"}
ONCE = {"migrate", "certificate"}
OURS = {name for name, each in services(GIVEN).items() if each["image"] == "wardbell"}


def test_it_follows_the_specification() -> None:
    text = yaml.safe_dump(document(GIVEN))
    PyCompose.from_yaml(text).validate()
    with pytest.raises(ValueError, match="helthcheck"):
        PyCompose.from_yaml(text.replace("healthcheck", "helthcheck", 1)).validate()


def test_it_does_not_start_without_secrets_and_has_none() -> None:
    for name in GIVEN:
        with pytest.raises(KeyError, match=name):
            services({**GIVEN, name: ""})


def test_the_password_is_no_part_of_an_address() -> None:
    for name in OURS:
        environment = services(GIVEN)[name]["environment"]
        assert environment["DATABASE_PASSWORD"] == GIVEN["POSTGRES_PASSWORD"]
        assert GIVEN["POSTGRES_PASSWORD"] not in environment["DATABASE_URL"]


def test_only_nginx_is_reached_from_everywhere() -> None:
    for name, service in services(GIVEN).items():
        if name != "nginx":
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_every_process_runs_and_two_of_them_are_web() -> None:
    commands = [service.get("command") for service in services(GIVEN).values()]
    ran = [str(command).removeprefix("deploy/process ") for command in commands]
    assert {name: ran.count(name) for name in PROCFILE} == dict.fromkeys(PROCFILE, 1) | {"web": 2}


@pytest.mark.parametrize("name", sorted(services(GIVEN).keys() - ONCE))
def test_a_service_that_lasts_is_looked_after(name: str) -> None:
    service = services(GIVEN)[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_may_do_little_and_have_time_to_end(name: str) -> None:
    service: dict[str, Any] = services(GIVEN)[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["stop_grace_period"] == "45s"
    assert service["ulimits"] == {"nofile": 65536}
    if name not in ("certificate", "carrier"):
        assert "media:/var/lib/wardbell" in service["volumes"]


def test_the_image_follows_hadolint() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "make install"
    done = subprocess.run(
        [hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_image_has_neither_secrets_nor_what_is_only_here() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", "var", ".venv"} <= set(ignored)
