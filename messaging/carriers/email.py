"""E-mail over SMTP, as mail servers speak it; services with an API are in `mail_services.py`."""

import re
import smtplib
from typing import Any, Self

from django.core.mail import get_connection

from messaging.carriers import mail
from messaging.carriers.base import TIMEOUT, Accepted, Carrier, Outgoing, Refusal, Unclear
from messaging.channels import Channel

# What trying again would not change (RFC 5321, 4.2.3; RFC 3463, 3.2 and 3.3): no such mailbox, none
# any more, another's, one that is no address; moved, or disabled. The same numbers are used for
# what says nothing of the mailbox, as "550 5.7.1" of our own address: then the second one counts.
NO_SUCH_MAILBOX = {550, 551, 553}
FOR_GOOD = re.compile(r"5\.1\.(?:0|1|2|3|6|10)|5\.2\.1")
ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


class Smtp(Carrier):
    """A mail server of the hospital's (the EMAIL_ settings). It tells nothing later."""

    name = "smtp"
    channels = frozenset({Channel.EMAIL})
    needs = ("EMAIL_HOST", "EMAIL_FROM")
    rate = 20.0
    at_once = 10  # what mail servers let one client open

    def __init__(self, **server: Any) -> None:
        self._server = {"timeout": TIMEOUT} | server

    @classmethod
    def from_settings(cls) -> Self:
        return cls()

    def send(self, message: Outgoing) -> Accepted:
        # A connection for each: Django's lets one message through at a time.
        connection = get_connection("django.core.mail.backends.smtp.EmailBackend", **self._server)
        try:
            letter = mail.build(message)
            connection.open()
        except (smtplib.SMTPException, OSError):
            raise Refusal("no_connection", provider_down=True) from None
        try:
            connection.send_messages([letter])
        except smtplib.SMTPException as fault:
            raise _judge_smtp(fault) from None
        except ValueError:  # an address or a header that no mail can have
            raise Refusal("invalid_address", permanent=True) from None
        except OSError:
            raise Unclear("no_answer") from None
        finally:
            connection.close()
        return Accepted(letter.extra_headers["Message-ID"])


def _judge_smtp(fault: smtplib.SMTPException) -> Refusal | Unclear:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return _refused(*max(fault.recipients.values()))
    if isinstance(fault, smtplib.SMTPSenderRefused):
        return Refusal(str(fault.smtp_code), provider_down=True)
    if isinstance(fault, smtplib.SMTPResponseException) and 400 <= fault.smtp_code < 600:
        return _refused(fault.smtp_code, fault.smtp_error)
    if isinstance(fault, smtplib.SMTPNotSupportedError):
        return Refusal("not_supported", permanent=True)
    return Unclear("connection_lost")


def _refused(code: int, text: bytes | str) -> Refusal:
    """What the server's code says, and the one that begins its words where it has one."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    enhanced = ENHANCED.match(words.strip())
    for_good = bool(FOR_GOOD.fullmatch(enhanced[0])) if enhanced else code in NO_SUCH_MAILBOX
    said = enhanced[0] if enhanced and code >= 500 and not for_good else str(code)
    return Refusal(said, permanent=code >= 500 and for_good, provider_down=code == 421)
