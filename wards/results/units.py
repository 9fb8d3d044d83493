"""Units: whether two are the same, and whether some letters are one."""

import re
from functools import lru_cache

from wards.results.writing import each, plain

_BRACES = re.compile(r"\{[^{}]*\}")
_POWER = re.compile(r"(?:x ?)?(?<!\d)10 ?(?:\^|\*\*|\*|e)?\(?\+?(\d{1,2})\)?(?!\d)")
_OTHER_POWER = re.compile(r"(?<!10)\^(?=\d)")  # m² and m2
_SPOKEN = {
    "gm": "g", "gram": "g", "grams": "g", "gms": "g", "mcg": "ug", "mcl": "ul", "mcmol": "umol",
    "micromol": "umol", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "hr": "h",
    "hrs": "h", "hour": "h", "hours": "h", "minute": "min", "minutes": "min", "mins": "min",
    "litre": "l", "liter": "l", "ltr": "l", "percent": "%", "pct": "%",
    "ممول": "mmol", "ملمول": "mmol", "مليمول": "mmol", "مكمول": "umol", "ميكرومول": "umol",
    "جم": "g", "غم": "g", "مجم": "mg", "ملغ": "mg", "ملغم": "mg",
    "لتر": "l", "دل": "dl", "ديسيلتر": "dl", "مل": "ml",
}  # fmt: skip
# Those that have no stroke; with one, any letters may be a unit.
_ALONE = each(
    "% g kg mg ug ng pg mol mmol umol nmol pmol meq u iu miu ku dl ml ul fl s min mm cm mmhg kpa"
    " bpm ratio index ph sd coi inr celsius degc cel °c mosm copies cells cfu au hpf lpf"
)
_PART = re.compile(r"(?:10\^\d{1,2}|(?:1\.73|100|24)?[a-zµ%°؀-ۿ][a-z%°؀-ۿ]{0,19}(?:\^?[23])?)")
_LONGEST = 40


@lru_cache(1024)
def fold(unit: str) -> str:
    """A unit for comparison: `µmol/L`, `UMOL/L` and `umol/l` are one, `mEq/L` and `mmol/L` not.

    Case is folded although UCUM keeps it: senders do not. UCUM's braces are comments and its
    brackets part of names (`mm[Hg]`).
    """
    if len(unit) > _LONGEST:
        return unit
    text = _BRACES.sub("", plain(unit)).casefold().replace("μ", "u")
    text = _POWER.sub(r"10^\1", text.replace("[", "").replace("]", ""))
    text = _OTHER_POWER.sub("", text).replace(" ", "").rstrip(".")
    return "/".join(_SPOKEN.get(part, part) for part in text.split("/"))


def same(one: str, other: str) -> bool:
    """Whether two units, as written, mean the same one."""
    return fold(one) == fold(other)


def is_unit(text: str) -> bool:
    """Whether this can only be a unit: `mmol/L`, `%`, `x10^9/L`; not `/ 4.9`, not `repeat`."""
    if not text or len(text) > _LONGEST:
        return False
    unit = fold(text)
    if unit in _ALONE or _POWER.fullmatch(unit):
        return True
    if "/" not in unit:
        return False
    first, *others = unit.split("/")
    return (not first or bool(_PART.fullmatch(first))) and all(map(_PART.fullmatch, others))
