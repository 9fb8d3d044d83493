"""What docs/installation.md and docs/operations.md say, typed on a bare Debian 12, works."""

import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import document
from tests.installation.containers import Containers
from tests.installation.first_day import PASSWORD
from tests.installation.machine import Machine, missing
from tests.installation.terminal import Terminal
from tests.processes import wait_for

WHERE = NAME, CERTIFICATE = "wardbell.hospital.example", "/etc/ssl/wardbell/fullchain.pem"
# Scripts of ours, with the installation's Python, by somebody who is nobody on that machine.
SCRIPT = ("env", "PYTHONPATH=/opt/wardbell", "/opt/wardbell/.venv/bin/python", "-m")
SERVICES = ["web@1", "web@2", "worker", "sender", "beat", "hl7"]
MOST_EXPOSED = 2.5  # of 10, as systemd-analyze reckons; a unit without walls has 9.6
log = logging.getLogger("rehearsal")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    if os.environ.get("REHEARSAL") != "true":
        pytest.skip("It takes minutes and a system of its own: deploy/rehearse.")
    assert not (lacking := missing()), lacking
    with Machine(document.packages("installation.md"), tmp_path).running() as booted:
        yield booted


def test_from_a_bare_debian_to_the_copy_put_back(machine: Machine) -> None:
    """One machine for all of it: each part stands on what the ones before have made."""
    with machine.shell() as shell:
        shell.answers = {"password: ": PASSWORD, "same again: ": PASSWORD}
        follow(shell, "installation.md")
        who_may_what(machine)
        log.info(first_day(machine))
        log.info(sizes(machine))
        upgrade, copy, *back = document.blocks("operations.md")
        upgraded_while_people_work(machine, shell, upgrade)
        put_back_from_a_copy(machine, shell, copy, back)
    in_containers(machine)


def follow(shell: Terminal, name: str) -> None:
    for block in document.blocks(name):
        typed(shell, block)


def typed(shell: Terminal, block: document.Block) -> str:
    log.info("## %s\n%s", block.heading, block.commands)
    said = shell.type(block.commands)
    log.info(said[-2000:])
    return said


def who_may_what(machine: Machine) -> None:
    """Processes run as a user without rights, behind walls, and read only what they need."""
    for service in SERVICES:
        unit = f"wardbell-{service}.service"
        show = machine.output(
            "systemctl", "show", unit, "-p", "MainPID,User,LimitNOFILE,ActiveState"
        )
        assert "User=wardbell\n" in show + "\n", show
        assert "LimitNOFILE=65536" in show, show
        assert "ActiveState=active" in show, show
        exposed = machine.output("systemd-analyze", "security", "--no-pager", unit)
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)", exposed)
        assert score, exposed
        assert float(score[1]) <= MOST_EXPOSED, exposed
        log.info("%s: exposure %s", unit, score[1])
    units = machine.output("sh", "-c", "ls /etc/systemd/system/wardbell*.service").split()
    units = [unit.replace("web@.service", "web@1.service") for unit in units]
    machine.output("systemd-analyze", "verify", *units, "/etc/systemd/system/wardbell.target")
    modes = machine.output("stat", "-c", "%a %U:%G", "/etc/wardbell.env", "/var/lib/wardbell")
    assert modes.split("\n") == ["640 root:wardbell", "750 wardbell:wardbell"]
    reached = machine.output("sh", "-c", "ss -Hltn | awk '{print $4}' | grep -vE '^(127|\\[::1)'")
    assert sorted(set(reached.split())) == ["0.0.0.0:443", "0.0.0.0:80", "[::]:443", "[::]:80"]


def first_day(machine: Machine) -> str:
    """Upload, feed, export, bulk discharge and sockets through TLS, by somebody without rights."""
    return machine.output(*SCRIPT, "tests.installation.first_day", *WHERE, user="nobody")


def sizes(machine: Machine) -> str:
    """What docs/operations.md says of memory and connections is measured here."""
    said = machine.output("/opt/wardbell/deploy/sizes")
    assert {line.split()[0] for line in said.splitlines()} >= {f"wardbell-{s}" for s in SERVICES}
    return said


def upgraded_while_people_work(machine: Machine, shell: Terminal, upgrade: document.Block) -> None:
    """A new release with another style sheet; whoever works meanwhile notices nothing."""
    machine.publish({"static/css/zz-new.css": "p { color: red }\n"})
    with machine.start(*SCRIPT, "tests.installation.meanwhile", *WHERE, user="nobody") as working:
        assert working.stdout is not None
        assert working.stdout.readline() == "at work\n"
        typed(shell, upgrade)
        said, _ = working.communicate("enough\n", timeout=60)
    answers = json.loads(said)
    log.info("meanwhile: %s", answers)
    assert answers["page 200"] > 20
    assert {answer.split()[1] for answer in answers} == {"200"}, answers
    assert "zz-new" in machine.output("sh", "-c", "ls /var/lib/wardbell/static/css")


def put_back_from_a_copy(
    machine: Machine, shell: Terminal, copy: document.Block, back: list[document.Block]
) -> None:
    """What came after the copy is gone, what was before is there, and clients hear of it."""
    typed(shell, copy)
    before = state(machine)
    shell.type(
        f"echo '{PASSWORD}' | wardbell createhospital --password-stdin --name After"
        " --username after --first-name A --last-name B --email a@b.example --facility AFTER"
    )
    for block in back:
        typed(shell, block)
    wait_for(lambda: "ok" in ready(machine), 60, "all of it is up again")
    after = state(machine)
    assert after["users"] == before["users"]
    assert after["files"] == before["files"]
    assert after["epoch"] != before["epoch"], "clients would keep what is no more"


def ready(machine: Machine) -> str:
    asked = f"curl --silent --cacert {CERTIFICATE} https://{NAME}/healthz/ready || true"
    return machine.output("sh", "-c", asked)


def state(machine: Machine) -> dict[str, object]:
    """What a copy must bring back, and what must not be the same afterwards."""
    users = machine.output(
        "psql", "-Atc", "select username from wards_user", "wardbell", user="postgres"
    )
    files = machine.output(
        "sh", "-c", "find /var/lib/wardbell/media -type f -exec sha256sum {} + | sort"
    )
    epoch = machine.output(*SCRIPT, "tests.installation.epoch", *WHERE, user="nobody")
    return {"users": sorted(users.split()), "files": files, "epoch": epoch}


def in_containers(machine: Machine) -> None:
    """compose.yaml's services, one by one, on the same machine in place of the units."""
    machine.output("systemctl", "stop", "wardbell.target", "nginx")
    containers = Containers(machine)
    containers.up()
    log.info("containers: healthy")
    assert "ok" in machine.output(
        "curl",
        "--silent",
        "--insecure",
        "--header",
        "Host: localhost",
        "https://127.0.0.1/healthz/ready",
    )
    containers.down()
