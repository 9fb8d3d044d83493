"""Letters that were read in one encoding and written in another: "ظ„ظٹظ„ظ‰" was "ليلى"."""

import re

from django.utils.translation import gettext as _

# Who opens UTF-8 as something else: Excel without a byte order mark, in Arabic, English, on a Mac.
_READ_AS = ("cp1252", "cp1256", "mac_roman", "latin-1")
# The first byte of what is most written: Arabic, accented letters, typographic signs.
_LEADS = b"\xd8\xd9\xda\xdb\xc2\xc3"


def _letters(codes: bytes, encoding: str) -> str:
    found = (bytes([code]).decode(encoding, "ignore") for code in codes)
    return "".join(re.escape(letter) for letter in found)


def _pattern(encoding: str) -> str:
    inner = _letters(bytes(range(0x80, 0xC0)), encoding)
    lead, sign = _letters(_LEADS, encoding), _letters(b"\xe2", encoding)
    return f"(?:[{lead}][{inner}]){{2,}}|{sign}[{inner}]{{2}}"


# A single pair might be a capital beside a sign; but not these signs, nor amid small letters.
_ANY = _letters(bytes(range(0x80, 0xC0)), "cp1252")
_SINGLE = f"[ÃÂ][¡¢£¤¥¦§¨©ª¬®¯°±²³´µ¶·¸¹¼½¾¿]|(?<=[a-z])[ÃÂ][{_ANY}]"
_GARBLED = re.compile("|".join([*map(_pattern, _READ_AS), _SINGLE]))
_FIRST = "".join(_letters(_LEADS + b"\xe2", encoding) for encoding in _READ_AS)
_SECOND = "".join(_letters(bytes(range(0x80, 0xC0)), encoding) for encoding in _READ_AS)
_QUICK = re.compile(f"[{_FIRST}][{_SECOND}]")  # nearly every row has none
_LOST = re.compile(r"\ufffd|^\s*\?(?:\s*\?){2,}\s*$")


def is_garbled(text: str) -> bool:
    """Whether some of it cannot have been written by anybody."""
    return bool(_QUICK.search(text) and _GARBLED.search(text))


def complaint(cell: str) -> str:
    """A sentence on a cell whose letters are wrong or lost; "" for any other."""
    if _LOST.search(cell):
        return (
            _(
                "“%s” has lost its letters: they were saved in an encoding that has none of them. "
                "Take the file as it was before."
            )
            % cell[:40]
        )
    if is_garbled(cell):
        return (
            _(
                "“%s” was opened in another encoding than it is in, and saved so: take the file as "
                "it was before, and save it as “CSV UTF-8” or XLSX."
            )
            % cell[:40]
        )
    return ""


def suspicious(text: str) -> bool:
    """Whether a row's text is worth a look at each cell; quick."""
    return "\ufffd" in text or "??" in text or "? ?" in text or is_garbled(text)
