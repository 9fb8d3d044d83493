"""Cleaning: text from outside without what nobody can see.

Direction marks, zero-width and control characters can make one name look like another, turn a
number round on the page or hide in a key. They never get past here.
"""

import re
import unicodedata

# Characters of Unicode's categories Cc (control), Cf (format), Cs, Zl, Zp, and those that are blank
# although they count as letters or marks. Not the Arabic signs of category Cf that can be seen.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]+")
# Between letters of the Arabic script they are spelling: Persian "mi<ZWNJ>khaham".
_LETTER = "\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff"
_HIDDEN_IN_PROSE = re.compile(f"(?<=[{_LETTER}])([\u200c\u200d])(?=[{_LETTER}])|[{_INVISIBLE}]")
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")


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
    text = _HIDDEN_IN_PROSE.sub(lambda found: found[1] or "", text)
    return _SPACES.sub(lambda found: " " * len(found[0]), text).strip()
