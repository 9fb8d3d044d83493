"""What pages use of Bootstrap's style sheet: `python -m tests.bootstrap <npm tarball>`.

The tarball is what `npm pack bootstrap@<version>` brings. Rules are copied unchanged; those for
classes that no page has are left out, and variables that nobody reads. Some selectors are narrowed:
with `legend+*` a browser looks again at all that stands in a list when one row of it comes
(tests/test_styles.py).
"""

import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT

FOLDER = ROOT / "static/vendor/bootstrap"
SHEETS = {  # ours: theirs
    "bootstrap.used.min.css": "bootstrap.min.css",
    "bootstrap.used.rtl.min.css": "bootstrap.rtl.min.css",
}
LEFT_OUT = ROOT / "tests/data/bootstrap_left_out.txt"  # the classes that the sheets know no more
PLACES = ("config", "inbox", "messaging", "wards", "templates", "static/js")
NARROWED = {
    "legend+*": "legend.section-head+div,legend.section-head+p,legend.form-label+div",
    ":not(.btn-check)+.btn:active": ".btn:not(.btn-check):active",
    ":not(.btn-check)+.btn:active:focus-visible": ".btn:not(.btn-check):active:focus-visible",
}
CLASS = re.compile(r'class(?:Name)?="([^"]*(?:\{[^}]*\}[^"]*)*)"')
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
VALUE = r"""(?:[^;"'(){}]|"[^"]*"|'[^']*'|\((?:[^()"']|"[^"]*"|'[^']*'|\([^()]*\))*\))*"""


def in_use() -> set[str]:
    """Every word that may be a class: all of templates, scripts and Python."""
    texts = (path.read_text() for path in _sources())
    return {word for text in texts for word in re.findall(r"[a-z][\w-]*", text)}


def _sources() -> Iterator[Path]:
    yield FOLDER / "js/bootstrap.used.min.js"
    for place in PLACES:
        for path in (ROOT / place).rglob("*"):
            if path.suffix in {".html", ".htm", ".py", ".js"} and "migrations" not in path.parts:
                yield path


def rules(css: str) -> Iterator[tuple[str, str]]:
    """What stands before each brace at the top, and what is within."""
    at = 0
    while (open_ := css.find("{", at)) >= 0:
        end, depth = open_ + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:open_].strip(), css[open_ + 1 : end - 1]
        at = end


def pruned(css: str, used: set[str]) -> str:
    """The sheet without rules for classes that are not used."""
    kept = []
    for head, body in rules(css):
        if head.startswith("@media"):
            inner = pruned(body, used)
            if inner:
                kept.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        elif selectors := [each for each in _split(head) if _may_match(each, used)]:
            narrowed = ",".join(NARROWED.get(each, each) for each in selectors)
            kept.append(f"{narrowed}{{{body}}}")
    return "".join(kept)


def _split(head: str) -> list[str]:
    """At the commas that stand in no brackets."""
    return re.split(r",(?![^(]*\))", head)


def _may_match(selector: str, used: set[str]) -> bool:
    return _asked(selector) <= used


def _asked(selector: str) -> set[str]:
    return set(CLASS.findall(re.sub(r":not\([^)]*\)", "", selector)))


def without_unread(css: str) -> str:
    """Without variables and movements that nobody names."""
    ours = [*(ROOT / "static/css").glob("*.css"), *_sources()]
    others = "".join(path.read_text() for path in ours)
    before = ""
    while before != css:
        before, read = css, set(re.findall(r"--bs-[\w-]+", others))
        read |= set(re.findall(r"var\((--bs-[\w-]+)", css))
        unread = "|".join(sorted(set(re.findall(r"(--bs-[\w-]+):", css)) - read))
        css = re.sub(rf"(?:{unread}):{VALUE}(?:;|$|(?=\}}))", "", css) if unread else css
    moves = set(re.findall(r"(?<!@keyframes )(?<=[ :])[a-z-]+(?=[ ;}])", css))
    return "".join(
        f"{head}{{{body}}}"
        for head, body in rules(css)
        if body and (not head.startswith("@keyframes ") or head.split()[1] in moves)
    )


def classes(css: str) -> set[str]:
    """All that selectors ask for."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    found: set[str] = set()
    for head, body in rules(css):
        found |= classes(body) if head.startswith("@media") else _asked(head)
    return found


def make(tarball: Path) -> None:
    """Writes both sheets anew, and which classes they do not know."""
    used = in_use()
    with tarfile.open(tarball) as package:
        for ours, theirs in SHEETS.items():
            file = package.extractfile(f"package/dist/css/{theirs}")
            assert file is not None
            whole = re.sub(r"/\*# sourceMappingURL.*?\*/", "", file.read().decode())
            licence, css = re.match(r'@charset "UTF-8";(/\*!.*?\*/)(.*)', whole, re.S).groups()  # type: ignore[union-attr]
            text = without_unread(pruned(css, used))
            (FOLDER / "css" / ours).write_text(f'@charset "UTF-8";{licence}{text}\n')
            left_out = classes(css) - classes(text) - used
    LEFT_OUT.write_text("\n".join(sorted(left_out)) + "\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
