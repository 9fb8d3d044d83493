"""What documents and comments name is there, and recipes begin from what is there."""

import re
from collections.abc import Iterator

import pytest

from tests.processes import ROOT
from tests.test_architecture import FLOORS, files, python_of

OURS = re.compile(
    r"(?<![\w/.<-])((?:config|inbox|messaging|wards|tests|docs|static|templates|deploy)/"
    r"[\w/.-]*\w\.(?:py|sql|md|toml|js|css|html))\b"
)
FILE = re.compile(r"\+\+\+ (\S+)(  \(new\))?$")


def changes(page: str) -> Iterator[tuple[str, bool, list[str]]]:
    """Each file that a recipe changes: its path, whether it is new, the lines it begins from."""
    for recipe in re.findall(r"```diff\n(.*?)```", page, flags=re.S):
        path, new, before = "", False, list[str]()
        for line in recipe.splitlines():
            if match := FILE.match(line):
                if path:
                    yield path, new, before
                path, new, before = match[1], bool(match[2]), []
            elif line[:1] in (" ", "-") and line != " …":
                before.append(line[1:])
        yield path, new, before


def wrong(page: str) -> list[str]:
    """What the recipes take for granted and is not so."""
    found = []
    for path, new, before in changes(page):
        file = ROOT / path
        if new:
            found += [path] if file.exists() or not file.parent.is_dir() else []
            continue
        lines = [line.rstrip() for line in file.read_text().splitlines()]
        found += [f"{path}: {line}" for line in before if line.rstrip() not in lines]
    return found


def test_recipes_begin_from_what_is_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert len([*changes(page)]) > 20
    assert not wrong(page), "make the change again, and put its diff there"


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (
            "+++ wards/kinds.py\n     NOTHING = 1\n+    SOMETHING = 2\n",
            "wards/kinds.py:     NOTHING = 1",
        ),
        ("+++ wards/kinds.py\n-class Kinds\n", "wards/kinds.py: class Kinds"),
        ("+++ wards/kinds.py  (new)\n+x\n", "wards/kinds.py"),
        ("+++ wards/nowhere/x.py  (new)\n+x\n", "wards/nowhere/x.py"),
    ],
)
def test_a_recipe_that_is_overtaken_is_seen(recipe: str, said: str) -> None:
    (fault,) = wrong(f"```diff\n{recipe}```\n")
    assert fault.startswith(said)


def test_files_that_are_named_are_there() -> None:
    """In documents, comments and docstrings: what moves takes its name along."""
    missing = []
    code = [path for floor in FLOORS for path in python_of(floor) if "migrations" not in path.parts]
    pages = [path for path in files(".md") if path.name != "CHANGELOG.md"]
    for path in code + files(".sql") + pages:
        text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.S | re.M)
        for name in OURS.findall(text):
            if not any((ROOT / root / name).exists() for root in (".", "templates", "static")):
                missing.append(f"{path.relative_to(ROOT)}: {name}")
    assert not missing


def test_what_is_said_to_be_in_a_file_is_in_it() -> None:
    """Functions and constants that a document names with their file."""
    named = re.compile(r"`(\w+)`\)? in `((?:config|inbox|messaging|wards|tests)/[\w/]+\.py)`")
    found = [
        (name, ROOT / file)
        for path in files(".md")
        if path.name != "CHANGELOG.md"
        for name, file in named.findall(path.read_text())
    ]
    assert len(found) >= 4
    assert not [(name, str(file)) for name, file in found if name not in file.read_text()]
