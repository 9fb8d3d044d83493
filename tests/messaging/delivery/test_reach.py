"""Reach: one order of consent, address, words, values and length. Pure."""

from typing import Any

import pytest

from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.contacts import consent
from messaging.contacts.addresses import Address
from messaging.delivery.reach import Contact, Reached, in_order, reach
from messaging.models import TemplateVersion
from messaging.reasons import Reason
from messaging.rendering import Text, text

SMS, WHATSAPP, EMAIL = PATIENT_CHANNELS
ONE = Contact("pat@example.org", "050 123 4567", "SA", "en", consent.EVERYWHERE)
WORDS = TemplateVersion(subject_en="Hello", body_en="Dear {name}")
VALUES = {"name": "Pat"}


def words(channel: str, language: str) -> Text | None:
    return text(WORDS, channel, language)


def tried(*channels: Channel, values: Any = VALUES, texts: Any = words, **contact: Any) -> str:
    """The channel it goes by, or why it does not."""
    way = reach(ONE._replace(**contact), channels or PATIENT_CHANNELS, texts, values)
    return way.channel if isinstance(way, Reached) else way


def test_what_will_be_sent() -> None:
    way = reach(ONE, PATIENT_CHANNELS, words, VALUES)
    assert isinstance(way, Reached)
    assert way[:3] == (SMS, (WHATSAPP, EMAIL), Address("+966501234567", "SA"))
    assert way[4:] == ("", "Dear Pat", "GSM-7", 1)


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ({"refusal": Reason.DECEASED}, Reason.DECEASED),
        ({"allowed": consent.NOWHERE}, Reason.OPTED_OUT),
        ({"phone": "", "email": ""}, Reason.NO_ADDRESS),
        ({"phone": "123", "email": "pat@"}, Reason.BAD_NUMBER),
    ],
)
def test_why_nobody_is_reached_is_why_the_first_does_not_work(
    contact: dict[str, Any], reason: Reason
) -> None:
    assert tried(**contact) == reason


@pytest.mark.parametrize("mail", ["pat", "pat@", "pat@example", "a b@example.org", "a@b@c.org"])
def test_a_malformed_address_is_none(mail: str) -> None:
    """Single messages went to it, bulk sends did not."""
    assert tried(EMAIL, email=mail) == Reason.BAD_ADDRESS
    assert tried(EMAIL, SMS, email=mail) == SMS


@pytest.mark.parametrize(
    "mail",
    [
        "o'brien+ward.3@sub.example.co.uk",
        "PAT@EXAMPLE.ORG",
        "ليلى@example.org",
        "pat@müller.example",
        "pat@xn--mgberp4a5d4ar.example",
        "_pat-1@1and1.example",
        "pat@hospital.local",
        "p@q.museum",
    ],
)
def test_unusual_addresses_are_written_to(mail: str) -> None:
    """As people have them; whether there is such a mailbox, the mail server says."""
    assert tried(EMAIL, email=mail) == EMAIL


@pytest.mark.parametrize(
    "phone", ["unknown", "n/a", "0", "ext. 44", "+966", "12345", "050 123 4567 / 050 765 4321"]
)
def test_what_is_no_number_is_named_so(phone: str) -> None:
    assert tried(SMS, phone=phone) == Reason.BAD_NUMBER
    assert tried(SMS, EMAIL, phone=phone) == EMAIL


@pytest.mark.parametrize(
    "phone",
    ["٠٥٠ ١٢٣ ٤٥٦٧", "00966501234567", "+966-50-123-4567", "(050) 123 4567", "966501234567"],
)
def test_numbers_as_people_write_them(phone: str) -> None:
    way = reach(ONE._replace(phone=phone), [SMS], words, VALUES)
    assert isinstance(way, Reached)
    assert way.address == Address("+966501234567", "SA")


def test_consent_comes_before_the_address() -> None:
    assert tried(EMAIL, email="pat@", allowed=frozenset({SMS})) == Reason.OPTED_OUT


def test_words_and_values() -> None:
    assert tried(texts=lambda channel, language: None) == Reason.NO_TEMPLATE
    assert tried(values={}) == f"{Reason.NO_VALUE}: name"
    assert tried(values={"name": ""}) == f"{Reason.NO_VALUE}: name"

    def broken(channel: str, language: str) -> Text:
        return text(TemplateVersion(body_en="{"), channel, language)

    assert tried(texts=broken) == Reason.BAD_TEMPLATE


def test_what_no_carrier_takes_goes_another_way() -> None:
    long = {"name": "x" * 1_700}
    assert tried(SMS, values=long) == Reason.TOO_LONG
    assert tried(WHATSAPP, values=long) == Reason.TOO_LONG
    assert tried(values=long) == EMAIL


def test_the_preferred_channel_comes_first() -> None:
    assert in_order(PATIENT_CHANNELS, EMAIL) == [EMAIL, SMS, WHATSAPP]
    assert in_order(PATIENT_CHANNELS, "") == list(PATIENT_CHANNELS)
    assert in_order((SMS, WHATSAPP), EMAIL) == [SMS, WHATSAPP]
