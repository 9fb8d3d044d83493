"""Words of results: positive or negative, the same or not, in English and Arabic."""

import re
from enum import StrEnum

from wards.results.writing import each, folded, plain


class Polarity(StrEnum):
    """What a word says of whether something was found."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


LONGEST = 100  # a longer text is a narrative
_MOST = 1000  # characters that are read of one
_POSITIVE = each(
    "positive pos detected reactive present abnormal resistant positif positivo positiv detectable"
    " إيجابي ايجابي إيجابية ايجابية موجب موجبة مكتشف متفاعل موجود"
)
_NEGATIVE = each(
    "negative neg undetected undetectable nonreactive unreactive absent negatif negativo negativ"
    " سلبي سلبية سالب سالبة"
)
_NOT = each("not no non none without never nil غير لا لم ليس بدون")
_PLUSES = re.compile(r"\(?\+{1,4}\)?|\^?[1-4] ?\^?\+")
# Names that have one of the words in them: kinds of bacteria, blood groups.
_NAMES = re.compile(
    r"\bgram[- ]?(?:negative|positive|neg|pos)\b|\brh(?:esus)?(?: ?\(?d\)?)? ?(?:positive|negative"
    r"|pos|neg)\b|^(?:a|b|ab|o) ?(?:rh ?)?(?:positive|negative|pos|neg)\.?$"
)
# Coded answers that come without their text: SNOMED CT and LOINC.
_CODES = dict.fromkeys(
    each("10828004 260373001 11214006 52101004 LA6576-8 LA11882-0 LA15255-5 LA9633-4"),
    Polarity.POSITIVE,
) | dict.fromkeys(
    each("260385009 260415000 131194007 2667000 LA6577-6 LA11883-8 LA15256-3 LA9634-2"),
    Polarity.NEGATIVE,
)
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = re.compile("[\u064b-\u0652\u0640]")  # Arabic vowels and the lengthening stroke
_SHORT = {
    "neg": "negative",
    "pos": "positive",
    "non reactive": "nonreactive",
    "سلبي": "negative",
    "سلبية": "negative",
    "إيجابي": "positive",
    "ايجابي": "positive",
    "إيجابية": "positive",
}
_PLACEHOLDERS = each(
    "|-|--|---|/|*|na|n/a|n.a|not applicable|not available|not established|none established"
    "|see below|see note|see comment|see comments|see report|see text|see interpretation|unknown|nd"
    "|null|tbd|pending|not defined|no range|لا ينطبق|غير متوفر|انظر أدناه",
    "|",
)


def polarity(text: str) -> Polarity | None:
    """Whether words say that something was found; one that was outweighs any that were not.

    A negation counts for the next such word: "A not detected, B detected" is positive.
    """
    text = plain(text[:_MOST]).casefold()
    if _PLUSES.fullmatch(text):
        return Polarity.POSITIVE
    seen, negated = None, False
    for word in _WORD.findall(_MARKS.sub("", _NAMES.sub(" ", text))):
        if word in _NOT:
            negated = True
        elif word in _POSITIVE or word in _NEGATIVE:
            if (word in _POSITIVE) is not negated:
                return Polarity.POSITIVE
            seen, negated = Polarity.NEGATIVE, False
    return seen


def of_code(code: str) -> Polarity | None:
    """What a coded answer says: positive, detected, reactive, present, and their opposites."""
    return _CODES.get(code.strip())


def canonical(text: str) -> str:
    """Words for comparison: `NEG` and `Negative`, `Non-Reactive` and `nonreactive` are the same."""
    if len(text) > _MOST:
        return text
    words = _MARKS.sub("", folded(text).replace("-", " "))
    return _SHORT.get(words, words)


def is_placeholder(text: str) -> bool:
    """Whether a text stands where there is nothing to say: `N/A`, `see below`, `-`."""
    return len(text) <= LONGEST and folded(text) in _PLACEHOLDERS
