"""How many SMS a text takes: the default alphabet of 3GPP TS 23.038, or UCS-2 for everything else.

A text of several parts leaves room in each for the header that joins them: 153 septets of 160, 67
UTF-16 units of 70. What takes two of them is not split between two parts.
"""

import re
from typing import NamedTuple

# 23.038 section 6.2.1, by rows of the table; the escape to the extension is no character.
ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Section 6.2.1.1: the escape and a second septet.
EXTENSION = frozenset("\f^{}\\[~]|€")


FOREIGN = re.compile(f"[^{re.escape(''.join(ALPHABET | EXTENSION))}]")
UNUSUAL = re.compile(f"[^{re.escape(''.join(ALPHABET))}]")  # foreign, or two septets


class Segments(NamedTuple):
    """`characters` counts septets of GSM-7 or UTF-16 units of UCS-2: what is paid for."""

    encoding: str
    characters: int
    parts: int
    room: int  # characters left in the last part


def count(text: str) -> Segments:
    """What the text takes as SMS; an empty one takes no part."""
    if not UNUSUAL.search(text):
        return _even("GSM-7", len(text), 160, 153)
    if not FOREIGN.search(text):
        return _packed("GSM-7", [2 if letter in EXTENSION else 1 for letter in text], 160, 153)
    if len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return _even("UCS-2", len(text), 70, 67)
    return _packed("UCS-2", [2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67)


def foreign(text: str) -> list[str]:
    """The characters, each once, for which the whole text needs UCS-2."""
    return [letter for letter in dict.fromkeys(text) if letter not in ALPHABET | EXTENSION]


def _even(encoding: str, total: int, alone: int, joined: int) -> Segments:
    """Where no character takes two: most of all texts."""
    if total <= alone:
        return Segments(encoding, total, 1 if total else 0, alone - total)
    parts = -(-total // joined)
    return Segments(encoding, total, parts, parts * joined - total)


def _packed(encoding: str, sizes: list[int], alone: int, joined: int) -> Segments:
    total = sum(sizes)
    if total <= alone:
        return Segments(encoding, total, 1 if total else 0, alone - total)
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return Segments(encoding, total, parts, room)
