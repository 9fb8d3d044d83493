"""What cannot be seen in a text, or is not what it looks like, said in words."""

import re
import unicodedata
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wards.base.text import INVISIBLE

MOST = 3  # of them are named
_HIDDEN = re.compile(f"[{INVISIBLE}]")
# The ones that come out of phones, chats, web pages and word processors; others by their number.
NAMES = {
    "\u200b": gettext_lazy("a zero-width space"),
    "\u200c": gettext_lazy("a zero-width non-joiner"),
    "\u200d": gettext_lazy("a zero-width joiner"),
    "\u2060": gettext_lazy("a word joiner"),
    "\ufeff": gettext_lazy("a byte order mark"),
    "\u00ad": gettext_lazy("a soft hyphen"),
    "\u00a0": gettext_lazy("a no-break space"),
    "\u202f": gettext_lazy("a narrow no-break space"),
    "\ufffd": gettext_lazy("a sign for a letter that was lost"),
    "\u2018": gettext_lazy("a typographic quotation mark"),
    "\u2019": gettext_lazy("a typographic apostrophe"),
    "\u201c": gettext_lazy("a typographic quotation mark"),
    "\u201d": gettext_lazy("a typographic quotation mark"),
    "\u2010": gettext_lazy("a typographic hyphen"),
    "\u2011": gettext_lazy("a typographic hyphen"),
    "\u2013": gettext_lazy("a dash"),
    "\u2014": gettext_lazy("a dash"),
    "\u2212": gettext_lazy("a minus sign"),
}
NAMES |= dict.fromkeys("\u200e\u200f\u061c", gettext_lazy("a direction mark"))
NAMES |= dict.fromkeys(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", gettext_lazy("a direction mark")
)
# Letters that look like one of ours and are another: two addresses that nobody can tell apart.
_SCRIPTS = {"CYRILLIC": gettext_lazy("Cyrillic"), "GREEK": gettext_lazy("Greek")}


def words(text: str) -> str:
    """Up to three of what cannot be seen, each with where it is; "" where there is nothing.

    "a zero-width space after “name”, a direction mark at the beginning"
    """
    found = list(dict.fromkeys(_said(text)))
    return ", ".join(found[:MOST]) + (" …" if len(found) > MOST else "")


def _said(text: str) -> Iterator[str]:
    latin = bool(re.search("[A-Za-z]", text))
    for place, character in enumerate(text):
        if latin and (script := _SCRIPTS.get(_script(character))):
            told = {"letter": character, "script": script}
            yield _("the letter “%(letter)s” is %(script)s") % told
        elif name := _name(character):
            before = _HIDDEN.sub("", text[:place]).strip()[-20:]
            if before:
                yield _("%(what)s after “%(before)s”") % {"what": name, "before": before}
            else:
                yield _("%(what)s at the beginning") % {"what": name}


def _script(character: str) -> str:
    return "" if character.isascii() else unicodedata.name(character, "?").split()[0]


def _name(character: str) -> str:
    """What it is called; "" for what can be seen and is what it looks like."""
    if character in NAMES:
        return str(NAMES[character])
    if _HIDDEN.match(character):
        return _("a character that cannot be seen (U+%04X)") % ord(character)
    return ""
