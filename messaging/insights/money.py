"""Countries, currencies and sums of money in the reader's language."""

from decimal import Decimal
from functools import cache

import phonenumbers
from babel import Locale
from babel.numbers import get_territory_currencies
from django.utils.translation import get_language

from messaging.contacts import phones
from wards.models import Hospital

Choices = list[tuple[str, str]]


def country(code: str) -> str:
    """The name of a country (ISO 3166: SA) in the active language; the code where it has none."""
    return str(_locale(get_language()).territories.get(code, code))


def countries() -> Choices:
    """Those that have phone numbers, with their names, in the order of these."""
    return list(_countries(get_language() or "en"))


def currencies() -> Choices:
    """Those that are in use, as "SAR – Saudi Riyal", in the order of their codes."""
    return list(_currencies(get_language() or "en"))


def usual_currency(hospital: Hospital) -> str:
    """What people pay with where the hospital is; USD where nobody knows where that is."""
    where = phones.country(hospital.phone, hospital.timezone)
    return next(iter(get_territory_currencies(where)), "USD") if where else "USD"


def money(amount: Decimal, currency: str, digits: int | None = None) -> str:
    """An amount with its currency; fractions of a cent where it is no more than that."""
    if digits is None:
        digits = 2 if amount >= Decimal("0.1") or not amount else 4
    return f"{amount:,.{digits}f} {currency}".strip()


@cache
def _locale(language: str | None) -> Locale:
    return Locale.parse(language or "en", sep="-")


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = _locale(language).territories
    found = ((code, names.get(code, code)) for code in phonenumbers.SUPPORTED_REGIONS)
    return tuple(sorted(found, key=lambda pair: pair[1]))


@cache
def _currencies(language: str) -> tuple[tuple[str, str], ...]:
    names = _locale(language).currencies
    everywhere = {
        code
        for region in phonenumbers.SUPPORTED_REGIONS
        for code in get_territory_currencies(region)
    }
    return tuple((code, f"{code} – {names.get(code, code)}") for code in sorted(everywhere))


def exactly(amount: Decimal, currency: str) -> str:
    """An amount as it was entered: two digits behind the point, or as many as it has."""
    exponent = amount.normalize().as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return money(amount, currency, digits=max(2, digits))
