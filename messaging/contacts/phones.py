"""Phone numbers as people write them, and as carriers want them: E.164, `+966501234567`.

The library takes 50 µs a number, which is most of the time of a list of a hundred thousand. Numbers
written in the usual ways are decided by its own patterns alone (`usual`), in 1 µs.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberFormat
from phonenumbers.phonemetadata import PhoneNumberDesc

from wards.models import Hospital

# Not more: points, brackets and strokes may begin an extension.
USUAL = re.compile(r"\+?[0-9][0-9 -]*[0-9]")
KINDS = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number",
    "pager", "uan", "voicemail",
)  # fmt: skip
# In the order in which one is taken before another.
SPECIAL = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip


class Plan(NamedTuple):
    """The numbers of a country."""

    region: str  # ISO 3166
    code: str  # after the plus
    begins: re.Pattern[str] | None  # tells it from others with the same code
    general: re.Pattern[str]
    valid: tuple[tuple[frozenset[int], re.Pattern[str]], ...]  # lengths and digits, of each kind
    kinds: tuple[str, ...]  # what these are
    one_pattern: bool  # landlines and mobiles are not told apart
    trunk: re.Pattern[str] | None  # what is dialled before a national number
    trunk_goes: bool  # whether that is taken off, and nothing put in its place
    abroad: re.Pattern[str] | None  # what is dialled before an international one

    def has(self, digits: str) -> bool:
        """Whether there is such a number, without code and trunk prefix."""
        return bool(self.general.fullmatch(digits)) and next(self.kinds_of(digits), "") != ""

    def kinds_of(self, digits: str) -> Iterator[str]:
        """What the number may be, of KINDS."""
        size = len(digits)
        for name, (sizes, kind) in zip(self.kinds, self.valid, strict=True):
            if (not sizes or size in sizes) and kind.fullmatch(digits):
                yield name


class Number(NamedTuple):
    """One that exists: in E.164, and the country it belongs to (ISO 3166: SA)."""

    e164: str
    region: str


def usual(text: str, region: str) -> Number | None:
    """The number where it is written in a usual form and exists; None: ask the library."""
    if not USUAL.fullmatch(text):
        return None
    digits = text.replace(" ", "").replace("-", "")
    if digits[0] == "+":
        return _international(digits[1:])
    plan = _plan(region)
    return _national(digits, plan) if plan else None


def region_of(e164: str) -> str:
    """The country of a valid number; "" where it is of none."""
    for size in (1, 2, 3):
        if regions := CODES.get(e164[1 : 1 + size]):
            if len(regions) == 1:
                return regions[0] if _plan(regions[0]) else ""
            plan = _whose(e164[1 : 1 + size], e164[1 + size :])
            return plan.region if plan else ""
    return ""


def kind_of(e164: str) -> str:
    """What a number is that exists, of KINDS; "" where its plan does not tell (mobile or fixed)."""
    for size in (1, 2, 3):
        if e164[1 : 1 + size] in CODES:
            digits = e164[1 + size :]
            plan = _whose(e164[1 : 1 + size], digits)
            return _kind(plan, set(plan.kinds_of(digits))) if plan else ""
    return ""


def _kind(plan: Plan, kinds: set[str]) -> str:
    """As the library decides where several patterns fit."""
    if special := [kind for kind in SPECIAL if kind in kinds]:
        return special[0]
    both = plan.one_pattern or {"mobile", "fixed_line"} <= kinds
    return next((kind for kind in ("fixed_line", "mobile") if kind in kinds and not both), "")


def _international(digits: str) -> Number | None:
    for size in (1, 2, 3):
        if digits[:size] in CODES:
            rest = digits[size:]
            if rest[:1] == "0":
                return None  # a trunk prefix, or the leading zero of Italy
            plan = _whose(digits[:size], rest)
            if plan is None or (plan.trunk and plan.trunk.match(rest)) or not plan.has(rest):
                return None
            return Number(f"+{digits}", plan.region)
    return None


def _national(digits: str, plan: Plan) -> Number | None:
    if digits.startswith(plan.code) or (plan.abroad and plan.abroad.match(digits)):
        return None
    if plan.trunk and (begin := plan.trunk.match(digits)):
        if not plan.trunk_goes:
            return None
        digits = digits[begin.end() :]
        if plan.trunk.match(digits) or digits.startswith(plan.code):
            return None
    if digits[:1] == "0" or not plan.has(digits) or _whose(plan.code, digits) is not plan:
        return None
    return Number(f"+{plan.code}{digits}", plan.region)


CODES = {str(code): regions for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}


def _whose(code: str, digits: str) -> Plan | None:
    """Which of the countries that share the code the number belongs to."""
    regions = CODES[code]
    if len(regions) == 1:
        return _plan(regions[0])
    for region in regions:
        plan = _plan(region)
        if plan and (plan.begins.match(digits) if plan.begins else plan.has(digits)):
            return plan
    return None


@cache
def _plan(region: str) -> Plan | None:
    """What the library knows of a country; None where its rules are no mere patterns."""
    data = PhoneMetadata.metadata_for_region(region) if region else None
    if data is None or data.general_desc is None:
        return None  # of no country: satellites, free numbers of the world
    general = data.general_desc.national_number_pattern
    told = [kind for kind in KINDS if (desc := getattr(data, kind)) and _says_something(desc)]
    prefix = data.national_prefix_for_parsing
    if not general:
        return None
    return Plan(
        region,
        str(data.country_code),
        re.compile(data.leading_digits) if data.leading_digits else None,
        re.compile(general),
        tuple(
            (frozenset(desc.possible_length), re.compile(desc.national_number_pattern))
            for desc in (getattr(data, kind) for kind in told)
        ),
        tuple(told),
        data.same_mobile_and_fixed_line_pattern,
        re.compile(prefix) if prefix else None,
        not data.national_prefix_transform_rule,
        re.compile(data.international_prefix) if data.international_prefix else None,
    )


def _says_something(desc: PhoneNumberDesc) -> bool:
    return bool(desc.national_number_pattern) and -1 not in desc.possible_length


def e164(text: str, hospital: Hospital) -> str:
    """The number in E.164; "" where `text` is no number that exists.

    National numbers are those of the hospital's country, which its own phone number tells, or else
    its time zone. Digits may be Arabic.
    """
    return number(text, country(hospital.phone, hospital.timezone)).e164


def number(text: str, region: str) -> Number:
    """The number and its country, empty where it is none that exists.

    National numbers are those of `region` (ISO 3166); where that is empty there are none.
    """
    if found := usual(text, region):
        return found
    in_full = _e164(text, region)
    return Number(in_full, region_of(in_full))


@lru_cache(maxsize=1024)
def country(phone: str, timezone: str) -> str:
    """The country (ISO 3166: SA) of a hospital with this number and time zone; "" if neither says.

    Where a code belongs to several countries, as +1 does, the number's area decides.
    """
    try:
        if region := phonenumbers.region_code_for_number(phonenumbers.parse(_plus(phone))):
            return region
    except phonenumbers.NumberParseException:
        pass
    return _countries().get(timezone, "")


@lru_cache(maxsize=10_000)
def _e164(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text if region else _plus(text), region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _plus(text: str) -> str:
    """A number that must be international: most of the world dials 00 for the plus."""
    digits = text.strip()
    return f"+{digits[2:]}" if digits.startswith("00") else digits


@cache
def _countries() -> dict[str, str]:
    """Time zone -> country, from the time zone database."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def country_of(address: str) -> str:
    """The country (ISO 3166: SA) of a number in E.164; "" of a mailbox, or where no country has it.

    Most codes belong to one country; only for the others is the rest of the number looked at.
    """
    if not address.startswith("+"):
        return ""
    for end in range(2, 5):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(_int(address[1:end]), ())
        if len(regions) == 1:
            return "" if regions[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else regions[0]
        if regions:
            return _among_several(address)
    return ""


def _int(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() else 0


@lru_cache(maxsize=10_000)
def _among_several(address: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(address)) or ""
    except phonenumbers.NumberParseException:
        return ""
