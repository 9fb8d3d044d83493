"""The house rules of docs/ and of the code, kept by a machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("wards", "messaging", "inbox", "config")  # a floor imports those before it, never after
# Functions are meant to stay under 30 lines; this is the line that is never crossed.
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
ROOMS_OF_EVERYTHING = {"utils.py", "helpers.py", "services.py", "misc.py", "common.py"}


@cache
def files(*suffixes: str) -> list[Path]:
    """Our own files of these kinds: tracked or about to be, and not vendored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [ROOT / name for name in listed if not name.startswith("static/vendor/")]
    return sorted(path for path in paths if path.suffix in suffixes and path.exists())


def each_file(*suffixes: str, but: str = "") -> pytest.MarkDecorator:
    paths = [p for p in files(*suffixes) if not but or but not in str(p.relative_to(ROOT))]
    return pytest.mark.parametrize("path", paths, ids=lambda p: str(p.relative_to(ROOT)))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of every import of a file, at its top and inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield node.lineno, node.module or ""


def python_of(floor: str) -> list[Path]:
    return [path for path in files(".py") if path.relative_to(ROOT).parts[0] == floor]


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_one_way(floor: str) -> None:
    """config → inbox → messaging → wards; and nothing that runs imports the tests."""
    above = {*FLOORS[FLOORS.index(floor) + 1 :], "tests"}
    paths = python_of(floor)
    assert paths, floor
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in paths
        for line, module in imports(path)
        if module.split(".")[0] in above
    ]
    assert not wrong


def test_only_events_writes_events() -> None:
    """Event rows come from `wards.events.record` alone."""
    makers = re.compile(
        r"\bEvent\.objects\.(a?create|a?bulk_create|a?get_or_create|bulk_update)"
        r"|INSERT INTO wards_event\b"
    )
    ours = [path for floor in FLOORS for path in python_of(floor)] + files(".sql")
    writers = [str(path.relative_to(ROOT)) for path in ours if makers.search(path.read_text())]
    assert writers == ["wards/events/sql/record.sql"]
    assert [path for path in ours if writers[0] in path.read_text()] == [
        ROOT / "wards/events/__init__.py"
    ]


def test_nobody_uses_djangos_cache() -> None:
    """It keeps nothing (settings.CACHES): what must be remembered is in PostgreSQL."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for floor in FLOORS
        for path in python_of(floor)
        for line, module in imports(path)
        if module == "django.core.cache"
    ]
    assert not wrong


def test_redis_is_spoken_to_in_four_places() -> None:
    """One way out that nobody waits for, one way in, the probe, and the laptop's own server."""
    talkers = {
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in python_of(floor)
        if any(module.split(".")[0] in ("redis", "channels_redis") for _, module in imports(path))
    }
    assert talkers == {
        "wards/base/wakeups.py",
        "inbox/publications/subscription.py",
        "config/probes.py",
        "config/local/redis.py",
    }


def test_production_does_not_import_the_embedded_servers() -> None:
    for name in ("asgi.py", "celery.py", "settings.py"):
        assert not [m for _, m in imports(ROOT / "config" / name) if "embedded" in m]


@each_file(".py", ".js", ".html", ".sql", but="/migrations/")
def test_files_are_small_rooms(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= LONGEST_FILE


def test_functions_are_short() -> None:
    """Lines of code, without the docstring; tests are stories and may be longer."""
    long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": lines
        for floor in FLOORS
        for path in python_of(floor)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := lines_of_code(node)) > LONGEST_FUNCTION
    }
    assert not long


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_no_room_is_for_everything() -> None:
    assert not [path for path in files(".py") if path.name in ROOMS_OF_EVERYTHING]


def test_modules_say_what_they_are_for() -> None:
    """Commands say it in their `help`, apps in their name."""
    silent = [
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in python_of(floor)
        if path.read_text().strip()
        and not {"migrations", "commands", "apps.py"} & set(path.parts)
        and not ast.get_docstring(tree(path))
    ]
    assert not silent


def test_the_verbs_say_what_they_do() -> None:
    for path in (ROOT / "wards" / "actions").glob("*.py"):
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name} {node.name}"


