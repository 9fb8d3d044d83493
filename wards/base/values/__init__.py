"""What people, phones and spreadsheets write into cells, read where it is certain. Pure.

What is not certain is not guessed: it is `NotUnderstood`, in a sentence for whoever wrote it.
"""

import re
from typing import Final

from django.utils.translation import get_language

from wards.base import bidi, unseen


class NotUnderstood(ValueError):
    """A value that is not read; the message says why, and how it is written."""


# What other systems and spreadsheets write where there is nothing. As they write it, letter by
# letter: there are people called Null, Nan and None.
STAND_INS: Final = frozenset(
    (
        *("NULL", "null", "(null)", "<null>", "[null]", "\\N", "nan", "NaN", "NAN", "None", "none"),
        *("undefined", "N/A", "n/a", "<NA>", "NaT", "0000-00-00"),
    )
)
_ERROR = re.compile(r"#[A-Z][A-Z0-9/_]*[!?]?|#DIV/0!|#+|Err:[0-9]{3}")
SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)


def is_error(text: str) -> bool:
    """Whether a spreadsheet wrote this for want of a value: #N/A, #REF!, ####."""
    return text[:1] in ("#", "E") and text != "#" and bool(_ERROR.fullmatch(text))


def is_blank(text: str) -> bool:
    """Whether this stands for nothing."""
    return not text or text in STAND_INS


def value(text: str) -> str:
    """The cell, or "" for what only stands where a value is missing."""
    return "" if is_blank(text) or is_error(text) else text


def quoted(sentence: str, text: str) -> str:
    """The sentence about a value, and what of it cannot be seen or is not what it looks like."""
    said = sentence % bidi.isolated(text[:60], get_language() or "en")
    hidden = unseen.words(text)
    return f"{said} ({hidden})" if hidden else said
