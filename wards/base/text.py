"""Cleaning: text from outside without what nobody can see, in one form whoever typed it.

Direction marks, zero-width and control characters can make one name look like another, turn a
number round on the page or hide in a key. They never get past here. What is left of them to say
says `wards.base.unseen`.
"""

import re
import unicodedata

# Characters of Unicode's categories Cc (control), Cf (format), Cs, Zl, Zp, and those that are blank
# although they count as letters or marks. Not the Arabic signs of category Cf that can be seen.
INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{INVISIBLE}]+")
# Between letters of the Arabic script they are spelling: Persian "mi<ZWNJ>khaham". Behind a picture
# they make one out of several, or say in colour.
_LETTER = "\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff"
_PICTURE = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_HIDDEN_IN_PROSE = re.compile(
    f"(?<=[{_LETTER}])([\u200c\u200d])(?=[{_LETTER}])|(?<=[{_PICTURE}])(\ufe0f?\u200d)"
    f"(?=[{_PICTURE}])|(?<=[{_PICTURE}0-9#*])(\ufe0f)|[{INVISIBLE}]"
)
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_DIGIT = re.compile(r"[^\D0-9]")  # of any script but ours
# One form of letters that people write in several ways; tatweel only makes a word longer.
_ALIKE = {"ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": "", "ء": ""}
_ALIKE |= {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"}
_ALIKE_TABLE = str.maketrans(_ALIKE)


def line(text: str) -> str:
    """A name, number, code or key: one line, nothing invisible, single spaces, in form NFC."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    text = _HIDDEN.sub("", unicodedata.normalize("NFC", _BREAKS.sub(" ", text)))
    return " ".join(text.split())


def prose(text: str) -> str:
    """A text that people wrote: as `line`, but its line breaks and runs of spaces stay."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _BREAKS.sub("\n", unicodedata.normalize("NFC", text))
    text = _HIDDEN_IN_PROSE.sub(lambda found: found[1] or found[2] or found[3] or "", text)
    return _SPACES.sub(lambda found: " " * len(found[0]), text).strip()


def number(text: str) -> str:
    """A phone number, date, code or id: as `line`, its digits ours whatever script they are in."""
    text = line(text)
    return text if text.isascii() else digits(text)


def digits(text: str) -> str:
    """Arabic, Persian, full-width and all other digits as 0 to 9; anything else as it is."""
    return _DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text)


def folded(text: str) -> str:
    """For comparing only: without case, accents, vowel signs, and the forms that a letter has."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf"))
    return bare.translate(_ALIKE_TABLE)