INLINE = {
    "a script inline": re.compile(
        r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>", re.I
    ),
    "a handler inline": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a style inline": re.compile(r"<style\b|<[^>]*\sstyle\s*=", re.I),
    "javascript:": re.compile(r"[\"']\s*javascript:", re.I),
    "something from elsewhere": re.compile(
        r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", re.I
    ),
    "autoescaping off": re.compile(r"\|\s*safe\b|{%\s*autoescape\s+off"),
}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a script inline", "<script>x()</script>"),
        ("a script inline", '<script type="module">x()</script>'),
        ("a handler inline", '<body class="a" onload="x()">'),
        ("a handler inline", "<a\nonclick = x()>"),
        ("a style inline", "<style>"),
        ("a style inline", '<p style="color: red">'),
        ("javascript:", '<a href="javascript:x()">'),
        ("something from elsewhere", '<script src="https://cdn.example/x.js"></script>'),
        ("something from elsewhere", '<link rel="stylesheet" href="//cdn.example/x.css">'),
        ("autoescaping off", "{{ words|safe }}"),
        ("autoescaping off", "{% autoescape off %}"),
    ],
)
def test_what_the_policy_forbids_is_recognised(what: str, text: str) -> None:
    assert INLINE[what].search(text)


def test_what_it_allows_is_not_taken_for_it() -> None:
    fine = """<script src="/static/x.js" defer></script><script type="application/json">1</script>
        <link rel="stylesheet" href="/static/x.css"> <a href="https://elsewhere.example/">on = 1</a>
        <button data-on="x" hx-on="y" class="style">"""
    assert not [what for what, pattern in INLINE.items() if pattern.search(fine)]


@each_file(".html")
@pytest.mark.parametrize("what", INLINE)
def test_templates_keep_to_the_content_security_policy(path: Path, what: str) -> None:
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.S)
    found = INLINE[what].search(text)
    assert not found, f"{what}: {found.group()}"


def test_what_time_it_is_the_database_says() -> None:
    """What the linter cannot see: functions of Django that mean this machine's clock by default."""
    wrong = []
    for path in [path for floor in FLOORS for path in python_of(floor)]:
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or node.args:
                continue
            if ast.unparse(node.func).removeprefix("timezone.") in {"localtime", "localdate"}:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    wrong += [str(path) for path in files(".html") if "{% now " in path.read_text()]
    assert not wrong, "wards.base.clock says what the time is"


@each_file(".md")
def test_links_in_the_documentation_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    targets = re.findall(r"\]\(([^)\s]+)[^)]*\)|<img[^>]*src=\"([^\"]+)\"", text)
    missing = [
        target
        for pair in targets
        for target in pair
        if target
        and not re.match(r"[a-z]+:|#", target)
        and not (path.parent / target.split("#")[0]).exists()
    ]
    assert not missing


@each_file(".md")
def test_anchors_in_the_documentation_exist(path: Path) -> None:
    missing = []
    for target in re.findall(r"\]\(([^)\s]*#[^)\s]+)\)", path.read_text()):
        name, anchor = target.split("#", 1)
        page = path.parent / name if name else path
        if not re.match(r"[a-z]+:", target) and page.exists() and anchor not in anchors(page):
            missing.append(target)
    assert not missing


def anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page get."""
    headings = re.findall(r"^#+ +(.*?)\s*$", page.read_text(), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    pinned = re.compile(r"[\w.\-]+(\[[\w,]+\])?==[\w.]+(;|$)")
    assert not [line for line in lines if line and not pinned.match(line)]


def test_what_is_pinned_is_what_is_tested() -> None:
    """The versions here are those of requirements.txt."""
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if match := re.match(r"([\w.\-]+)(?:\[[\w,]+\])?==([\w.]+)$", line.strip()):
            assert version(match[1]) == match[2], line


def test_vendored_files_have_their_licences() -> None:
    for package in (ROOT / "static" / "vendor").iterdir():
        if package.is_dir():
            assert list(package.rglob("LICENSE*")), package.name
