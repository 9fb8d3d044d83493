"""What comes back is heard: answers, carriers' words, and the link in a letter."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from messaging.carriers.base import Refusal, Said
from messaging.channels import Channel, Topic
from messaging.contacts import ledger, unsubscribing
from messaging.models import (
    AddressConsent,
    Answer,
    Ground,
    Message,
)
from messaging.reasons import Reason
from tests import factories
from tests.cast import Cast, create_cast
from tests.messaging.contacts.consents import (
    LETTER,
    STRANGER,
    hear,
    stands,
    to_list,
)
from tests.messaging.made_campaigns import reasons, send, work
from tests.messaging.outbox import Scripted, drain, queue_message
from tests.messaging.people import MAIL, NUMBER, make_reachable, written
from wards.models import Hospital

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unscoped")]


@pytest.fixture
def cast() -> Cast:
    cast = create_cast()
    make_reachable(cast)
    return cast


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


class TestCarriers:
    def test_s14_what_a_carrier_refuses_because_they_said_no(
        self, cast: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Scripted, "name", "twilio")
        scripted.script = [Refusal("21610", permanent=True)]
        queue_message(cast.hospital, address=NUMBER)
        drain(scripted)
        assert stands(NUMBER) == {Ground.REFUSED}
        everywhere = AddressConsent.objects.values_list("hospital", flat=True)
        assert set(everywhere) == set(Hospital.objects.values_list("pk", flat=True))
        queue_message(cast.other_hospital, address=NUMBER)
        drain(scripted)
        assert scripted.taken == []

    def test_s14_a_hard_bounce_is_not_tried_again_by_anybody(
        self, cast: Cast, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Scripted, "name", "smtp")
        scripted.script = [Refusal("550 5.1.1", permanent=True), Refusal("5.7.1", permanent=True)]
        for address in (MAIL, "policy@example.org"):
            queue_message(cast.hospital, address=address, channel="email")
        drain(scripted, Channel.EMAIL)
        assert stands(MAIL, "email") == {Ground.UNDELIVERABLE}
        assert stands("policy@example.org", "email") == set(), "only unwanted there"
        assert AddressConsent.objects.get().hospital == cast.hospital

    @pytest.mark.parametrize("said", [Said.COMPLAINT, Said.UNSUBSCRIBED])
    def test_s14_complaints_and_unsubscriptions(self, cast: Cast, said: Said) -> None:
        hear("", MAIL.upper(), Channel.EMAIL, said=said)
        assert stands(MAIL, "email") == {Ground.REFUSED}
        assert not Answer.objects.exists()


class TestAnswers:
    def test_s14_what_may_be_a_no_holds_the_address_until_it_is_read(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        queue_message(cast.hospital, address=NUMBER)
        hear("This is the wrong number!")
        [answer] = Answer.objects.all()
        assert (answer.hospital, answer.blocks) == (cast.hospital, True)
        drain(scripted)
        assert scripted.taken == []
        assert [m.reason for m in written()] == [Reason.DISPUTED]

    def test_words_go_to_whom_wrote_last_and_to_nobody_else(
        self, cast: Cast, scripted: Scripted
    ) -> None:
        factories.create_patient(cast.other_hospital, phone=STRANGER)
        queue_message(cast.hospital, address=STRANGER)
        drain(scripted)
        hear("Is there parking?", STRANGER)
        assert [a.hospital for a in Answer.objects.all()] == [cast.hospital]
        assert stands(STRANGER) == set()

    def test_without_a_message_to_those_whose_patient_it_is(self, cast: Cast) -> None:
        factories.create_patient(cast.other_hospital, phone=STRANGER)
        hear("Is there parking?", STRANGER)
        assert [a.hospital for a in Answer.objects.all()] == [cast.other_hospital]


class TestLink:
    """RFC 8058: one click of a mail program, by whoever got the letter."""

    def test_s14_a_stranger_gets_out_with_one_click(
        self, cast: Cast, scripted: Scripted, client: Client
    ) -> None:
        first = to_list(cast, "Some.One@Example.org", channels=["email"], variants=[LETTER])
        send(first, cast.dana)
        work(first)
        drain(scripted, Channel.EMAIL)
        [letter] = scripted.taken
        path = urlsplit(letter.unsubscribe_url).path
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert stands("some.one@example.org", "email") == {Ground.REFUSED}
        here = AddressConsent.objects.get()
        assert here.hospital == cast.hospital, "it is the word to this hospital alone"
        second = to_list(cast, "SOME.ONE@example.org", channels=["email"], variants=[LETTER])
        assert reasons(second) == {1: Reason.SAID_NO}
        client.post(path, {"again": "1"})
        assert stands("some.one@example.org", "email") == set()

    def test_s14_advertisements_alone(self, cast: Cast, scripted: Scripted, client: Client) -> None:
        news = to_list(
            cast, "x@example.org", channels=["email"], variants=[LETTER], topic=Topic.MARKETING
        )
        message = Message(
            hospital=cast.hospital, campaign=news, topic=Topic.MARKETING, channel="email",
            address="x@example.org",
        )  # fmt: skip
        client.post(urlsplit(unsubscribing.url(message)).path)
        assert stands("x@example.org", "email") == {Ground.NEWS}
        care = ledger.asking(cast.hospital.pk, Topic.CARE)
        assert care("email", "x@example.org") == ""
