"""E-mail: what a letter looks like, and SMTP against a real mail server."""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django.fixtures import Settings

from config.local.redis import free_port
from messaging.carriers import mail
from messaging.carriers.base import Accepted, Carrier, Outgoing
from messaging.carriers.email import Smtp
from messaging.channels import Channel
from tests.messaging.carriers.contract import Contract, Refused
from tests.messaging.listener import Answer

FROM = "messages@rawdah.example"
ARABIC = "السيدة ليلى،\n\nموعدك الساعة 10:30.\nhttps://wardbell.example/a/b?c=1"


@pytest.fixture(autouse=True)
def _sender(settings: Settings) -> None:
    settings.EMAIL_FROM, settings.PUBLIC_URL = FROM, "https://wardbell.example"


class MailServer:
    """Says `answer` to a letter (or to its recipient), and keeps those it takes."""

    def __init__(self) -> None:
        self.answer, self.recipient_answer, self.delay = "250 OK", "250 OK", 0.0
        self.letters: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.delay)
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            letter = message_from_bytes(content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


class TestSmtp(Contract):
    channel = Channel.EMAIL
    to = "layla@patients.example"
    scenes = {"permanent": Answer(), "temporary": Answer()}  # see `play`
    outcomes = {"limited": Refused(), "broken": Refused()}

    @pytest.fixture
    def other_side(self) -> Iterator[Any]:
        server = MailServer()
        server.start()
        yield server
        server.stop()

    def play(self, other_side: Any, scene: str) -> None:
        says = {
            "permanent": ("550 5.1.1 No such mailbox here", "250 OK"),
            "temporary": ("451 4.7.1 Greylisted, come again", "250 OK"),
            "limited": ("452 4.5.3 Too many letters", "250 OK"),
            "account": ("250 OK", "421 4.7.0 You are not welcome"),
            "down": ("250 OK", "421 4.3.2 We are closing"),
            "broken": ("250 OK", "451 4.3.0 Something broke here"),
            "garbage": ("250 OK", "999 Welcome to our hotel's WLAN!"),
        }
        other_side.recipient_answer, other_side.answer = says.get(scene, ("250 OK", "250 OK"))
        other_side.delay = 20 if scene == "hangs" else 0.0

    def make(self, url: str) -> Carrier:
        host, port = url.split("//")[1].split(":")
        return Smtp(host=host, port=int(port), use_tls=False, timeout=self.timeout)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (letter,) = other_side.letters
        assert letter["To"] == self.to
        assert letter["From"] == f"Rawdah General <{FROM}>"
        assert letter["Message-ID"] == accepted.provider_id == "<7.message@wardbell.example>"

    @pytest.mark.parametrize(
        ("answer", "code", "for_good"),
        [
            ("550 5.1.1 No such mailbox here", "550", True),
            ("550 no such user", "550", True),
            ("553 5.1.3 Bad address", "553", True),
            ("550 5.2.1 Mailbox disabled", "550", True),
            ("550 5.7.1 Your address is on a black list", "5.7.1", False),
            ("552 5.2.2 Mailbox full", "5.2.2", False),
            ("554 no SMTP service here", "554", False),
        ],
    )
    def test_s15_for_good_is_only_what_says_so(
        self, other_side: Any, answer: str, code: str, for_good: bool
    ) -> None:
        other_side.recipient_answer = answer
        fault = self.refused(other_side.url)
        assert (fault.permanent, fault.code) == (for_good, code)

    def test_s15_a_letter_taken_for_spam_says_nothing_of_the_mailbox(self, other_side: Any) -> None:
        other_side.answer = "554 5.7.1 Looks like spam"
        fault = self.refused(other_side.url)
        assert (fault.permanent, fault.code) == (False, "5.7.1")

    def test_an_address_that_is_none(self, other_side: Any) -> None:
        fault = self.refused(other_side.url, to="layla\r\nBcc: all@patients.example")
        assert (fault.permanent, fault.code) == (True, "invalid_address")
        assert other_side.letters == []


def letter(**fields: Any) -> EmailMessage:
    """As it leaves the house."""
    given: dict[str, Any] = {
        "reference": "7-2",
        "channel": Channel.EMAIL,
        "to": "layla@patients.example",
        "subject": "Your appointment",
        "body": "Dear Layla,\n\ncome at 10:30.\nBring this.",
        "language": "en",
        "sender": "Rawdah General",
        "callback_url": "",
    }
    made = mail.build(Outgoing(**given | fields))
    found = message_from_bytes(made.message().as_bytes(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def content(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_text_and_html_say_the_same() -> None:
    found = letter()
    assert content(found, "plain").strip() == "Dear Layla,\n\ncome at 10:30.\nBring this."
    html = content(found, "html")
    assert ">Dear Layla,</p>" in html
    assert "come at 10:30.<br>Bring this." in html
    assert "Rawdah General" in html
    assert '<html lang="en" dir="ltr">' in html
    assert found["Auto-Submitted"] == "auto-generated"


def test_arabic_runs_from_right_to_left() -> None:
    html = content(letter(body=ARABIC, language="ar", sender="مستشفى الروضة"), "html")
    assert '<html lang="ar" dir="rtl">' in html
    assert "text-align:right" in html
    assert "مستشفى الروضة" in html
    assert '<a href="https://wardbell.example/a/b?c=1"' in html


def test_what_is_written_is_text_and_never_html() -> None:
    attack = "<script>alert(1)</script> & <a href='https://evil.example/'>me</a>"
    html = content(letter(body=f"Dear {attack},", sender=attack, subject=attack), "html")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in html
    assert 'href="https://evil' not in html


def test_only_our_own_addresses_become_links() -> None:
    body = "https://evil.example/ https://wardbell.example.evil/ https://wardbell.example/x\"onx='"
    html = content(letter(body=body), "html")
    assert html.count("<a ") == 1
    assert '<a href="https://wardbell.example/x"' in html


def test_headers_are_one_line() -> None:
    found = letter(subject="Hello\r\nBcc: all@x.example", sender="Rawdah\nGeneral, “East”")
    assert found["Subject"] == "Hello Bcc: all@x.example"
    assert found["Bcc"] is None
    assert found["From"].addresses[0].display_name == "Rawdah General, “East”"
    assert found["From"].addresses[0].addr_spec == FROM


def test_one_click_unsubscribes() -> None:
    """RFC 8058: the two headers; and a link for people, in their language."""
    url = "https://wardbell.example/u/abc:def/"
    found = letter(unsubscribe_url=url, language="ar")
    assert found["List-Unsubscribe"] == f"<{url}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in content(found, "plain")
    assert f'<a href="{url}"' in content(found, "html")
    assert "List-Unsubscribe" not in letter()


def test_every_attempt_has_the_same_message_id() -> None:
    first, second = letter(reference="7-1"), letter(reference="7-2")
    assert first["Message-ID"] == second["Message-ID"]
    assert letter(reference="71-1")["Message-ID"] != first["Message-ID"]
