"""What carriers say became of messages, whenever and in whatever order they say it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django_scopes import scopes_disabled

from messaging.carriers.base import Receipt
from messaging.channels import Channel
from messaging.delivery.transitions import Moves, locked
from messaging.models import Message
from messaging.statuses import Status
from wards.base import clock, faults

log = structlog.get_logger(__name__)
REFERENCE = re.compile(r"([0-9]{1,18})-([0-9]{1,5})")


def apply(carrier: str, receipts: Sequence[Receipt]) -> int:
    """Moves the messages that the receipts are about along; returns how many moves that were.

    Safe to call twice with the same, late, or out of order: what the states have no move for
    changes nothing. One that cannot be applied is logged, and keeps none of the others from it.
    Constant queries. Raises what a database that is away raises.
    """
    try:
        return _apply(carrier, receipts)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        if len(receipts) == 1:
            log.error("receipt_not_applied", provider=carrier, fault=faults.place(fault))
            return 0
    middle = len(receipts) // 2
    return apply(carrier, receipts[:middle]) + apply(carrier, receipts[middle:])


def _apply(carrier: str, receipts: Sequence[Receipt]) -> int:
    with scopes_disabled(), transaction.atomic():
        moves = Moves()
        about = list(_pairs(carrier, receipts))
        for message, attempt, receipt in about:
            _receive(message, attempt, receipt, moves)
        moved = moves.write()
    if len(about) < len(receipts):
        log.warning("unknown_receipts", provider=carrier, number=len(receipts) - len(about))
    return moved


def _pairs(
    carrier: str, receipts: Sequence[Receipt]
) -> Iterator[tuple[Message, int | None, Receipt]]:
    """Each receipt with its message, locked, and the attempt it names."""
    references = [REFERENCE.fullmatch(receipt.reference) for receipt in receipts]
    ids = {int(match[1]) for match in references if match}
    theirs = {r.provider_id for r in receipts if r.provider_id and not r.reference}
    which = Q(pk__in=ids) | Q(provider=carrier, provider_id__in=theirs)
    found = locked(Message.objects.filter(which)) if ids or theirs else []
    by_id = {message.pk: message for message in found}
    by_theirs = {m.provider_id: m for m in found if m.provider == carrier and m.provider_id}
    for receipt, match in zip(receipts, references, strict=True):
        message = by_id.get(int(match[1])) if match else by_theirs.get(receipt.provider_id)
        attempt = int(match[2]) if match else None
        if message is not None and _made(message, attempt, carrier):
            yield message, attempt, receipt


def _made(message: Message, attempt: int | None, carrier: str) -> bool:
    """Whether there has been such an attempt; the present one by nobody but this carrier."""
    if attempt is None or attempt == message.attempts:
        return message.provider == carrier
    return 0 < attempt < message.attempts


def _receive(message: Message, attempt: int | None, receipt: Receipt, moves: Moves) -> None:
    """Of an earlier attempt only good news counts: the message has arrived, whatever we try now."""
    earlier = attempt is not None and attempt < message.attempts
    at = _bounded(message, receipt.at)
    if receipt.status in (Status.FAILED, Status.BOUNCED):
        # No tries yet: it has been given to the next channel, or to this one again by hand.
        if message.tries and not earlier and not _is_contradicted(message, receipt):
            moves.fail(message, receipt.code, permanent=receipt.status == Status.BOUNCED)
    elif not earlier:
        moves.move(message, receipt.status, at=at, detail=receipt.code)
        message.provider_id = message.provider_id or receipt.provider_id
        if receipt.cost is not None:
            message.cost, message.currency = receipt.cost, receipt.currency
        moves.change(message)
    elif receipt.status in (Status.DELIVERED, Status.READ):
        moves.move(message, receipt.status, at=at, detail=f"attempt {attempt}")


def _is_contradicted(message: Message, receipt: Receipt) -> bool:
    """Whether it has arrived. Of letters alone a later bounce says that it has not after all."""
    if message.status != Status.DELIVERED:
        return False
    arrived = message.delivered_at
    older = receipt.at is not None and arrived is not None and receipt.at < arrived
    return message.channel != Channel.EMAIL or older


def _bounded(message: Message, at: datetime | None) -> datetime | None:
    """When it happened, by the carrier's clock: neither before it was sent nor in the future."""
    if at is None:
        return None
    return min(max(at, message.sent_at or message.created_at), clock.now())
