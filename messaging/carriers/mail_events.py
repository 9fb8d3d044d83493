"""What services for e-mail say became of a letter: taken apart one by one, and each one understood.

Anymail gives all services' events one shape, and takes the soft bounces of some for hard ones,
lists of people who want no mail for passing faults, and the looks of machines for reading. What
only the service's own words tell is in `mail_words.py`.
"""

import json
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime

import structlog
from anymail.signals import AnymailTrackingEvent, EventType
from anymail.webhooks.base import AnymailBaseWebhookView
from django.http import HttpRequest, QueryDict

from messaging.carriers import foreign, mail_words
from messaging.carriers.base import Inbound, Receipt, Said
from messaging.carriers.mail_words import Means
from messaging.channels import Channel
from messaging.statuses import Status

STATUSES = {
    EventType.SENT: Status.SENT,
    EventType.DELIVERED: Status.DELIVERED,
    EventType.OPENED: Status.READ,
    EventType.CLICKED: Status.READ,
    EventType.BOUNCED: Status.FAILED,
    EventType.REJECTED: Status.FAILED,
    EventType.FAILED: Status.FAILED,
}
SAID = {
    EventType.COMPLAINED: Said.COMPLAINT,
    EventType.UNSUBSCRIBED: Said.UNSUBSCRIBED,
    EventType.SUBSCRIBED: Said.START,
}
MANDRILL = "mandrill_events"
# Programs that fetch what is in a letter. Apple's says nothing but "Mozilla/5.0".
MACHINES = ("bot", "crawler", "spider", "preview", "scanner", "barracuda", "proofpoint", "mimecast")
log = structlog.get_logger(__name__)


def events(
    request: HttpRequest, reader: Callable[[], AnymailBaseWebhookView]
) -> list[AnymailTrackingEvent]:
    """The events of a request; where Anymail's reader fails on it, those of them that it can read.

    Raises ValueError where it is no such document at all.
    """
    try:
        return list(reader().parse_events(request))
    except foreign.NONSENSE as fault:
        alone = _one_by_one(request)
        if alone is None:
            raise ValueError(type(fault).__name__) from fault
    every = foreign.each(alone, lambda one: reader().parse_events(one))
    return [event for found in every for event in found]


def told(esp: str, event: AnymailTrackingEvent) -> list[Receipt | Inbound] | None:
    """What an event says; None for nothing new (queued, deferred, opened by a machine)."""
    means = mail_words.means(esp, event)
    said: list[Receipt | Inbound] = []
    meant = Said.UNSUBSCRIBED if means is Means.ON_A_LIST else SAID.get(event.event_type)
    if event.recipient and meant:
        said.append(Inbound(Channel.EMAIL, event.recipient, "", said=meant))
    status = _status(event, means)
    reference = str((event.metadata or {}).get("reference") or "")
    if status and (reference or event.message_id):
        code = "unsubscribed" if means is Means.ON_A_LIST else str(event.reject_reason or "")
        said.append(Receipt(status, reference, str(event.message_id or ""), code, _at(event)))
    elif status:
        log.info("webhook_event_of_others")  # the account sends for others, too
    return said or None


def _status(event: AnymailTrackingEvent, means: Means | None) -> Status | None:
    if means is Means.NOTHING:
        return None
    if means in (Means.GONE, Means.ON_A_LIST):
        return Status.BOUNCED
    if means is Means.PASSING:
        return Status.FAILED
    status = STATUSES.get(event.event_type)
    return None if status is Status.READ and _by_machine(event) else status


def _by_machine(event: AnymailTrackingEvent) -> bool:
    agent = str(event.user_agent or "").strip().lower()
    return agent == "mozilla/5.0" or any(name in agent for name in MACHINES)


def _at(event: AnymailTrackingEvent) -> datetime | None:
    at: datetime | None = event.timestamp
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _one_by_one(request: HttpRequest) -> list[HttpRequest] | None:
    """Requests like this one, each with one of its events; None where it holds no list of them."""
    if request.content_type != "application/json":
        every = foreign.loads(request.POST.get(MANDRILL, "null").encode())
        return [_form(request, each) for each in every] if isinstance(every, list) else None
    body = foreign.loads(request.body)
    if isinstance(body, list):  # SendGrid, SparkPost, Mailjet
        return [_json(request, [each]) for each in body]
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("events"), list):  # Mailtrap
        return [_json(request, body | {"events": [each]}) for each in body["events"]]
    match body.get("events_by_user"):
        case [{"events": [*every]} as user, *_]:  # Unisender Go
            users = ([user | {"events": [each]}] for each in every)
            return [_json(request, body | {"events_by_user": one}) for one in users]
    return [request]


def _json(request: HttpRequest, body: object) -> HttpRequest:
    alone = copy(request)
    for kept in ("_parsed_json", "_sns_message"):  # what readers keep of the whole
        alone.__dict__.pop(kept, None)
    alone._body = json.dumps(body).encode()
    return alone


def _form(request: HttpRequest, event: object) -> HttpRequest:
    alone = copy(request)
    form = QueryDict(mutable=True)
    form[MANDRILL] = json.dumps([event])
    alone.POST = form  # type: ignore[assignment]
    return alone
