"""The catalogue of translations: which texts the sources have, and the file made of them.

`make extract` writes locale/*/LC_MESSAGES/django.po: every text with the files it stands in, and
with the translation it had. Nothing is guessed: a new text is empty until somebody translates it,
and one that no source has any more is left out. tests/config/test_languages.py says what lacks.
After a merge, `python -m tests.catalogue theirs.po` takes what ours lacks from theirs.
"""

import io
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
SOURCES = ("config", "inbox", "messaging", "wards", "templates")
# What marks a text, and which of its arguments it is: Django's names, as the sources import them.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Key = tuple[str, str | None]  # the text (its singular), and the context


def key(text: str | tuple[str, ...] | list[str], context: str | None = None) -> Key:
    """What a text is found by."""
    return (text if isinstance(text, str) else text[0]), context


def texts(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The texts that a file marks for translation, each with its context."""
    source = path.read_text()
    if path.suffix != ".py":  # a template becomes the calls that its tags make, and much filling
        source = "\n".join(line.strip() for line in templatize(source, str(path)).splitlines())
    found = extract("python", io.BytesIO(source.encode()), KEYWORDS)
    yield from ((text, context) for _, text, _, context in found)


def sources() -> list[Path]:
    """The files that may have texts, by name."""
    files = [path for name in SOURCES for path in (ROOT / name).rglob("*")]
    return sorted(path for path in files if path.suffix in {".py", ".html", ".txt"})


@cache
def extracted() -> Catalog:
    """Every text of the sources, with the files it stands in."""
    catalogue = Catalog()
    for path in sources():
        for text, context in texts(path):
            where = [(str(path.relative_to(ROOT)), 1)]  # without lines: they move with every change
            catalogue.add(text, locations=where, context=context)
    return catalogue


def renewed(found: Catalog, *known: Catalog) -> Catalog:
    """What was found, with the first translation that is known, and not only guessed."""
    new = Catalog(locale=known[0].locale)
    for message in found:
        if not message.id:
            continue
        olds = [each.get(message.id, message.context) for each in known]
        kept = [old for old in olds if old and not old.fuzzy and any(forms(old))]
        before = next(filter(is_whole, kept), kept[0] if kept else None)
        new.add(
            message.id,
            before.string if before else "",
            message.locations,
            context=message.context,
            user_comments=before.user_comments if before else (),
        )
    return new


def is_whole(message: Message) -> bool:
    """Whether it is translated, in all forms of a plural."""
    return all(forms(message)) and bool(forms(message))


def forms(message: Message) -> list[str]:
    """The translation, or those for each form of a plural."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def written(path: Path, found: Catalog, *others: Catalog) -> str:
    """The catalogue at `path` as it is to be; what it lacks, `others` may have."""
    text = path.read_text()
    head = text.split("\n\n", 1)[0]  # kept as it stands
    body = io.BytesIO()
    write_po(
        body,
        renewed(found, read_po(io.StringIO(text)), *others),
        width=0,
        omit_header=True,
        sort_by_file=True,
        include_lineno=False,
    )
    return f"{head}\n\n{body.getvalue().decode().strip()}\n"


if __name__ == "__main__":
    settings.configure()  # for the templates' lexer
    found = extracted()
    others = [read_po(io.BytesIO(Path(name).read_bytes())) for name in sys.argv[1:]]
    for path in CATALOGUES:
        path.write_text(written(path, found, *others))
