"""Separators: what a message's MSH-1 and MSH-2 say its parts are divided by."""

import string
from typing import NamedTuple


class Separators(NamedTuple):
    """MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


USUAL = Separators()


def separators_of(line: str) -> Separators | None:
    """Those of a header segment (MSH, FHS, BHS); None where they cannot be used."""
    if len(line) < 5:
        return None
    separator = line[3]
    encoding = line[4:].split(separator, 1)[0].rstrip()
    if encoding == "^~&":  # written somewhere that takes a backslash for its own
        encoding = "^~\\&"
    # Some send only the first of the four; the rest is then as always. 2.7 has a fifth.
    found = Separators(separator, *encoding[:4], *USUAL[len(encoding) + 1 :])
    different = set(found)
    if not 1 <= len(encoding) <= 5 or len(different) < 5 or different - set(string.punctuation):
        return None
    return found
