"""Services for e-mail: what `check` asks for, how they take a letter, and how they refuse one."""

import json

import pytest
from pytest_django.fixtures import Settings

from config import checks
from messaging import carriers
from messaging.carriers.base import Accepted, Outgoing, Refusal
from messaging.carriers.mail_services import Anymail
from messaging.channels import Channel
from tests.messaging.carriers.mail_account import KEYS
from tests.messaging.carriers.mail_payloads import ID, TO
from tests.messaging.carriers.mail_vectors import EVENTS
from tests.messaging.listener import Answer, Listener

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    settings.EMAIL_FROM, settings.PUBLIC_URL = "messages@rawdah.example", "https://w.example"
    settings.ANYMAIL = dict(KEYS)
    settings.MESSAGING_PROVIDERS = ["anymail"]


SERVICES = sorted({row[0] for row in EVENTS} - {"amazon_ses"})


@pytest.mark.parametrize("esp", SERVICES)
def test_s15_check_asks_for_what_receipts_need(settings: Settings, esp: str) -> None:
    settings.ANYMAIL_ESP = esp
    carriers.get.cache_clear()
    assert not checks._carriers()
    needs = ("WEBHOOK", "SIGNING")
    settings.ANYMAIL = {k: v for k, v in KEYS.items() if not any(need in k for need in needs)}
    carriers.get.cache_clear()
    signs_with_its_key = ("mailgun", "unisender_go")
    found = [fault.id for fault in checks._carriers()]
    assert found == ([] if esp in signs_with_its_key else ["wardbell.E006"])


def test_s15_what_is_no_service_is_not_accepted(settings: Settings) -> None:
    for settings.ANYMAIL_ESP in ("console", "test", "nobody"):
        carriers.get.cache_clear()
        assert [fault.id for fault in checks._carriers()] == ["wardbell.E006"]


def letter() -> Outgoing:
    return Outgoing("7-2", Channel.EMAIL, TO, "Hello", "Dear Layla", "en", "Rawdah", "")


class TestSending:
    """To the two that keep nothing of ours, and by which id their receipts are known."""

    def test_s15_mailersend(self) -> None:
        with Listener() as service:
            headers = {"X-Message-Id": ID, "Content-Type": "text/html"}
            service.answer = Answer(202, b"", headers)
            ours = Anymail("mailersend", api_url=f"{service.url}/", api_token="k")
            assert ours.send(letter()) == Accepted(ID)
            assert "metadata" not in str(service.asked[0].json)

    def test_s15_postal(self) -> None:
        with Listener() as service:
            data = {"message_id": "m", "messages": {TO: {"id": 12345, "token": "t"}}}
            service.answer = Answer(200, {"status": "success", "data": data})
            ours = Anymail("postal", api_url=service.url, api_key="k")
            assert ours.send(letter()) == Accepted("12345")

    @pytest.mark.parametrize(
        ("answer", "code", "permanent", "down"),
        [
            (Answer(404, b"<html>nginx</html>"), "404", False, True),
            (Answer(408, b"<html>proxy</html>"), "408", False, True),
            (Answer(413, b"<html>too large</html>"), "413", False, True),
            (Answer(400, {"message": "domain is not verified"}), "400", False, False),
            (
                Answer(400, {"message": "to parameter is not a valid address. please check"}),
                "invalid_address",
                True,
                False,
            ),
        ],
    )
    def test_s15_for_good_is_only_what_says_so(
        self, answer: Answer, code: str, permanent: bool, down: bool
    ) -> None:
        with Listener() as service:
            service.answer = answer
            ours = Anymail("mailgun", api_url=f"{service.url}/v3", api_key="k", sender_domain="x")
            with pytest.raises(Refusal) as refused:
                ours.send(letter())
        fault = refused.value
        assert (fault.code, fault.permanent, fault.provider_down) == (code, permanent, down)

    def test_s15_a_suppression_list_is_named_as_such(self) -> None:
        with Listener() as service:
            said = {"email": TO, "status": "rejected", "reject_reason": "unsub", "_id": "x"}
            for reason, code, permanent in (
                ("unsub", "suppressed", True), ("invalid-sender", "rejected", False),
            ):  # fmt: skip
                service.answer = Answer(
                    200, json.dumps([said | {"reject_reason": reason}]).encode()
                )
                ours = Anymail("mandrill", api_url=f"{service.url}/", api_key="k")
                with pytest.raises(Refusal) as refused:
                    ours.send(letter())
                assert (refused.value.code, refused.value.permanent) == (code, permanent)
