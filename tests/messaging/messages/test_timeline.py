"""The page of one message: every step on its way, how long each took, and why it stopped."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.carriers import answers
from messaging.models import Message, MessageLog
from messaging.reasons import Reason
from messaging.statuses import Status
from messaging.templatetags.messaging import lapse
from tests import factories
from tests.cast import Cast

LIST = "/notifications/messages/"


def create(floor: Cast, **fields: Any) -> Message:
    return factories.create_delivered(floor.hospital, **fields)


def page(client: Client, message: Message) -> str:
    response = client.get(reverse("messaging:message", args=[message.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


class TestPage:
    def test_every_step_is_told(self, dana: Client, floor: Cast) -> None:
        message = create(floor, cost="0.0450", currency="SAR", provider="sandbox")
        MessageLog.objects.create(
            message=message, status=Status.QUEUED, channel="email", actor=floor.alice, attempt=2
        )
        html = page(dana, message)
        assert f'data-topic="message.{message.pk}"' in html
        for words in (
            "Queued",
            "Delivered",
            "Alice Alvarez",
            "0.0450 SAR",
            "Sandbox carrier",
            "E-mail",
        ):
            assert words in html

    def test_reasons_are_words(self, dana: Client, floor: Cast) -> None:
        ours = create(floor, status=Status.SUPPRESSED, reason=Reason.OPTED_OUT)
        theirs = create(floor, status=Status.BOUNCED, reason="21211")
        assert str(Reason.OPTED_OUT.label) in page(dana, ours)
        assert "The carrier says: There is no such number or mailbox. (21211)" in page(dana, theirs)
        strange = create(floor, status=Status.BOUNCED, reason="X-77")
        assert "The carrier says: X-77" in page(dana, strange)

    def test_how_long_each_step_took(self, dana: Client, floor: Cast) -> None:
        message = create(floor)
        first = MessageLog.objects.filter(message=message).order_by("id")[0]
        MessageLog.objects.filter(message=message).exclude(pk=first.pk).update(
            at=first.at + timedelta(minutes=2, seconds=4.6)
        )
        html = page(dana, message)
        assert html.count("after 2 min 5 s") == 1
        assert html.count('<span class="num">after') == 1

    def test_markup_stays_text(self, dana: Client, floor: Cast) -> None:
        bad = "<script>alert(1)</script>"
        patient = factories.create_patient(floor.hospital, first_name=bad)
        for channel in ("sms", "email", "chat"):
            message = create(
                floor, patient=patient, channel=channel, subject=bad, body=bad, reason=bad
            )
            assert bad not in page(dana, message)
        assert bad not in dana.get(LIST).content.decode()

    def test_its_queries_do_not_grow_with_its_history(self, dana: Client, floor: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                page(dana, message)
            return len(captured)

        message = create(floor)
        queries()
        few = queries()
        for _ in range(5):
            MessageLog.objects.create(
                message=message, status=Status.SENDING, channel="sms", actor=floor.alice
            )
        assert queries() == few


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (3_599.9, "1 h"),
        (93_784, "1 d 2 h"),
    ],
)
def test_a_lapse_has_two_units(seconds: float, words: str) -> None:
    assert lapse(timedelta(seconds=seconds)) == words


def test_every_code_has_one_meaning() -> None:
    codes = [code for codes in answers.WORDS.values() for code in codes]
    assert len(codes) == len(set(codes))
    assert not set(codes) & set(Reason.values)
