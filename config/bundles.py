"""Static files as production has them: compressed, under lasting names, scripts in one piece.

In static/js/ every file is a module that imports others, and a browser in development fetches each.
Collected, a script that a page names has those it imports in it: one request instead of fifteen,
and never one of this release with a module of the last one. There is no build step: the bundle is
the same code, each module a function that gives what it exports.
"""

import re
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^import \{ ([^}]+) \} from "(\.[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*\n|^\s*/\*\*(?:.|\n)*?\*/\n", re.MULTILINE)
NOT_UNDERSTOOD = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class BundleError(Exception):
    """A script is written in a way that cannot be bundled."""


class BundledStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """WhiteNoise's, with bundles in place of the scripts that import others."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            for name in [name for name in paths if name.startswith("js/") and name.endswith(".js")]:
                source = finders.find(name)
                if source and IMPORT.search(Path(source).read_text()):
                    self.delete(name)
                    self._save(name, ContentFile(bundle(Path(source)).encode()))
                    paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)


def bundle(entry: Path) -> str:
    """The script with all that it imports, each once, what is imported first."""
    modules: dict[Path, str] = {}
    _collect(entry.resolve(), modules)
    return "".join(modules.values())


def _collect(path: Path, modules: dict[Path, str], above: tuple[Path, ...] = ()) -> None:
    if path in above:
        raise BundleError(f"{path.name} imports itself, by way of {above[-1].name}.")
    if not path.exists():
        raise BundleError(f"{path.name} is not there, but {above[-1].name} imports it.")
    text = path.read_text()
    for match in IMPORT.finditer(text):
        imported = (path.parent / match[2]).resolve()
        if imported not in modules:
            _collect(imported, modules, (*above, path))
    modules[path] = _wrapped(path, text, has_readers=bool(above))


def _wrapped(path: Path, text: str, *, has_readers: bool) -> str:
    """A function that gives what the module exports, under the module's name."""

    def imported(match: re.Match[str]) -> str:
        names = match[1].replace(" as ", ": ")
        return f"const {{ {names} }} = {_name((path.parent / match[2]).resolve())};"

    exported = [match[1] for match in EXPORT.finditer(text)]
    code = COMMENT.sub("", EXPORT.sub("", IMPORT.sub(imported, text)))
    if odd := NOT_UNDERSTOOD.search(code):
        raise BundleError(f"{path.name}: bundles know named imports and exports, not {odd[0]!r}.")
    if not has_readers:
        return code
    return f"const {_name(path)} = (() => {{\n{code}return {{ {', '.join(exported)} }};\n}})();\n"


def _name(path: Path) -> str:
    """Of a module, in the bundle: its file's, with the folder's."""
    return re.sub(r"\W", "_", f"{path.parent.name}_{path.stem}")
