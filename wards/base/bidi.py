"""Bidirectional text: names and values set apart, so that none turns the words around it.

Source: Unicode Standard Annex 9, sections 2.4.2 (isolates) and 3.3.1 (the paragraph's direction).
"""

import re
import unicodedata

FSI, PDI = "\u2068", "\u2069"  # first strong isolate, pop directional isolate
RIGHT_TO_LEFT = ("ar",)  # languages of the interface
_RTL, _LTR = {"R", "AL"}, {"L"}
# What cannot move among Arabic words: Arabic letters, their marks, spaces and full stops.
_ARABIC = re.compile(r"[\s\u0621-\u065f\u0670-\u06d3\u060c\u061b\u061f.]*")


def isolated(text: str, language: str) -> str:
    """A name or value as it stands in a sentence of this language.

    In isolates where its letters, or in Arabic its numbers, could be drawn into the order of the
    words around it. What runs the same way as the sentence stays as it is: nothing would change but
    that searching and comparing had invisible characters to deal with.
    """
    if language in RIGHT_TO_LEFT:
        foreign = not _ARABIC.fullmatch(text)
    else:
        foreign = not text.isascii() and any(unicodedata.bidirectional(c) in _RTL for c in text)
    return f"{FSI}{text}{PDI}" if foreign else text


def plain(text: str) -> str:
    """The text without isolates: for SMS, file names and whatever else shows characters as such."""
    return text.replace(FSI, "").replace(PDI, "")


def cut(text: str, longest: int) -> str:
    """The beginning of a text, at most so many characters, with every isolate closed."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    while (still_open := head.count(FSI) - head.count(PDI)) + len(head) > longest - 1:
        head = head[:-1]
    return f"{head}{PDI * still_open}…"


def direction(text: str, language: str) -> str:
    """ "rtl" or "ltr": of the words that are the sentence's own, else of the reader's language.

    `dir="auto"` goes by the first letter, and an Arabic name may begin an English sentence.
    """
    depth = 0
    for character in text:
        depth += (character == FSI) - (character == PDI)
        kind = unicodedata.bidirectional(character)
        if depth == 0 and kind in _RTL | _LTR:
            return "rtl" if kind in _RTL else "ltr"
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
