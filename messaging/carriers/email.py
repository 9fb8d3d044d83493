"""E-mail: over SMTP, or through a service that Anymail knows (SendGrid, Mailgun, SES, …)."""

import json
import re
import smtplib
from copy import copy
from functools import cached_property
from typing import Any, Self

from anymail.exceptions import (
    AnymailError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.urls import urlpatterns
from anymail.webhooks.base import AnymailBaseWebhookView
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest

from messaging.carriers import foreign, mail
from messaging.carriers.base import (
    TIMEOUT,
    Accepted,
    Carrier,
    Forged,
    Inbound,
    Outgoing,
    Receipt,
    Refusal,
    Said,
    Unclear,
)
from messaging.carriers.http import ACCOUNT_STATUSES, CONNECT_TIMEOUT, judge, seconds
from messaging.channels import Channel
from messaging.statuses import Status


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


# RFC 3463: there is no such mailbox or domain, or it was given up. Other refusals with 550 say that
# we are not wanted, for whatever reason.
NO_MAILBOX = re.compile(rb"\b(5\.1\.[1236]|5\.1\.10|5\.2\.1)\b")


def _judge_smtp(fault: smtplib.SMTPException) -> Refusal | Unclear:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code, text = max(fault.recipients.values(), key=lambda answer: answer[0])
        enhanced = NO_MAILBOX.search(text if isinstance(text, bytes) else str(text).encode())
        name = f"{code} {enhanced[1].decode()}" if enhanced else str(code)
        return Refusal(name, permanent=code >= 500)
    if isinstance(fault, smtplib.SMTPSenderRefused):
        return Refusal(str(fault.smtp_code), provider_down=True)
    if isinstance(fault, smtplib.SMTPResponseException) and 400 <= fault.smtp_code < 600:
        down = fault.smtp_code == 421
        return Refusal(str(fault.smtp_code), permanent=fault.smtp_code >= 500, provider_down=down)
    if isinstance(fault, smtplib.SMTPNotSupportedError):
        return Refusal("not_supported", permanent=True)
    return Unclear("connection_lost")


STATUSES = {
    EventType.SENT: Status.SENT,
    EventType.DELIVERED: Status.DELIVERED,
    EventType.OPENED: Status.READ,
    EventType.CLICKED: Status.READ,
    EventType.BOUNCED: Status.BOUNCED,
    EventType.REJECTED: Status.BOUNCED,
    EventType.FAILED: Status.FAILED,
}
JSON = "application/json"
OPT_OUTS = {
    EventType.COMPLAINED: Said.COMPLAINT,
    EventType.UNSUBSCRIBED: Said.UNSUBSCRIBED,
    EventType.SUBSCRIBED: Said.START,
}
# A bounce that may pass: it took too long, or nobody knows why.
PASSING = {RejectReason.TIMED_OUT, RejectReason.OTHER}


class Anymail(Carrier):
    """An account with the e-mail service `esp`, which is what Anymail calls it: "sendgrid".

    Its key is in ANYMAIL_<…>, as Anymail's documentation says; its tracking webhook calls
    `…/webhooks/messages/anymail/`, with ANYMAIL_WEBHOOK_SECRET where it does not sign.
    """

    name = "anymail"
    channels = frozenset({Channel.EMAIL})
    needs = ("ANYMAIL_ESP", "EMAIL_FROM")

    def __init__(self, esp: str, **options: Any) -> None:
        self._backend = f"anymail.backends.{esp}.EmailBackend"
        self._options = {"requests_timeout": (CONNECT_TIMEOUT, TIMEOUT)} | options
        self._webhook = f"{esp}_tracking_webhook"
        # What is missing is said now, not at the first message. Raises ImproperlyConfigured.
        get_connection(self._backend, **self._options)

    @classmethod
    def from_settings(cls) -> Self:
        return cls(settings.ANYMAIL_ESP)

    def send(self, message: Outgoing) -> Accepted:
        try:
            letter = mail.build(message)
            letter.metadata = {"reference": message.reference}  # type: ignore[attr-defined]
            get_connection(self._backend, **self._options).send_messages([letter])
        except AnymailRequestsAPIError as fault:
            raise _judge_anymail(fault) from None
        except (AnymailRecipientsRefused, ValueError):
            raise Refusal("invalid_address", permanent=True) from None
        except AnymailError as fault:
            raise Refusal(type(fault).__name__) from None
        return Accepted(_id(letter) or letter.extra_headers["Message-ID"])

    @cached_property
    def _view(self) -> AnymailBaseWebhookView:
        """Anymail's own reader of the service's webhook. Raises Forged where it believes all."""
        found = next((each for each in urlpatterns if each.name == self._webhook), None)
        if found is None:
            raise Forged("the service has no webhook")
        view: type[AnymailBaseWebhookView] = found.callback.view_class
        if view.warn_if_no_basic_auth and not settings.ANYMAIL.get("WEBHOOK_SECRET"):
            raise Forged("ANYMAIL_WEBHOOK_SECRET is not set")
        return view()

    def verify(self, request: HttpRequest) -> None:
        try:
            self._view.run_validators(request)
        except AnymailWebhookValidationFailure:
            raise Forged("signature") from None

    def receipts(self, request: HttpRequest) -> list[Receipt | Inbound]:
        return foreign.each(self._events(request), _told)

    def _events(self, request: HttpRequest) -> list[AnymailTrackingEvent]:
        """Anymail's reader fails on the whole request: then it gets its events one by one."""
        try:
            return list(self._view.parse_events(request))
        except foreign.NONSENSE as fault:
            events = foreign.loads(request.body) if request.content_type == JSON else None
            if not isinstance(events, list):
                raise ValueError(type(fault).__name__) from fault
        alone = foreign.each(events, lambda event: self._view.parse_events(_of(request, event)))
        return [event for found in alone for event in found]


def _of(request: HttpRequest, event: object) -> HttpRequest:
    """The request with this event alone."""
    alone = copy(request)
    alone._body = json.dumps([event]).encode()
    return alone


def _judge_anymail(fault: AnymailRequestsAPIError) -> Refusal | Unclear:
    response = fault.response
    if response is None:
        return judge(fault)
    status, wait = response.status_code, seconds(response.headers.get("Retry-After"))
    if status == 429:
        return Refusal("429", retry_after=wait)
    if status in ACCOUNT_STATUSES:
        return Refusal(str(status), provider_down=True, retry_after=wait)
    if 400 <= status < 500:
        return Refusal(str(status), permanent=True)
    return Unclear(str(status))


def _id(letter: EmailMultiAlternatives) -> str:
    return str(letter.anymail_status.message_id or "")  # type: ignore[attr-defined]


def _told(event: AnymailTrackingEvent) -> Receipt | Inbound | None:
    """None for what says nothing new (queued, deferred)."""
    if event.event_type in OPT_OUTS and event.recipient:
        return Inbound(Channel.EMAIL, event.recipient, "", said=OPT_OUTS[event.event_type])
    status = STATUSES.get(event.event_type)
    if status is None:
        return None
    if status is Status.BOUNCED and event.reject_reason in PASSING:
        status = Status.FAILED
    reference = str((event.metadata or {}).get("reference", ""))
    if not (reference or event.message_id):
        raise ValueError("nothing says which message it is about")
    return Receipt(
        status=status,
        reference=reference,
        provider_id=str(event.message_id or ""),
        code=_code(event),
        at=event.timestamp,
    )


def _code(event: AnymailTrackingEvent) -> str:
    """Why it did not arrive; of what was not even sent, "spam" says that they have complained."""
    if (event.event_type, event.reject_reason) == (EventType.REJECTED, RejectReason.SPAM):
        return "spam_report"
    return str(event.reject_reason or "")
