"""Names, genders and numbers of people as people and spreadsheets write them."""

import re
from functools import lru_cache

from django.utils.translation import gettext as _

from wards.base.text import folded, line, number
from wards.base.values import SCIENTIFIC, NotUnderstood, is_error, quoted

_WORDS = {
    "M": "m male man boy ذكر رجل ولد",
    "F": "f female woman girl أنثى انثى أنثي امرأة إمرأة بنت",
    "O": "o other آخر أخرى",
    "U": "u unknown - غير-معروف غير-محدد",
}
GENDERS = {folded(word): code for code, words in _WORDS.items() for word in words.split()}
GENDERS[""] = "U"
_WITHOUT_LETTERS = re.compile(r"[\d\s+().-]*\d[\d\s+().-]*|[^\s@]+@[^\s@]+")
_ONCE_A_FLOAT = re.compile(r"[0-9]+[.,]0+")


def name(text: str) -> str:
    """A name. Raises NotUnderstood for what is none: errors of spreadsheets, numbers, addresses."""
    text = line(text)
    if text.isalpha():  # as most are
        return text
    if is_error(text):
        raise NotUnderstood(quoted(_("“%s” is an error of a spreadsheet, and no name."), text))
    if _WITHOUT_LETTERS.fullmatch(text):
        raise NotUnderstood(quoted(_("“%s” is no name."), text))
    return text


def gender(text: str) -> str:
    """ "M", "F", "O" or "U", which an empty text is, too. Raises NotUnderstood."""
    if found := _gender(text):
        return found
    raise NotUnderstood(quoted(_("“%s” is not a gender: M, F, O or U."), text))


@lru_cache(maxsize=256)
def _gender(text: str) -> str:
    return GENDERS.get(folded(line(text)).strip(".").replace(" ", "-"), "")


def identifier(text: str) -> str:
    """A person's number, letter by letter: zeros count. Raises NotUnderstood for lost ones."""
    if text.isalnum() and text.isascii():  # as most are
        return text
    text = number(text).lstrip("'’`")
    if SCIENTIFIC.fullmatch(text) and "." in text:
        sentence = _(
            "“%s” is a number whose digits a spreadsheet has left out: format the column as text, "
            "and enter it anew."
        )
        raise NotUnderstood(quoted(sentence, text))
    if _ONCE_A_FLOAT.fullmatch(text):
        sentence = _("“%s” was a number in a spreadsheet: format the column as text.")
        raise NotUnderstood(quoted(sentence, text))
    if is_error(text):
        raise NotUnderstood(quoted(_("“%s” is an error of a spreadsheet, and no number."), text))
    return text
