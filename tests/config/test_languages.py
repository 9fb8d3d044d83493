"""Everything that people read is in every language: the catalogues hold the sources' texts."""

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils import translation

from inbox.rules.table import FALLBACKS, RULES
from tests import catalogue
from wards.kinds import Kind

EACH = pytest.mark.parametrize("path", catalogue.CATALOGUES, ids=lambda path: path.parts[-3])


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def translated(known: Catalog) -> set[catalogue.Key]:
    """The texts that a reader of this language reads in it, in all forms of a plural."""
    return {
        catalogue.key(each.id, each.context)
        for each in known
        if each.id and not each.fuzzy and catalogue.is_whole(each)
    }


@EACH
def test_every_text_of_the_sources_is_translated(path: Path) -> None:
    known = translated(read(path))
    missing = [
        f"{each.locations[0][0]}: {each.id}"
        for each in catalogue.extracted()
        if each.id and catalogue.key(each.id, each.context) not in known
    ]
    assert not missing, "make extract enters it; the translation is yours"


@EACH
def test_the_catalogue_is_what_the_sources_say(path: Path) -> None:
    """Nothing that no source has any more, and where each text stands."""
    assert path.read_text() == catalogue.written(path, catalogue.extracted()), "make extract"


@EACH
def test_every_word_of_the_rule_table_is_translated(path: Path) -> None:
    """These are looked up when somebody is told, not where they are written."""
    known = translated(read(path))
    words = {text for rule in RULES for text in (rule.title, rule.message, rule.why) if text}
    words |= {why for _, why in FALLBACKS}
    assert not {text for text in words if (text, None) not in known}


@EACH
def test_every_kind_of_event_is_translated(path: Path) -> None:
    known = translated(read(path))
    assert not [kind for kind in Kind if (english(kind), None) not in known]


def english(kind: Kind) -> str:
    """The label as it stands in the sources."""
    with translation.override("en"):
        return str(kind.label)


@EACH
def test_translations_fill_in_what_the_text_does(path: Path) -> None:
    """A name too many is a fault when somebody is told; one too few is a name they do not read."""
    wrong = [
        each.id
        for each in read(path)
        if "python-brace-format" in each.flags
        and {names(text) for text in catalogue.forms(each)} != {names(str(each.id))}
    ]
    assert not wrong


def names(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


MARKED = {
    "module.py": """
        a = _("a simple text")
        b = ngettext("%(n)s bed", "%(n)s beds", 2)
        c = gettext_noop("looked up " "later")
        d = pgettext("a street", "Ward")
        """,
    "page.html": """
        <p>{% translate "a simple text" %}{% translate "Ward" context "a street" %}</p>
        {% blocktranslate count n=3 %}{{ n }} bed{% plural %}{{ n }} beds{% endblocktranslate %}
        {% include "x.html" with title=_("looked up later") %}
        """,
}


@pytest.mark.parametrize("name", MARKED)
def test_whatever_marks_a_text_is_seen(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("\n".join(map(str.strip, MARKED[name].splitlines())))
    assert {*catalogue.texts(tmp_path / name)} == {
        ("a simple text", None),
        (("%(n)s bed", "%(n)s beds"), None),
        ("looked up later", None),
        ("Ward", "a street"),
    }


def test_nothing_is_guessed_and_nothing_that_is_known_is_lost() -> None:
    known, found = Catalog(locale="ar"), Catalog()
    known.add("Bed", "سرير")
    known.add("Ward", "قسم")
    known.add("Ward", "حي", context="a street")
    known.add("Beds", "سرير", flags=["fuzzy"])
    known.add("Gone", "ذهب")
    for text, context in [("Bed", None), ("Beds", None), ("Ward", "a street"), ("New", None)]:
        found.add(text, context=context)
    new = {(each.id, each.context): each.string for each in catalogue.renewed(found, known)}
    del new["", None]
    assert new == {
        ("Bed", None): "سرير",
        ("Beds", None): "",
        ("Ward", "a street"): "حي",
        ("New", None): "",
    }
    assert translated(catalogue.renewed(found, known)) == {("Bed", None), ("Ward", "a street")}


def test_what_ours_lacks_another_may_have() -> None:
    ours, theirs, found = Catalog(locale="ar"), Catalog(locale="ar"), Catalog()
    ours.add("Bed", "سرير")
    ours.add("Ward", "")
    theirs.add("Bed", "فراش")
    theirs.add("Ward", "قسم")
    for text in ("Bed", "Ward"):
        found.add(text)
    new = catalogue.renewed(found, ours, theirs)
    assert [each.string for each in new if each.id] == ["سرير", "قسم"]
