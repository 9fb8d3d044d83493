"""What came of calling a carrier, and what that makes of the message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction

from messaging.carriers.base import Accepted, Carrier, Refusal, Unclear
from messaging.channels import Channel
from messaging.delivery import health
from messaging.delivery.transitions import Moves, locked
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from wards.base import clock

# A second SMS costs money and trust; a second e-mail does little harm.
HARMLESS_TWICE = frozenset({Channel.EMAIL, Channel.PUSH, Channel.CHAT})
NO_DELAYS = (0.0, 0.0, 0.0)  # the retries of what has not reached its carrier at all
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The carrier was asked, and has certainly not got it."""


@dataclass(frozen=True, slots=True)
class NotTried:
    """It was claimed, and there was no time left to call anybody."""


@dataclass(frozen=True, slots=True)
class StillUnclear:
    """The lease ran out, and nobody can say what became of it."""

    give_up: bool  # it has waited long enough


What = Accepted | Refusal | Unclear | NotTaken | NotTried | StillUnclear


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `message` is as it was claimed."""

    message: Message
    what: What


def settle(carrier: Carrier, outcomes: Sequence[Outcome]) -> None:
    """Writes down what came of calls to one carrier, however many, in a statement a table.

    Safe to repeat. A receipt may have been quicker; what it said stands.
    """
    with transaction.atomic():
        rows = {m.pk: m for m in locked(Message.objects.all(), pk__in=_ids(outcomes))}
        moves = Moves()
        for outcome in outcomes:
            message = rows[outcome.message.pk]
            if message.attempts == outcome.message.attempts:
                _apply(message, outcome.what, moves)
            else:  # its lease ran out meanwhile; what was decided then stands
                log.warning("answer_too_late", reference=outcome.message.reference)
        moves.write()
        _note_health(carrier, [outcome.what for outcome in outcomes])


def _ids(outcomes: Iterable[Outcome]) -> list[int]:
    return [outcome.message.pk for outcome in outcomes]


def _apply(message: Message, what: What, moves: Moves) -> None:
    match what:
        case Accepted():
            accept(message, what, moves)
        case _ if message.status != Status.SENDING:
            return
        case Refusal():
            moves.fail(message, what.code, permanent=what.permanent, wait=what.retry_after)
        case Unclear():
            _wait(message, what.code, moves)
        case NotTaken():
            moves.fail(message, Reason.NOT_TAKEN, delays=NO_DELAYS)
        case NotTried():
            message.tries -= 1
            moves.fail(message, Reason.NOT_TRIED, delays=NO_DELAYS)
        case StillUnclear():
            leave_unclear(message, what, moves)


def accept(message: Message, accepted: Accepted, moves: Moves) -> None:
    """The carrier has it: moves it to sent, or only notes the id where it is further."""
    moves.move(message, Status.SENT)
    message.provider_id = message.provider_id or accepted.provider_id
    if message.cost is None:
        message.cost, message.currency = accepted.cost, accepted.currency
    if accepted.parts is not None:
        message.parts = accepted.parts
    moves.change(message)


def _wait(message: Message, code: str, moves: Moves) -> None:
    """For a receipt; then it is asked about."""
    message.reason = code or Reason.NO_ANSWER
    message.due_at = clock.now() + timedelta(seconds=settings.MESSAGING_RECEIPT_WAIT)
    moves.change(message)


def leave_unclear(message: Message, what: StillUnclear, moves: Moves) -> None:
    if not what.give_up:
        _wait(message, message.reason, moves)
    elif message.channel in HARMLESS_TWICE:
        moves.fail(message, Reason.OUTCOME_UNKNOWN)
    else:
        moves.lose(message, Reason.OUTCOME_UNKNOWN)


def _note_health(carrier: Carrier, whats: Sequence[What]) -> None:
    """Any answer about a message says that the carrier works."""
    down = [what for what in whats if isinstance(what, Refusal) and what.provider_down]
    failures = len(down) + sum(isinstance(what, Unclear) for what in whats)
    answers = len(whats) - failures - sum(isinstance(w, NotTried | StillUnclear) for w in whats)
    if answers:
        health.note_answer(carrier)
    elif failures:
        pause = max((what.retry_after or 0 for what in down), default=0)
        health.note_failures(carrier, failures, pause)
