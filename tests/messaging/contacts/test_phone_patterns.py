"""The quick way to read phone numbers against the library that decides: they always agree."""

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType as Type

from messaging.contacts import phones
from messaging.contacts.phones import Number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
ANY_KIND = st.sampled_from([Type.MOBILE, Type.FIXED_LINE, Type.TOLL_FREE, Type.PREMIUM_RATE])
FORMS = (
    "+{code}{digits}", "+{code} {digits}", "+{code}0{digits}", "{digits}", "{trunk}{digits}",
    "0{digits}", "00{code}{digits}", "{code}{digits}", "+{code}-{digits} ", "({digits})",
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """A number as somebody writes it, mostly of some country, and the country it is read in."""
    region = draw(st.sampled_from(REGIONS))
    example = phonenumbers.example_number_for_type(region, draw(ANY_KIND))
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert plan is not None
    digits = list(phonenumbers.national_significant_number(example)) if example else ["5"]
    for _ in range(draw(st.integers(0, 4))):
        digits[draw(st.integers(0, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    number = "".join(digits) + draw(st.sampled_from(["", "", "", "7", "31"]))
    trunk = plan.national_prefix or ""
    form = draw(st.sampled_from(FORMS))
    text = form.format(code=plan.country_code, digits=number, trunk=trunk)
    return text, draw(st.sampled_from([region, region, "", draw(st.sampled_from(REGIONS))]))


def by_the_library(text: str, region: str) -> Number | None:
    """What it says in full: the number in E.164 and its country; None where there is none."""
    found = phones._e164.__wrapped__(text, region)
    if not found:
        return None
    country = phonenumbers.region_code_for_number(phonenumbers.parse(found))
    return Number(found, country if country in REGIONS else "")


@given(written())
@settings(max_examples=1000, deadline=None)
@example(("+966501234567", "SA"))
@example(("050 123 4567", "SA"))
@example(("966501234567", "SA"))
@example(("+39 06 12345678", "IT"))
@example(("+1 202 555 0101", "SA"))
@example(("0044 20 7946 0958", "SA"))
def test_it_says_what_the_library_says(number: tuple[str, str]) -> None:
    text, region = number
    usual = phones.usual(text, region)
    assert usual is None or usual == by_the_library(text, region)
    known = by_the_library(text, region)
    assert phones.number(text, region) == (known or Number("", ""))


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+966501234567", "SA"),
        ("0501234567", "SA"),
        ("050 123 4567", "SA"),
        ("+1 415-555-2671", "SA"),
        ("+447400123456", "GB"),
        ("07400 123456", "GB"),
    ],
)
def test_what_people_usually_write_is_read_the_quick_way(text: str, region: str) -> None:
    found = phones.usual(text, region)
    assert found is not None
    assert found == by_the_library(text, region)


OF_THE_LIBRARY = {
    "": Type.FIXED_LINE_OR_MOBILE,
    **{kind: getattr(Type, kind.upper()) for kind in phones.KINDS},
}


@pytest.mark.parametrize("kind", OF_THE_LIBRARY)
def test_s03_what_a_number_is_as_the_library_has_it(kind: str) -> None:
    told = 0
    for region in REGIONS:
        example = phonenumbers.example_number_for_type(region, OF_THE_LIBRARY[kind])
        if example is None or not phonenumbers.is_valid_number(example):
            continue
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        found = OF_THE_LIBRARY[phones.kind_of(e164)]
        assert found == phonenumbers.number_type(example), (region, e164)
        told += 1
    assert told > 5
