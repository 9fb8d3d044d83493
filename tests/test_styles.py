"""What the style sheets keep to: icons, tokens, nothing dead, nothing that a browser lacks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import bootstrap, features, icons
from tests.processes import ROOT

SHEETS = sorted((ROOT / "static/css").glob("*.css"))
TOKENS = ROOT / "static/css/tokens.css"
MOST_LINES = 3800  # of all sheets together, one declaration a line
MOST_SHEETS = 4  # a page: Bootstrap, tokens, parts, and the one of its area
PLACES = ("config", "inbox", "messaging", "wards", "templates", "static/js")

# What must come from a scale. Lengths of the drawing itself (where something lies) may be said.
SCALED = re.compile(
    r"(?:font-size|font|(?:row-|column-)?gap|padding(?:-[a-z-]+)?|margin(?:-[a-z-]+)?"
    r"|border(?:-[a-z-]+)?-radius|transition(?:-duration)?|animation(?:-duration)?)"
)
LENGTH = re.compile(r"(?<![\w.-])(?:\d*\.)?\d+(?:rem|em|px|m?s|vw|vh|%)(?![\w%-])")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklch|color)a?\(")
# Drawn to measure: said where it stands.
MEASURED = {
    "padding-inline-start: 2.3rem": "beside the glass of a search field",
    "padding-inline-start: 1.4rem": "the dot between facts hangs in it",
    "margin-inline-start: 1.1rem": "how far the knob of a switch goes",
    "margin-block-start: 0.25em": "an icon in the middle of the first line",
    "animation: ring 0.7s var(--ease)": "a bell swings as long as a bell does",
    "animation-duration: 0.01ms !important": "nobody wants to see it move",
    "transition-duration: 0.01ms !important": "nobody wants to see it move",
}
SIBLING = re.compile(r"([^\s>+~,(]+)\s*[+~]\s*[^\s\d]")  # what stands before one
# Classes that others bring: Django's admin, Bootstrap's and htmx's scripts.
OTHERS = {"readonly", "show", "htmx-request"}


def without_comments(sheet: Path) -> str:
    """The sheet with as many lines as it has."""
    return re.sub(
        r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), sheet.read_text(), flags=re.S
    )


def declarations(sheet: Path) -> Iterator[tuple[int, str, str]]:
    """Line, property and value of everything that a sheet says."""
    for number, line in enumerate(without_comments(sheet).splitlines(), 1):
        if found := re.fullmatch(r"\s*([a-z-]+|--[\w-]+):\s*([^{]+?);?\s*", line):
            yield number, found.group(1), found.group(2)


def selectors(sheet: Path) -> Iterator[str]:
    for found in re.finditer(r"([^{};]+)\{", without_comments(sheet)):
        yield found.group(1).strip()


@pytest.mark.parametrize("sheet", [path for path in SHEETS if path != TOKENS], ids=lambda p: p.name)
def test_sizes_come_from_the_scales(sheet: Path) -> None:
    said = [
        f"{sheet.name}:{line} {name}: {value}"
        for line, name, value in declarations(sheet)
        if SCALED.fullmatch(name) and LENGTH.search(value) and f"{name}: {value}" not in MEASURED
    ]
    assert said == []


@pytest.mark.parametrize("sheet", [path for path in SHEETS if path != TOKENS], ids=lambda p: p.name)
def test_colours_are_tokens(sheet: Path) -> None:
    said = [
        f"{sheet.name}:{line} {name}: {value}"
        for line, name, value in declarations(sheet)
        if COLOUR.search(value)
    ]
    assert said == []


def test_exceptions_from_the_scales_are_in_use() -> None:
    said = {f"{name}: {value}" for sheet in SHEETS for _, name, value in declarations(sheet)}
    assert MEASURED.keys() - said == set()


def test_tokens_are_known_and_in_use() -> None:
    text = "".join(map(without_comments, SHEETS))
    scripts = "".join(path.read_text() for path in (ROOT / "static/js").rglob("*.js"))
    made = {name for _, name, _ in declarations(TOKENS) if name.startswith("--")}
    used = set(re.findall(r"var\((--[\w-]+)", text))
    own = {name for sheet in SHEETS for _, name, _ in declarations(sheet) if name.startswith("--")}
    assert used - own - {name for name in used if name.startswith("--bs-")} == set()
    asked = {f"--wb-{name}" for name in re.findall(r'colour\("([a-z-]+)"\)', scripts)}
    dead = {n for n in made - used - asked if not n.startswith(("--bs-", "--wb-chart-"))}
    assert dead == set(), "tokens that nobody takes"


def test_the_sheets_stay_short() -> None:
    lines = {sheet.name: len(sheet.read_text().splitlines()) for sheet in SHEETS}
    assert sum(lines.values()) <= MOST_LINES, lines
    squeezed = [
        f"{sheet.name}:{number}"
        for sheet in SHEETS
        for number, line in enumerate(without_comments(sheet).splitlines(), 1)
        if line.count(";") > 1 or ("{" in line and "}" in line) or len(line) > 140
    ]
    assert squeezed == [], "one declaration a line"


def test_no_class_is_styled_that_nothing_has() -> None:
    text = "\n".join(
        path.read_text()
        for place in PLACES
        for path in (ROOT / place).rglob("*")
        if path.suffix in {".html", ".htm", ".js", ".py"}
    )
    words = set(re.findall(r"(?<![\w-])[a-z][\w-]*", text))
    # is-{{ bed.status }}, "wb-badge-{}": any word may follow.
    begun = tuple(set(re.findall(r"(?<![\w-])([a-z][\w-]*-)(?:\{\{|\{[a-z_]*\})", text)))
    styled = {
        name
        for sheet in SHEETS
        for selector in selectors(sheet)
        for name in re.findall(r"\.([a-z][\w-]*)", selector)
    }
    dead = {
        name
        for name in styled - words - OTHERS
        if not any(name.startswith(begin) and name[len(begin) :] in words for begin in begun)
    }
    assert dead == set()


def dear(selector: str) -> bool:
    """Whether it has a sibling of anything: `* + li`, `input + span`, `:not(.btn-check) + .btn`.

    When a row comes or goes, a browser looks again at whatever may be meant in all of the list.
    """
    before = SIBLING.findall(re.sub(r":not\([^)]*\)", ":not", selector))
    return not all(re.search(r"[.#\[]", each) for each in before)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_selector_makes_the_change_of_a_row_dear(sheet: Path) -> None:
    assert [each for each in selectors(sheet) if dear(each)] == []


@pytest.mark.parametrize("name", bootstrap.SHEETS)
def test_no_selector_of_bootstraps_does(name: str) -> None:
    css = (bootstrap.FOLDER / "css" / name).read_text()
    heads = [head for head, _ in bootstrap.rules(css)]
    assert [each for head in heads for each in head.split(",") if dear(each)] == []


def test_a_page_has_few_sheets() -> None:
    pages = ROOT / "templates"
    assert (pages / "document.html").read_text().count('rel="stylesheet"') == 3
    for page in pages.rglob("*.html"):
        if page.name not in {"document.html", "base_site.html"}:
            assert page.read_text().count('rel="stylesheet"') <= MOST_SHEETS - 3, page


def test_the_sprite_has_every_icon_in_use_and_no_other() -> None:
    used, drawn = icons.in_use(), icons.in_sprite()
    assert used - drawn == set(), "python -m tests.icons <tarball> draws the sprite anew"
    assert drawn - used == set(), "nobody shows these any more"


@pytest.mark.parametrize("name", bootstrap.SHEETS)
def test_bootstrap_has_every_class_in_use_and_no_other(name: str) -> None:
    has = bootstrap.classes((bootstrap.FOLDER / "css" / name).read_text())
    used, left_out = bootstrap.in_use(), set(bootstrap.LEFT_OUT.read_text().split())
    assert used & left_out == set(), "python -m tests.bootstrap <tarball> makes the sheets anew"
    assert has - used == set(), "no page has these any more"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_styles_use_what_every_supported_browser_has(sheet: Path) -> None:
    text = features.without_guarded(without_comments(sheet))
    assert list(features.used_without_fallback(text, features.STYLES)) == []


@pytest.mark.parametrize(
    "script", sorted((ROOT / "static/js").rglob("*.js")), ids=lambda path: path.name
)
def test_scripts_use_what_every_supported_browser_has(script: Path) -> None:
    text = re.sub(r"^\s*(?://|\*|/\*).*$", "", script.read_text(), flags=re.M)
    assert list(features.used_without_fallback(text, features.SCRIPTS)) == []


@pytest.mark.parametrize(
    "text",
    [
        ".a:has(b) {}",
        "a { color: color-mix(in srgb, red, blue); }",
        "@media (width < 576px) {}",
        "a {\n  & b {}\n}",
        "@container (min-width: 1px) {}",
    ],
)
def test_the_lint_sees_what_is_lacking(text: str) -> None:
    assert list(features.used_without_fallback(text, features.STYLES))
    guarded = features.without_guarded(f"@supports selector(:has(*)) {{ {text} }}")
    assert list(features.used_without_fallback(guarded, features.STYLES)) == []
