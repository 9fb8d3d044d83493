"""Phone numbers in the usual forms, decided by the patterns of the `phonenumbers` library alone.

Only where its parser would take no turn: an international number whose digits are a valid national
number as they stand, or a national one with the one trunk prefix of its country. Whatever else is
written is left to the library. That both always agree is a test of properties.
"""

import re
from functools import cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

# Not more: points, brackets and strokes may begin an extension.
USUAL = re.compile(r"\+?[0-9][0-9 -]*[0-9]")
KINDS = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number",
    "pager", "uan", "voicemail",
)  # fmt: skip


class Plan(NamedTuple):
    """The numbers of a country."""

    region: str  # ISO 3166
    code: str  # after the plus
    begins: re.Pattern[str] | None  # tells it from others with the same code
    general: re.Pattern[str]
    valid: tuple[tuple[frozenset[int], re.Pattern[str]], ...]  # lengths and digits, of each kind
    trunk: re.Pattern[str] | None  # what is dialled before a national number
    trunk_goes: bool  # whether that is taken off, and nothing put in its place
    abroad: re.Pattern[str] | None  # what is dialled before an international one

    def has(self, digits: str) -> bool:
        """Whether there is such a number, without code and trunk prefix."""
        if self.general.fullmatch(digits):
            size = len(digits)
            for sizes, kind in self.valid:
                if (not sizes or size in sizes) and kind.fullmatch(digits):
                    return True
        return False


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
            for kind in KINDS
            if (desc := getattr(data, kind)) and _says_something(desc)
        ),
        re.compile(prefix) if prefix else None,
        not data.national_prefix_transform_rule,
        re.compile(data.international_prefix) if data.international_prefix else None,
    )


def _says_something(desc: PhoneNumberDesc) -> bool:
    return bool(desc.national_number_pattern) and -1 not in desc.possible_length
