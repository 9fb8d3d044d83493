"""The rules, the dashboard and the documentation speak of what /metrics tells, and of all of it."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from shutil import which
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.processes import ROOT
from tests.test_architecture import anchors

RULES = ROOT / "deploy" / "prometheus" / "wardbell.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "wardbell.json"
OPERATIONS = ROOT / "docs" / "operations.md"
SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
PROMETHEUS_OWN = {"up"}  # whether it got an answer
NAME = re.compile(r"\b(?:wardbell|process)_[a-z0-9_]+|\bup\b")


@cache
def rules() -> list[dict[str, Any]]:
    text = yaml.safe_load(RULES.read_text())
    return [rule for group in text["groups"] for rule in group["rules"]]


@cache
def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def table() -> set[str]:
    return set(re.findall(r"^\| `(wardbell_\w+)` \|", OPERATIONS.read_text(), re.M))


@pytest.fixture
def told(client: Client, transactional_db: None) -> dict[str, set[str]]:
    """Name of each sample there may be, and the labels of those there are."""
    text = client.get("/metrics").content.decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for suffix in SUFFIXES[family.type]:
            found[f"{family.name}{suffix}"] = set()
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_they_ask_for_nothing_that_is_not_told(told: dict[str, set[str]]) -> None:
    for title, expression in expressions():
        names = set(NAME.findall(expression)) - PROMETHEUS_OWN
        assert names or title == "WardbellDown", title
        assert names <= set(told), (title, names - set(told))


def test_their_labels_are_told(told: dict[str, set[str]]) -> None:
    """Of those figures that there are on a database without anything in it."""
    for title, expression in expressions():
        for name, selector in re.findall(r"\b(wardbell_\w+)\{([^}]*)\}", expression):
            labels = set(re.findall(r"(\w+)\s*=", selector))
            assert not told[name] or labels <= told[name], (title, name, labels)


def test_the_table_is_what_is_told(told: dict[str, set[str]]) -> None:
    written = table()
    buckets = re.compile("_(bucket|sum|count)$")
    assert {name for name in told if name.startswith("wardbell_") and not buckets.search(name)} | {
        buckets.sub("", name) for name in told if buckets.search(name)
    } == written


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_a_rule_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    said = rule["annotations"]
    assert set(said) == {"summary", "action", "docs"}
    page, anchor = said["docs"].split("#")
    assert ROOT / page == OPERATIONS
    assert anchor in anchors(OPERATIONS)
    assert len(said["summary"]) < 120


def test_what_to_do_is_there() -> None:
    """Units, files, commands and log lines that the rules and their documentation name."""
    said = " ".join(rule["annotations"]["action"] for rule in rules())
    said += OPERATIONS.read_text().split("## When it rings")[1]
    units = {path.name.split("@")[0].removesuffix(".service") for path in UNITS}
    for unit in re.findall(r"\b(wardbell-[a-z0-9]+)\b", said.replace(".service.d", "")):
        assert unit in units, unit
    for path in re.findall(r"/opt/wardbell/(deploy/\w+)", said):
        assert (ROOT / path).exists()
    source = "".join(path.read_text() for path in SOURCES)
    for event in ("fan_out_failed", "hl7_fault", "hl7_process_died", "metrics_not_read",
                  "periodic_task_failed"):  # fmt: skip
        assert event in said
        assert f'"{event}"' in source


UNITS = list((ROOT / "deploy" / "systemd").glob("*.service"))
SOURCES = [path for floor in ("wards", "inbox", "config") for path in (ROOT / floor).rglob("*.py")]


def test_names_are_unlike() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)


def test_the_dashboard_asks_whichever_prometheus_is_chosen() -> None:
    (variable,) = json.loads(DASHBOARD.read_text())["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    for panel in panels():
        if panel["type"] != "row":
            assert {each["datasource"]["uid"] for each in panel["targets"]} == {"${datasource}"}
    assert [panel["title"] for panel in panels() if panel["type"] == "row"] == [
        "Are alerts arriving?",
        "The feed",
        "Messages",
        "What is full?",
        "Who is alive?",
    ]


@pytest.mark.skipif(which("promtool") is None, reason="Prometheus is not installed.")
def test_prometheus_takes_them(tmp_path: Any) -> None:
    """Its own parser reads the expressions of the dashboard, too."""
    asked = [{"record": f"a{n}", "expr": each} for n, (_, each) in enumerate(expressions())]
    own = tmp_path / "dashboard.yml"
    own.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": asked}]}))
    for path in (RULES, own):
        done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
