"""Flags of values (OBX-8): HL7 table 0078 whole, and the laboratories' own by a table.

The table of the standard has 2.1 to 2.9 and the codes that FHIR added to it. Each is what it can
safely be taken for; only N says that a value is normal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from wards.results.meanings import Basis, Finding, Interpretation
from wards.results.words import is_placeholder
from wards.results.writing import plain

_CRITICAL, _ABNORMAL = Interpretation.CRITICAL, Interpretation.ABNORMAL
_OPEN, _NORMAL = Interpretation.NOT_INTERPRETED, Interpretation.NORMAL

# Code → what it says, its meaning in the standard and, where it needs one, the reason.
TABLE_0078: Mapping[str, tuple[Interpretation | None, str]] = MappingProxyType({
    "N": (_NORMAL, "normal"),
    "HH": (_CRITICAL, "above the upper panic limit"),
    "LL": (_CRITICAL, "below the lower panic limit"),
    "AA": (_CRITICAL, "very abnormal, like panic limits for what is no number"),
    "H": (_ABNORMAL, "high"),
    "L": (_ABNORMAL, "low"),
    "A": (_ABNORMAL, "abnormal"),
    "HU": (_ABNORMAL, "significantly high: not a need for urgent action, by its definition"),
    "LU": (_ABNORMAL, "significantly low: not a need for urgent action, by its definition"),
    "H>": (_ABNORMAL, "significantly high (now HU)"),
    "L<": (_ABNORMAL, "significantly low (now LU)"),
    "<": (_ABNORMAL, "below the instrument's scale: how far is not known; some mean panic"),
    ">": (_ABNORMAL, "above the instrument's scale: how far is not known; some mean panic"),
    "EX": (_ABNORMAL, "outside threshold"),
    "HX": (_ABNORMAL, "above the high threshold"),
    "LX": (_ABNORMAL, "below the low threshold"),
    "POS": (_ABNORMAL, "positive"),
    "DET": (_ABNORMAL, "detected"),
    "RR": (_ABNORMAL, "reactive"),
    "WR": (_ABNORMAL, "weakly reactive"),
    "CAR": (_ABNORMAL, "carrier"),
    "TOX": (_ABNORMAL, "cytotoxic substance present"),
    "UNE": (_ABNORMAL, "unexpected"),
    "R": (_ABNORMAL, "resistant: what is given may not work"),
    "NS": (_ABNORMAL, "not susceptible"),
    "SYN-R": (_ABNORMAL, "synergy resistant"),
    "S": (_OPEN, "susceptible: says something of a drug, and that there is a germ"),
    "MS": (_OPEN, "moderately susceptible"),
    "VS": (_OPEN, "very susceptible"),
    "I": (_OPEN, "intermediate; some mean indeterminate"),
    "SDD": (_OPEN, "susceptible, by dose"),
    "SYN-S": (_OPEN, "synergy susceptible"),
    "NCL": (_OPEN, "no breakpoint defined"),
    "IND": (_OPEN, "indeterminate"),
    "E": (_OPEN, "equivocal"),
    "IE": (_OPEN, "insufficient evidence"),
    "EXP": (_OPEN, "expected: of a disease or a drug, which is not normal"),
    "HM": (_OPEN, "held for medical review"),
    "QCF": (_OPEN, "quality control failed: the value is not to be relied on"),
    "AC": (_OPEN, "anti-complementary substances present: not measured"),
    "OBX": (_OPEN, "see the interpretation of another segment"),
    "NULL": (_OPEN, "no range defined, or ranges do not apply"),
    "U": (None, "significant change up: says nothing of where the value is"),
    "D": (None, "significant change down"),
    "W": (None, "worse"),
    "B": (None, "better"),
    "NEG": (None, "negative: what was sought was not found; nobody said that this is normal"),
    "ND": (None, "not detected"),
    "NR": (None, "not reactive"),
})  # fmt: skip

# What these say is not that the value is well: beside them a range alone makes nothing normal.
CHANGES = frozenset("UDW")

_STARTERS = {
    _CRITICAL: "CRIT|CRITICAL|CRITICAL HIGH|CRITICAL LOW|CRIT HIGH|CRIT LOW|HIGH CRITICAL"
    "|LOW CRITICAL|CRIT H|CRIT L|CRIT HI|CRIT LO|HIGH CRIT|LOW CRIT|HI CRIT|LO CRIT"
    "|CRITICALLY HIGH|CRITICALLY LOW|HCRIT|LCRIT|C|C?|C*|CH|CL|HC|LC|CA|CV"
    "|CRITICAL ABNORMAL|CRITICAL VALUE|H*|L*|*H|*L|A*|*A|HH*|LL*|*HH|*LL|AA*|H!|L!|!H|!L|H**|L**"
    "|HHH|LLL|>>|<<|>>>|<<<|H!!|L!!|**|***|!!|!!!|PAN|PANIC|PANIC HIGH|PANIC LOW|PANIC H|PANIC L"
    "|HIGH PANIC|LOW PANIC|PANIC VALUE|PH|PL|HP|LP"
    "|P*|ALERT|ALERT HIGH|ALERT LOW|HIGH ALERT|LOW ALERT|AH|AL|VH|VL|VHIGH|VLOW|VERY HIGH|VERY LOW"
    "|VERY ABNORMAL|LIFE THREATENING|++|--|+++|---|↑↑|↓↓|حرج|حرجة|حرج جدا|خطر|خطير",
    _ABNORMAL: "HIGH|LOW|HI|LO|ABNORMAL|ABN|AB|ABNORMAL HIGH|ABNORMAL LOW|HIGH ABNORMAL"
    "|LOW ABNORMAL|ABOVE RANGE|BELOW RANGE|OUT OF RANGE|OOR|OUTSIDE RANGE|*|!|+|-|#|↑|↓|POSITIVE"
    "|REACTIVE|DETECTED|RESISTANT|ABOVE HIGH NORMAL|BELOW LOW NORMAL|BORDERLINE|BH|BL|HD|LD"
    "|CC|UU|DD|مرتفع|مرتفعة|عالي|منخفض|منخفضة|غير طبيعي|غير طبيعية|إيجابي|ايجابي",
}  # fmt: skip
# The rows a hospital starts with. None of them says normal: that is for a hospital to add.
STARTER_FLAGS: Mapping[str, Interpretation] = MappingProxyType(
    {flag: said for said, flags in _STARTERS.items() for flag in flags.split("|")}
)
_APART = re.compile(r"[\s,;:/|&~_()\-]+")
_LONGEST, _MOST = 80, 50


@dataclass(frozen=True)
class Assessment:
    """What the flags of a value say together."""

    findings: tuple[Finding, ...] = ()
    says_normal: bool = False
    says_change: bool = False


@lru_cache(4096)  # laboratories have few, and say them with every value
def key(flag: str) -> str:
    """A flag as it is looked up: first component, upper case, spaces folded, no brackets.

    What has only a text (`^High^L`) is that text. "" only where nothing was said.
    """
    if len(flag) > _LONGEST:
        return flag[:_LONGEST] + "…"  # too long to be anybody's
    said = next((part for part in plain(flag).split("^") if part.strip(' "')), "").strip(' "')
    bare = said.strip("()[]{} ").upper() or said
    return bare.rstrip(". ") or bare


def table(rows: Mapping[str, Interpretation]) -> dict[str, Interpretation]:
    """A hospital's rows by their keys, spaces between words optional."""
    found = {key(flag): said for flag, said in rows.items()}
    return {flag.replace(" ", ""): said for flag, said in found.items()} | found


