"""Names of people, compared as a clerk would: the same, partly, or nothing in common. Pure.

Told apart are people, not spellings: case, accents, hyphens, the forms of Arabic letters, the order
of the parts, prefixes, initials, slips of the pen and the vowels of transliterated names do not
matter.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from wards.base.text import folded


class Likeness(Enum):
    """What two names say of one another."""

    SILENT = auto()  # one is empty or a stand-in, or they are in different scripts
    SAME = auto()
    GIVEN = auto()  # another family name: married, divorced
    FAMILY = auto()  # another given name: twins, father and son
    DIFFERENT = auto()


# What a hospital calls somebody until the name is known. Such a name says nothing.
_STAND_INS = """
    unknown unk unidentified unnamed anonymous anon nameless trauma newborn neonate nb infant baby
    babyboy babygirl boy girl twin triplet xx xxx xxxx
    مجهول مجهوله مولود مولوده وليد رضيع رضيعه طفل طفله توام
"""
STAND_INS = frozenset(_STAND_INS.split())
DOES = frozenset(("doe", "john", "jane", "j"))
# Parts that many names have in common, or that are not always written.
_PARTICLES = """
    mr mrs ms miss mstr master dr prof eng sheikh al el ul bin ben bint ibn ibnat abu umm von van
    der den de del della di da dos la le st of the jr sr ii iii
    ال بن ابن بنت ابو ام السيد السيده الدكتور الدكتوره
"""
PARTICLES = frozenset(_PARTICLES.split())
_SERVANT = re.compile(r"\b(abd|عبد)(?:[uea]l)?(?:[\s-]+(?:[ae]l[\s-]*)?)?(?=\w)")  # Abd al-Rahman
_ARTICLE = re.compile(r"^(?:ال(?=\w\w)|[ae]l(?=\w{5}))")
_VOWELS = re.compile("[aeiouywh]")
SKELETON, TYPO, PREFIX = 2, 5, 3  # letters from which on such a comparison says something


@dataclass(frozen=True)
class Name:
    """A name as told: either part may be empty or in the other's place."""

    given: str = ""
    family: str = ""


def parts(text: str) -> list[str]:
    """The words of a name, folded; an article is no part of it: Al-Mutairi is Mutairi."""
    whole = _SERVANT.sub(r"\1", re.sub(r"['’`´]", "", folded(text)))
    words = [word for word in re.split(r"[\W\d_]+", whole) if word]
    kept = [word for word in words if word not in PARTICLES] or words
    return [_ARTICLE.sub("", word) for word in kept]


def stands_in(name: Name) -> bool:
    """Whether this is no name but what is written for want of one."""
    words = set(_words(name))
    if words and all(len(word) == 1 for word in words):
        return True  # letters alone, as "A^B"
    return bool(words & STAND_INS) or ("doe" in words and words <= DOES)


def compare(one: Name, other: Name) -> Likeness:
    """What the two say of one another."""
    words, others = _words(one), _words(other)
    if not words or not others or stands_in(one) or stands_in(other):
        return Likeness.SILENT
    if _script(words) != _script(others):
        return Likeness.SILENT
    given, family, its_given, its_family = map(
        parts, (one.given, one.family, other.given, other.family)
    )
    if not (given and family and its_given and its_family):
        # A part that is not told contradicts nothing.
        return Likeness.SAME if _share(words, others) else Likeness.DIFFERENT
    straight = _share(given, its_given), _share(family, its_family)
    swapped = _share(given, its_family), _share(family, its_given)
    if all(straight) or all(swapped):
        return Likeness.SAME
    if straight[0]:
        return Likeness.GIVEN
    return Likeness.FAMILY if straight[1] or any(swapped) else Likeness.DIFFERENT


def are_one(one: Name, other: Name) -> bool:
    """Whether all of one name is in the other, letter by letter, and that is a whole name."""
    if stands_in(one) or stands_in(other):
        return False
    short, long = sorted((set(_words(name)) for name in (one, other)), key=len)
    return len(short) > 1 and short <= long


def _words(name: Name) -> list[str]:
    return parts(name.given) + parts(name.family)


def _share(words: list[str], others: list[str]) -> bool:
    """Whether they have a word in common."""
    return any(_alike(a, b) for a in words for b in others)


def _script(words: list[str]) -> str:
    """ "LATIN", "ARABIC", … of the first letter: its name begins with that."""
    return unicodedata.name(words[0][0], "?").split()[0]


def _alike(one: str, other: str) -> bool:
    """Whether two words may be the same part of a name."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return True
    if long.startswith(short) and (len(short) == 1 or len(short) >= PREFIX):
        return True
    bones, others = _skeleton(short), _skeleton(long)
    if bones == others and len(bones) >= SKELETON:
        return True
    return len(short) >= TYPO and is_slip(one, other)


def _skeleton(word: str) -> str:
    """The consonants: what Mohammed, Muhammad and Mohamad have in common."""
    return _VOWELS.sub("", re.sub(r"(.)\1+", r"\1", word))


def is_slip(one: str, other: str) -> bool:
    """Whether one letter was missed, added, mistaken, or two were swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
