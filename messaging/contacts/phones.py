"""Phone numbers as people write them, and as carriers want them: E.164, `+966501234567`.

The library takes 50 µs a number, which is most of the time of a list of a hundred thousand. Numbers
written in the usual ways are decided by its own patterns alone (`numbering.py`), in 1 µs.
"""

from functools import cache, lru_cache
from importlib.resources import files

import phonenumbers
from phonenumbers import PhoneNumberFormat

from messaging.contacts import phone_patterns
from messaging.contacts.phone_patterns import Number
from wards.models import Hospital


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
    if usual := phone_patterns.usual(text, region):
        return usual
    found = _e164(text, region)
    return Number(found, phone_patterns.region_of(found))


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