def is_known(flag: str, own: Mapping[str, Interpretation]) -> bool:
    """Whether either table has it."""
    name = key(flag)
    return any(each in own or each in TABLE_0078 for each in (name, name.replace(" ", "")))


def look_up(flag: str, own: Mapping[str, Interpretation]) -> Finding | None:
    """What one flag says; None for one that says nothing about normality, or nothing at all.

    A hospital's own row goes first, but makes none of the standard's panic flags less.
    """
    name = key(flag)
    joined = name.replace(" ", "")
    if not name:
        return None
    row = own.get(name) or own.get(joined)
    standard = TABLE_0078.get(name) or TABLE_0078.get(joined)
    if row is not None and not (standard and standard[0] is _CRITICAL):
        said = row if row in (_CRITICAL, _ABNORMAL, _NORMAL) else _OPEN
        return Finding(said, Basis.OWN_FLAG, f"flag {name}: by the hospital's table")
    if standard:
        said_0078, meaning = standard
        return Finding(said_0078, Basis.FLAG, f"flag {name}: {meaning}") if said_0078 else None
    return Finding(_OPEN, Basis.FLAG, f"flag {name}: unknown")


def assess(flags: tuple[str, ...], own: Mapping[str, Interpretation]) -> Assessment:
    """All flags of a value, those of one field and those of its repetitions."""
    each = [part for flag in flags[:_MOST] for part in flag.split("~", _MOST) if key(part)]
    each += flags[_MOST : _MOST + 1]
    found = [finding for flag in each for finding in _findings(flag, own)]
    return Assessment(
        tuple(found),
        says_normal=any(finding.interpretation is _NORMAL for finding in found),
        says_change=any(key(flag) in CHANGES for flag in each),
    )


def _findings(flag: str, own: Mapping[str, Interpretation]) -> list[Finding]:
    """One flag, or several in one field (`H, U`): an N among those is not the flag N (`N/A`)."""
    parts = [key(part) for part in _APART.split(key(flag)) if key(part)]
    if is_known(flag, own) or is_placeholder(flag) or len(parts) < 2:
        finding = look_up(flag, own)
        return [finding] if finding else []
    every = [look_up(part, own) for part in parts]
    worse = [f for f in every if f and f.interpretation is not _NORMAL]
    return worse or [Finding(_OPEN, Basis.FLAG, f"flag {key(flag)}: unknown")]
