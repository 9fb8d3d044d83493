"""Services that carry e-mail and have an API, through Anymail: SendGrid, Mailgun, Amazon SES, …"""

from importlib import import_module
from typing import Any, Self

from anymail.backends.base import AnymailBaseBackend, BasePayload
from anymail.exceptions import (
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
    AnymailWebhookValidationFailure,
)
from anymail.urls import urlpatterns
from anymail.webhooks.base import AnymailBaseWebhookView
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest

from messaging.carriers import foreign, mail, mail_events, mail_words
from messaging.carriers.base import (
    TIMEOUT,
    Accepted,
    Carrier,
    Challenged,
    Forged,
    Inbound,
    Outgoing,
    Receipt,
    Refusal,
    Unclear,
)
from messaging.carriers.http import CONNECT_TIMEOUT, judge, parse, refusal
from messaging.channels import Channel

WITHOUT_WEBHOOKS = ("scaleway",)
# Anymail's own, which send nothing.
NO_SERVICES = ("console", "test", "base", "base_requests")


class Anymail(Carrier):
    """An account with the e-mail service `esp`, which is what Anymail calls it: "sendgrid".

    Its key is in ANYMAIL_<…>, as Anymail's documentation says; its tracking webhook calls
    `…/webhooks/messages/anymail/`, with ANYMAIL_WEBHOOK_SECRET where it does not sign.
    """

    name = "anymail"
    channels = frozenset({Channel.EMAIL})
    needs = ("ANYMAIL_ESP", "EMAIL_FROM")

    def __init__(self, esp: str, **options: Any) -> None:
        if esp in NO_SERVICES:
            raise ImproperlyConfigured(f"ANYMAIL_ESP is {esp}, which is no service")
        self._esp = "brevo" if esp == "sendinblue" else esp
        self._backend = f"anymail.backends.{esp}.EmailBackend"
        self._options = {"requests_timeout": (CONNECT_TIMEOUT, TIMEOUT)} | options
        # What is missing is said now, not at the first message. Raises ImproperlyConfigured.
        backend = get_connection(self._backend, **self._options)
        self._keeps_metadata = _keeps_metadata(backend)

    @classmethod
    def from_settings(cls) -> Self:
        return cls(settings.ANYMAIL_ESP)

    def check(self) -> None:
        if self._esp not in WITHOUT_WEBHOOKS:
            self._reader()

    def send(self, message: Outgoing) -> Accepted:
        try:
            letter = mail.build(message)
        except ValueError:  # an address or a header that no mail can have
            raise Refusal("invalid_address", permanent=True) from None
        try:
            if self._keeps_metadata:
                letter.metadata = {"reference": message.reference}  # type: ignore[attr-defined]
            get_connection(self._backend, **self._options).send_messages([letter])
        except AnymailRequestsAPIError as fault:
            raise self._judge(fault) from None
        except AnymailRecipientsRefused:
            raise _refused(letter) from None
        except AnymailUnsupportedFeature:  # of ours, not of the address
            raise Refusal("unsupported_feature", provider_down=True) from None
        except (AnymailInvalidAddress, ValueError):
            raise Refusal("invalid_address", permanent=True) from None
        except AnymailError as fault:
            raise Refusal(type(fault).__name__) from None
        return Accepted(_id(letter) or letter.extra_headers["Message-ID"])

    def verify(self, request: HttpRequest) -> None:
        try:
            reader = self._reader()
            if self._esp == "amazon_ses" and "Authorization" not in request.headers:
                raise Challenged  # SNS says who it is only when it is asked
            reader.run_validators(request)
        except AnymailWebhookValidationFailure:
            raise Forged("signature") from None
        except foreign.NONSENSE as fault:  # nothing of it can be checked
            raise Forged(type(fault).__name__) from None

    def receipts(self, request: HttpRequest) -> list[Receipt | Inbound]:
        events = mail_events.events(request, self._reader)
        every = foreign.each(events, lambda event: mail_events.told(self._esp, event))
        return [told for of_one in every for told in of_one]

    def _reader(self) -> AnymailBaseWebhookView:
        """Anymail's own reader of the service's webhook. Raises Forged where it believes all.

        A new one each time: some of them remember what they read last. Raises ImproperlyConfigured
        where a key is missing.
        """
        name = f"{self._esp}_tracking_webhook"
        found = next((each for each in urlpatterns if each.name == name), None)
        if found is None:
            raise Forged("the service has no webhook")
        view: AnymailBaseWebhookView = found.callback.view_class()
        # Who has a key checks signatures instead, which only the reader itself knows.
        if view.warn_if_no_basic_auth and not view.basic_auth:
            raise Forged("ANYMAIL_WEBHOOK_SECRET is not set")
        if getattr(view, "webhook_key", "") is None:
            raise Forged("ANYMAIL_MANDRILL_WEBHOOK_KEY is not set")
        return view

    def _judge(self, fault: AnymailRequestsAPIError) -> Refusal | Unclear:
        response = fault.response
        if response is None:
            return judge(fault)
        status, body = response.status_code, parse(response.content)
        wait = response.headers.get("Retry-After")
        if found := refusal(status, wait, says_something=bool(body)):
            return found
        if 400 <= status < 500:
            for_good = mail_words.refused_address(self._esp, body)
            return Refusal("invalid_address" if for_good else str(status), permanent=for_good)
        return Unclear(str(status))


def _keeps_metadata(backend: AnymailBaseBackend) -> bool:
    """Whether the service gives back what we hang on a letter; else its own id must do."""
    module = import_module(type(backend).__module__)
    return any(
        isinstance(each, type)
        and issubclass(each, BasePayload)
        and each.__module__ == module.__name__
        and "set_metadata" in vars(each)
        for each in vars(module).values()
    )


def _id(letter: EmailMultiAlternatives) -> str:
    return str(letter.anymail_status.message_id or "")  # type: ignore[attr-defined]


def _refused(letter: EmailMultiAlternatives) -> Refusal:
    """The service took nobody: it is no address, or it is on the service's own list."""
    status = letter.anymail_status  # type: ignore[attr-defined]
    if mail_words.refused_sender(getattr(status.esp_response, "text", "")):
        return Refusal("rejected", provider_down=True)
    on_a_list = status.status == {"rejected"}
    return Refusal("suppressed" if on_a_list else "invalid_address", permanent=True)
