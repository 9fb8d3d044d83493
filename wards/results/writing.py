"""Writing: one way of spelling for values, ranges, units and flags before they are read.

Laboratories write digits, signs and spaces in many ways; what is read is one of them.
Every function here takes time linear in its text.
"""

import re
import unicodedata

DECIMAL, GROUP = "٫", "٬"  # Arabic separators: the only ones whose meaning is never in doubt
_SUPERSCRIPT = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—―‒‐‑﹣－", "-"),
        **dict.fromkeys("∼〜～˜≈", "~"),
        **dict.fromkeys("≤⩽≦", "≤"),
        **dict.fromkeys("≥⩾≧", "≥"),
        **dict.fromkeys("’‘ʼ`´", "'"),
        **dict.fromkeys("؛；", ";"),
        **dict.fromkeys("،、", ","),
        "×": "x",
        "٪": "%",
        "÷": "/",
        "·": ".",  # the decimal point of old British print
    }
)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&le;", "≤"), ("&ge;", "≥"), ("&amp;", "&"))
_COMPARATORS = (
    (re.compile(r"< ?=|= ?<"), "≤"),
    (re.compile(r"> ?=|= ?>"), "≥"),
    (re.compile(r"\b(?:less|lower|fewer|smaller) than or equal(?: to)? ?"), "≤"),
    (re.compile(r"\b(?:greater|more|higher) than or equal(?: to)? ?"), "≥"),
    (re.compile(r"\b(?:not more than|up ?to|at most|no more than) ?"), "≤"),
    (re.compile(r"\b(?:not less than|at least|no less than) ?"), "≥"),
    (re.compile(r"\b(?:less|lower|fewer|smaller) than |\b(?:below|under) "), "<"),
    (re.compile(r"\b(?:greater|more|higher) than |\b(?:above|over) "), ">"),
    (re.compile(r"\bge ?(?=\d)"), "≥"),
    (re.compile(r"\ble ?(?=\d)"), "≤"),
    (re.compile(r"\bgt ?(?=\d)"), ">"),
    (re.compile(r"\blt ?(?=\d)"), "<"),
    (re.compile(r"(?:أقل|اقل) من (?:أو يساوي|او يساوي) ?|حتى ?"), "≤"),
    (re.compile(r"(?:أكثر|اكثر|أكبر|اكبر|أعلى|اعلى) من (?:أو يساوي|او يساوي) ?"), "≥"),
    (re.compile(r"(?:أقل|اقل|أدنى|ادنى) من ?"), "<"),
    (re.compile(r"(?:أكثر|اكثر|أكبر|اكبر|أعلى|اعلى) من ?"), ">"),
)


def each(text: str, apart: str | None = None) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split(apart))


def plain(text: str) -> str:
    """Any text in one spelling: ASCII digits and signs, single spaces, nothing invisible."""
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    text = _SUPERSCRIPT.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    text = "".join(map(_character, text))
    return " ".join(text.split())


def _character(character: str) -> str:
    if character.isascii():
        return character
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    return "" if unicodedata.category(character) == "Cf" else character


def folded(text: str) -> str:
    """For comparing words: `plain`, without case and without marks around and at the end."""
    return plain(text).casefold().strip(" .,:;\"'()[]{}")


def comparable(text: str) -> str:
    """Text with numbers: folded, every comparator one sign (`<`, `>`, `≤`, `≥`)."""
    text = plain(text).casefold()
    for pattern, sign in _COMPARATORS:
        text = pattern.sub(sign, text)
    return text
