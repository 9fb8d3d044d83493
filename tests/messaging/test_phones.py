"""Phone numbers in the forms that people of different countries write, and what is none."""

import pytest

from messaging.phones import country, e164
from messaging.sandbox.magic import MAGIC
from wards.models import Hospital

RIYADH = Hospital(phone="+966 11 555 0100")


@pytest.mark.parametrize(
    "written",
    [
        "050 123 4567",
        "0501234567",
        "501234567",
        "+966 50 123 4567",
        "00966501234567",
        "966501234567",
        "(050) 123-4567",
        "٠٥٠١٢٣٤٥٦٧",
        "tel:+966-50-123-4567",
        "0501234567 x12",
    ],
)
def test_all_ways_to_write_one_number(written: str) -> None:
    assert e164(written, RIYADH) == "+966501234567"


@pytest.mark.parametrize(
    ("timezone", "written", "number"),
    [
        ("Europe/London", "07911 123456", "+447911123456"),
        ("America/New_York", "(202) 555-0101", "+12025550101"),
        ("Europe/Paris", "06 12 34 56 78", "+33612345678"),
        ("Europe/Berlin", "01512 3456789", "+4915123456789"),
        ("Asia/Dubai", "050 123 4567", "+971501234567"),
        ("Africa/Cairo", "010 01234567", "+201001234567"),
        ("Asia/Kolkata", "081234 56789", "+918123456789"),
        ("Asia/Tokyo", "090-1234-5678", "+819012345678"),
        ("Australia/Sydney", "0412 345 678", "+61412345678"),
        ("America/Sao_Paulo", "(11) 96123-4567", "+5511961234567"),
        ("Europe/Istanbul", "0501 234 56 78", "+905012345678"),
        ("Europe/Moscow", "8 (912) 345-67-89", "+79123456789"),
        ("Europe/Rome", "312 345 6789", "+393123456789"),
    ],
)
def test_national_forms(timezone: str, written: str, number: str) -> None:
    assert e164(written, Hospital(timezone=timezone)) == number


@pytest.mark.parametrize("nothing", ["", " ", "abc", "050 123", "+966 50", "0" * 200, "+1 555"])
def test_what_is_no_number(nothing: str) -> None:
    assert e164(nothing, RIYADH) == ""


def test_a_hospital_without_a_country_takes_international_numbers_only() -> None:
    nowhere = Hospital(phone="", timezone="UTC")
    assert e164("+966 50 123 4567", nowhere) == "+966501234567"
    assert e164("00966 50 123 4567", nowhere) == "+966501234567"
    assert e164("050 123 4567", nowhere) == ""


@pytest.mark.parametrize(
    ("phone", "timezone", "where"),
    [
        ("+966 11 555 0100", "UTC", "SA"),
        ("00966 11 555 0100", "Europe/London", "SA"),
        ("+1 416 555 0100", "UTC", "CA"),
        ("011 555 0100", "Asia/Riyadh", "SA"),
        ("", "Asia/Riyadh", "SA"),
        ("", "UTC", ""),
    ],
)
def test_where_a_hospital_is(phone: str, timezone: str, where: str) -> None:
    assert country(phone, timezone) == where


def test_the_magic_numbers_pass_for_numbers() -> None:
    assert [each.number for each in MAGIC if e164(each.number, RIYADH) != each.number] == []
