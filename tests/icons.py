"""The icons in use, and the sprite of exactly these: `python -m tests.icons <npm tarball>`.

The tarball is what `npm pack bootstrap-icons@<version>` brings; its symbols are copied unchanged.
"""

import ast
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT

SPRITE = ROOT / "static/vendor/bootstrap-icons/icons.svg"
PLACES = ("config", "inbox", "messaging", "wards")
TONES = {"brand", "critical", "error", "info", "neutral", "success", "warning"}
TABLES = {"CATEGORIES", "CHANNELS", "ICONS", "TOPICS"}  # what -> icon
SECOND = {"REPORTS", "STEPS"}  # rows whose icon stands among their first two
IN_TEMPLATES = re.compile(
    r"""\{%\ icon\ "([a-z0-9-]+)"            # {% icon "bell" %}
    | \bicon=["']([a-z0-9-]+)["']            # {% include … with icon="bell" %}
    | \{%\ icon\ [a-z_.|]+\|default:"([a-z0-9-]+)" """,
    re.VERBOSE,
)


def in_use() -> set[str]:
    """Every icon that a template or a table of ours names."""
    return set(in_templates()) | set(in_python())


def in_templates() -> Iterator[str]:
    for path in sorted((ROOT / "templates").rglob("*.htm*")):
        for found in IN_TEMPLATES.finditer(path.read_text()):
            yield next(filter(None, found.groups()))


def in_python() -> Iterator[str]:
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _named_in(ast.parse(path.read_text()))


def _named_in(tree: ast.AST) -> Iterator[str]:
    """The neighbours of a tone, and the values of the tables of icons."""
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=[ast.Constant(str(tone)), ast.Constant(str(name))]):
                if tone in TONES:
                    yield name
            case ast.Call(func=ast.Name("Item" | "Stat" | "counted"), args=args):
                yield from (name for arg in args[:2] if (name := _text(arg)) not in TONES | {""})
            case ast.Assign(targets=[ast.Name(table)], value=ast.Dict(values=values)):
                if table in TABLES:
                    yield from filter(None, map(_text, values))
                elif table in SECOND:
                    yield from _seconds(values)
            case ast.Assign(targets=[ast.Name(table)], value=ast.Tuple(elts=rows)):
                if table in SECOND:
                    yield from _seconds(rows)


def _seconds(rows: list[ast.expr]) -> Iterator[str]:
    """Of rows as (field, icon, words) or (icon, words): the icon."""
    for row in rows:
        if isinstance(row, ast.Tuple):
            yield next(filter(None, map(_text, (*row.elts[1:2], *row.elts[:1]))))


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def in_sprite() -> set[str]:
    return set(re.findall(r'<symbol[^>]* id="([^"]+)"', SPRITE.read_text()))


def make(tarball: Path) -> None:
    """Writes the sprite anew from the package's own, one symbol a line."""
    with tarfile.open(tarball) as package:
        whole = package.extractfile("package/bootstrap-icons.svg")
        assert whole is not None
        symbols = re.findall(r"<symbol.*?</symbol>", whole.read().decode(), re.DOTALL)
    named = {re.search(r' id="([^"]+)"', symbol)[1]: symbol for symbol in symbols}  # type: ignore[index]
    if unknown := sorted(in_use() - named.keys()):
        sys.exit(f"Not in {tarball.name}: {', '.join(unknown)}")
    lines = "\n".join(named[name] for name in sorted(in_use()))
    SPRITE.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{lines}\n</svg>\n')


if __name__ == "__main__":
    make(Path(sys.argv[1]))
