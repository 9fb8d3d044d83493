"""Phone numbers in the forms that people of different countries write, and what is none."""

from importlib import import_module

import phonenumbers
import pytest
from django.apps import apps
from django_scopes import scope, scopes_disabled
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from messaging.channels import Channel
from messaging.contacts import addresses
from messaging.contacts.addresses import Address
from messaging.contacts.phones import country, country_of, e164
from messaging.delivery import origins
from messaging.models import Message
from messaging.reasons import Reason
from messaging.sandbox.magic import MAGIC
from messaging.templates import actions
from tests import factories
from tests.cast import Cast
from tests.messaging.people import intent, prepare, reminder
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


class TestCountryOf:
    @pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
    def test_it_is_what_the_library_says(self, region: str) -> None:
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
            if example := phonenumbers.example_number_for_type(region, kind):
                number = phonenumbers.format_number(example, PhoneNumberFormat.E164)
                assert country_of(number) == phonenumbers.region_code_for_number(example)

    @pytest.mark.parametrize(
        "nobodys", ["", "pat@example.org", "+", "+x", "+999123", "+80012345678"]
    )
    def test_what_no_country_has(self, nobodys: str) -> None:
        assert country_of(nobodys) == ""


class TestCountriesOfMessages:
    def test_one_that_is_written(self, cast: Cast) -> None:
        with scopes_disabled():
            [message] = prepare(intent(reminder(cast), ((Channel.SMS, Channel.EMAIL),)))
            assert message.country == "SA"
            assert origins.on_next_channel(message)
        assert (message.channel, message.country) == (Channel.EMAIL, "")

    def test_a_test(self, cast: Cast) -> None:
        template = factories.create_template(cast.hospital)
        with scope(hospital=cast.hospital.pk):
            sent = actions.send_test(
                template=template, address="+12025550101", language="en", by=cast.dana
            )
            assert Message.objects.get(pk=sent).country == "US"

    def test_those_from_before(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        migration = import_module("messaging.migrations.0008_countries")
        monkeypatch.setattr(migration, "TOGETHER", 2)
        old = {
            factories.create_message(cast.patient, address=address, channel=channel): country
            for address, channel, country in [
                ("+966501234567", "sms", "SA"),
                ("+971501234567", "whatsapp", "AE"),
                ("pat@example.org", "email", ""),
                ("", "sms", ""),
                ("+80012345678", "sms", ""),
                ("+447400123456", "sms", "GB"),
            ]
        }
        with scopes_disabled():
            migration.fill(apps, None)
            for message, country in old.items():
                message.refresh_from_db()
                assert message.country == country


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+966 50 123 4567", Address("+966501234567", "SA")),
        ("011 555 0100", Reason.LANDLINE),
        ("+44 20 7946 0958", Reason.LANDLINE),
        ("+49 30 123456", Reason.LANDLINE),
        ("+1 415 555 2671", Address("+14155552671", "US")),  # nobody can tell
        ("+44 909 8790123", Reason.COSTLY_NUMBER),
        ("+44 845 123 4567", Reason.COSTLY_NUMBER),
        ("+49 180 5 123456", Reason.COSTLY_NUMBER),
        ("12", Reason.BAD_NUMBER),
    ],
)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
def test_s03_numbers_that_are_not_written_to(
    channel: Channel, number: str, found: Address | Reason
) -> None:
    assert addresses.find(channel, "", number, "SA") == found
