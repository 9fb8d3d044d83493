"""The phone page: what patients would see, of one's own hospital, and answering for them."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from messaging import carriers
from messaging.channels import Channel
from messaging.contacts.conversations import message_id, threads
from messaging.models import Message
from messaging.sandbox.magic import DOMAIN
from tests import factories
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.messaging.outbox import drain, queue_message
from wards.models import Hospital

PHONE, ANSWER = "/notifications/phone/", "/notifications/phone/answer/"
NUMBER = "+966501234567"


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.dana)


def send(carrier: CarrierProcess, hospital: Hospital, **fields: object) -> Message:
    """A message that the carrier has taken."""
    message = queue_message(hospital, **{"address": NUMBER} | fields)
    drain(carriers.get("sandbox"), Channel(message.channel))
    return message


def page(client: Client, query: str = "", **headers: str) -> str:
    response = client.get(PHONE + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_what_the_carrier_has(dana: Client, cast: Cast, carrier: CarrierProcess) -> None:
    send(carrier, cast.hospital, body="Your appointment is at 10:30.")
    send(carrier, cast.hospital, body="موعدك الساعة 10:30.", language="ar")
    text = page(dana)
    assert NUMBER in text
    assert "Your appointment is at 10:30." in text
    assert '<li class="bubble" lang="ar">' in text
    assert text.count('class="thread"') == 1


def test_a_mailbox(dana: Client, cast: Cast, carrier: CarrierProcess) -> None:
    words = {"subject": "Your stay", "body": "Dear Layla,\nwelcome."}
    send(carrier, cast.hospital, channel="email", address="layla@patients.example", **words)
    text = page(dana)
    assert '<h3 dir="auto">Your stay</h3>' in text
    assert "Dear Layla,<br>welcome." in text
    assert ANSWER not in text, "nobody answers a letter here"


def test_what_did_not_arrive(dana: Client, cast: Cast, carrier: CarrierProcess) -> None:
    send(carrier, cast.hospital, channel="email", address=f"bounced@{DOMAIN}", subject="x")
    assert "did not arrive" in page(dana)


def test_the_newest_thread_is_first_and_any_can_be_chosen(
    dana: Client, cast: Cast, carrier: CarrierProcess
) -> None:
    first = send(carrier, cast.hospital, body="For the first")
    send(carrier, cast.hospital, body="For the second", address="+966509999999")
    assert page(dana).index("+966509999999") < page(dana).index(NUMBER)
    chosen = page(dana, f"?message={first.pk}")
    screen = chosen[chosen.index('role="log"') :]
    assert "For the first" in screen
    assert "For the second" not in screen
    for nonsense in ("?message=x", "?message=999999", "?message="):
        assert "For the second" in page(dana, nonsense)


def test_other_hospitals_phones_are_not_there(
    dana: Client, cast: Cast, carrier: CarrierProcess
) -> None:
    """Not even on the same patient's phone."""
    send(carrier, cast.hospital, body="From us")
    foreign = send(carrier, cast.other_hospital, body="From them")
    carrier.answer("sms", NUMBER, "An answer to them")
    text = page(dana, f"?message={foreign.pk}")
    assert "From us" in text
    assert "From them" not in text
    assert "An answer to them" not in text
    assert dana.post(ANSWER, {"message": foreign.pk, "body": "STOP"}).status_code == 404


def test_answering(dana: Client, cast: Cast, carrier: CarrierProcess) -> None:
    message = send(carrier, cast.hospital)
    response = dana.post(ANSWER, {"message": message.pk, "body": " STOP "})
    assert response["Location"] == f"{PHONE}?message={message.pk}"
    part = dana.post(
        ANSWER, {"message": message.pk, "body": "إيقاف"}, headers={"HX-Request": "true"}
    ).content.decode()
    answered = re.findall(
        r'"bubble is-answer">.*?<div class="said" dir="auto">(.*?)</div>', part, re.S
    )
    assert answered == ["STOP", "إيقاف"]
    answers = carrier.ask("/ledger")["answers"]
    assert [(each["sender"], each["body"]) for each in answers] == [
        (NUMBER, "STOP"),
        (NUMBER, "إيقاف"),
    ]


@pytest.mark.parametrize("body", ["", "  "])
def test_an_empty_answer_is_none(
    dana: Client, cast: Cast, carrier: CarrierProcess, body: str
) -> None:
    message = send(carrier, cast.hospital)
    assert dana.post(ANSWER, {"message": message.pk, "body": body}).status_code == 302
    assert carrier.ask("/ledger")["answers"] == []


@pytest.mark.parametrize("which", ["", "x", "999999"])
def test_answering_nobody(dana: Client, carrier: CarrierProcess, which: str) -> None:
    assert dana.post(ANSWER, {"message": which, "body": "STOP"}).status_code == 404


def test_words_are_text(dana: Client, cast: Cast, carrier: CarrierProcess) -> None:
    send(carrier, cast.hospital, body="<script>alert(1)</script>", subject="<b>x</b>")
    text = page(dana)
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_before_anything_was_sent(dana: Client, carrier: CarrierProcess) -> None:
    assert "No phone has rung yet" in page(dana)


def test_while_the_carrier_is_away(dana: Client, cast: Cast, carrier: CarrierProcess) -> None:
    carrier.stop()
    assert "The carrier does not answer" in page(dana)
    response = dana.post(ANSWER, {"message": "1", "body": "STOP"}, headers={"HX-Request": "true"})
    assert (response.status_code, "Nothing was sent" in response["HX-Trigger"]) == (204, True)


def test_where_real_people_are_written_to_there_is_no_such_page(
    dana: Client, settings: Settings
) -> None:
    settings.MESSAGING_PROVIDERS = ["smtp"]
    assert dana.get(PHONE).status_code == 404
    assert dana.post(ANSWER, {"message": "1", "body": "STOP"}).status_code == 404


def test_the_same_queries_for_any_number_of_messages(
    dana: Client, cast: Cast, carrier: CarrierProcess
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            page(dana)
        return len(found)

    send(carrier, cast.hospital)
    few = queries()
    for number in range(10):
        send(carrier, cast.hospital, address=f"+96650123456{number}")
    assert queries() == few


@pytest.mark.parametrize(
    ("reference", "id_"), [("7-2", 7), ("7", 7), ("x-1", 0), ("", 0), ("٧-1", 0), ("-1", 0)]
)
def test_references(reference: str, id_: int) -> None:
    assert message_id(reference) == id_


def test_lines_are_in_the_order_of_time() -> None:
    about: dict[str, object] = {"channel": "sms", "recipient": NUMBER, "sender": "R"}
    about |= {"subject": "", "language": "en", "unsubscribe_url": "", "arrived": True}
    said = [about | {"reference": f"{n}-1", "at": n, "body": str(n)} for n in (1, 3)]
    answers = [
        {"channel": "sms", "sender": NUMBER, "at": at, "body": str(at), "reference": "1-1"}
        for at in (4, 2)
    ]
    (thread,) = threads({"messages": said, "answers": answers}, {1, 3})
    assert [line.body for line in thread.lines] == ["1", "2", "3", "4"]
    assert thread.id == 3
