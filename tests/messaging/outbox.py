"""Messages for tests, a carrier that does as it is told, and what must hold of every history."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count, pairwise
from typing import Any, Self

from django.db import transaction
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.carriers.base import Accepted, Carrier, Outgoing, Refusal, Unclear
from messaging.channels import Channel, Topic
from messaging.delivery.lanes import Lane
from messaging.delivery.outcomes import Outcome
from messaging.models import Message, MessageLog
from messaging.statuses import MOVES, Status
from wards.models import Hospital

_numbers = count(1)


def new_message(hospital: Hospital, **fields: Any) -> Message:
    """An unsaved SMS to a number of its own."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "key": f"test:{number}",
        "topic": Topic.CARE,
        "channel": Channel.SMS,
        "address": f"+9665{number:08}",
        "language": "en",
        "body": f"Hello {number}",
        "parts": 1,
    }
    return Message(hospital=hospital, **given | fields)


def queue_messages(hospital: Hospital, number: int = 1, **fields: Any) -> list[Message]:
    """Queued messages, as they are in the database."""
    with scopes_disabled():
        ids = delivery.queue([new_message(hospital, **fields) for _ in range(number)])
        return list(Message.objects.filter(pk__in=ids).order_by("pk"))


def queue_message(hospital: Hospital, **fields: Any) -> Message:
    return queue_messages(hospital, **fields)[0]


def make_due(*messages: Message) -> None:
    """What was to be done later is due now."""
    with scopes_disabled(), transaction.atomic():
        rows = Message.objects.filter(pk__in=[message.pk for message in messages])
        list(rows.select_for_update().order_by("pk"))  # in the order in which all lock
        rows.update(due_at="2026-01-01T00:00Z")


def drain(carrier: Carrier, channel: Channel = Channel.SMS, limit: int = 10_000) -> list[Outcome]:
    """Sends everything that is due on the channel, in this thread."""
    return Lane(channel, carrier).drain(limit)


def steps(message: Message) -> list[str]:
    """The statuses the message has been through."""
    with scopes_disabled():
        return list(MessageLog.objects.filter(message=message).values_list("status", flat=True))


def wrong_moves(log: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Of (message id, status) in the order they were written: moves that there are not.

    Nothing with a move back to an earlier state gets past this: every history begins with being
    queued or suppressed, and each step is in the table of moves.
    """
    histories: dict[int, list[Status]] = {}
    for message, status in log:
        histories.setdefault(message, []).append(Status(status))
    for message, history in histories.items():
        if history[0] not in (Status.QUEUED, Status.SUPPRESSED):
            yield message, "", history[0]
        for old, new in pairwise(history):
            if new not in MOVES[old]:
                yield message, old, new


class Scripted(Carrier):
    """Answers as `script` says, one after the other; then it accepts everything."""

    name = "scripted"
    channels = frozenset(Channel)
    rate = 1000.0

    def __init__(self, *script: Accepted | Refusal | Unclear | Exception) -> None:
        self.script = list(script)
        self.taken: list[Outgoing] = []
        self.found: dict[str, Accepted | None] = {}

    @classmethod
    def from_settings(cls) -> Self:
        return cls()

    def send(self, message: Outgoing) -> Accepted:
        answer = self.script.pop(0) if self.script else Accepted(f"id-{message.reference}")
        if isinstance(answer, Exception):
            raise answer
        self.taken.append(message)
        return answer

    def find(self, reference: str, to: str, since: datetime) -> Accepted | None:
        if reference not in self.found:
            raise Unclear("away")
        return self.found[reference]
