"""Phone numbers and e-mail addresses as people, phones and spreadsheets write them."""

import re
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from wards.base.text import line, number
from wards.base.values import SCIENTIFIC, NotUnderstood, is_error, quoted

# 5 digits (short local numbers) to 15 (the most E.164 allows), and what people write between them.
PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){5,15}[^0-9]*$)\+?[0-9(][0-9 ().\-/]{3,30}")
# Ordinary addresses; what does not look like one is asked of Django, which takes ten times as long.
PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,24}"
)
LONGEST_EMAIL = 254
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2015\u2212＋", "-------+")
_FLOAT = re.compile(r"(\+?[0-9]{5,15})[.,]0{1,2}")
_EXTENSION = re.compile(r"(?:ext|extension|x|تحويلة|#)\.? ?[0-9]{1,6}$", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;،؛|\n]| or | او | أو |/", re.IGNORECASE)
_WRAPPED = re.compile(r"[^<>@]*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>", re.IGNORECASE)


def phone(text: str) -> str:
    """The number as it is dialled, in our digits; "" for an empty text. Raises NotUnderstood."""
    text = number(text)
    if "." not in text and "/" not in text and (not text or PHONE.fullmatch(text)):
        return text
    plain = text.translate(_DASHES).lstrip("'’`").removeprefix("tel:").strip()
    plain = re.sub(r"^\((\+[0-9]{1,3})\)", r"\1", plain)
    if found := _FLOAT.fullmatch(plain):
        plain = found[1]
    if PHONE.fullmatch(plain) and not _are_two(plain):
        return plain
    raise NotUnderstood(_wrong_phone(text, plain))


def _are_two(text: str) -> bool:
    """Whether these may be several numbers: two whole ones, or one with another last digit."""
    digits = [len(re.sub(r"[^0-9]", "", part)) for part in _BETWEEN.split(text)]
    return len(digits) > 1 and (min(digits) >= 7 or (digits[0] >= 7 and digits[1] <= 4))


def _wrong_phone(text: str, plain: str) -> str:
    if SCIENTIFIC.fullmatch(plain):
        return quoted(
            _(
                "“%s” is a number whose digits a spreadsheet has left out: format the column as "
                "text, and enter it anew."
            ),
            text,
        )
    if is_error(text):
        return quoted(_("“%s” is an error of a spreadsheet, and no phone number."), text)
    if _are_two(plain):
        return quoted(_("“%s” are several phone numbers: give one."), text)
    if _EXTENSION.search(plain) and len(re.findall("[0-9]", plain)) > 6:
        return quoted(_("“%s” has an extension, which no message reaches: leave it out."), text)
    return quoted(_("“%s” is not a phone number."), text)


def email(text: str) -> str:
    """The address; "" for an empty text. Raises NotUnderstood."""
    if PLAIN_EMAIL.fullmatch(text) and len(text) <= LONGEST_EMAIL:
        return text
    text = line(text)
    if not text:
        return ""
    plain = text
    if found := _WRAPPED.fullmatch(plain):
        plain = found[1]
    if plain[:7].lower() == "mailto:":
        plain = plain[7:]
    plain = plain.strip("<>'\" ,;").rstrip(".")
    with suppress(ValidationError):
        validate_email(plain)
        if len(plain) <= LONGEST_EMAIL:
            return plain
    raise NotUnderstood(_wrong_email(text))


def _wrong_email(text: str) -> str:
    if text.count("@") > 1 and re.search(r"[,;\s/،؛]", text):
        return quoted(_("“%s” are several e-mail addresses: give one."), text)
    if is_error(text):
        return quoted(_("“%s” is an error of a spreadsheet, and no e-mail address."), text)
    return quoted(_("“%s” is not an e-mail address."), text)
