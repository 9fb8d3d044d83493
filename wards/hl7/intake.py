"""One message, from its bytes to the bytes of its answer: stored first, applied once, answered.

The message is stored in a transaction of its own before anything else happens to it. What it says
is applied in a second one, which also writes the outcome and the answer: so there is never an
answer without the change, nor a change made twice because its answer got lost.
"""

import re
import traceback
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django_scopes import scope, scopes_disabled

from wards.actions import Refused
from wards.hl7 import mapping
from wards.hl7.acknowledge import acknowledge
from wards.hl7.feeds import feed_of
from wards.hl7.header import LONGEST, Header, check, read
from wards.hl7.parsing import parse
from wards.hl7.refusals import Code, Failed, NotAccepted, Rejected
from wards.hl7.said import Said
from wards.models import Feed, Hl7Message

log = structlog.get_logger(__name__)

Status = Hl7Message.Status
DATABASE_AWAY = (OperationalError, InterfaceError)
DEADLOCKS = ("40P01", "40001")  # SQLSTATE: deadlock detected, serialization failure
TRIES = 3


Committed = Callable[[bytes], None]


def receive(
    raw: bytes, refusal: NotAccepted | None = None, committed: Committed = lambda answer: None
) -> bytes:
    """Stores a message, applies it once however often it comes, and returns the answer.

    `refusal` is for what is not worth reading: it is stored with that reason. `committed` gets the
    answer as soon as a message is applied, before the people concerned are told. Raises one of
    DATABASE_AWAY where the database cannot be reached or asked just now: then nothing must be
    answered, for senders send again what nobody answered, and give up what was answered AE.
    Not to be called inside a transaction.
    """
    header, text = read(raw)
    message = _new(header, text)
    stored = _store(message)
    if stored.status == Status.ACCEPTED and _content(stored.raw) != _content(text):
        reason = "MSH-10 (control id) was used before, for another message"
        refusal = Failed(Code.DUPLICATE_KEY_IDENTIFIER, reason, "MSH-10")
        message.control_id = ""
        stored = _store(message)
    if stored.status != Status.ACCEPTED:
        if stored is not message:
            _renew(stored, message)
        refusal = refusal or _outcome(message, header, committed)
        if refusal:
            _settle(message, header, refusal)
        stored = message
    return _answer(stored, header)


def _answer(message: Hl7Message, header: Header) -> bytes:
    return message.acknowledgement.encode(header.codec, errors="replace")


def _new(header: Header, text: str) -> Hl7Message:
    """The row of a message, not saved; of a hospital if its sending facility is known to us."""
    feed = feed_of(header)
    return Hl7Message(
        hospital=feed.hospital if feed else None,
        feed=feed,
        processing=header.value(11)[:3],
        sending_application=header.application[: LONGEST[3]],
        sending_facility=header.facility[: LONGEST[4]],
        control_id=header.control_id if len(header.control_id) <= LONGEST[10] else "",
        message_type=header.type[:40],
        raw=text,
    )


def _store(message: Hl7Message) -> Hl7Message:
    """The message, saved; where its sender used the control id before, the older one."""
    try:
        message.save(force_insert=True)
    except IntegrityError:
        with scopes_disabled():
            return Hl7Message.objects.get(
                sending_application=message.sending_application,
                sending_facility=message.sending_facility,
                control_id=message.control_id,
            )
    return message


def _renew(stored: Hl7Message, message: Hl7Message) -> None:
    """Another try for a message that was not accepted, as it is sent now.

    We may have died before its end, or what stood in its way may have been mended.
    """
    message.pk = stored.pk
    columns = ("hospital", "feed", "processing", "message_type", "raw")
    with scopes_disabled():
        waiting = Hl7Message.objects.filter(pk=stored.pk).exclude(status=Status.ACCEPTED)
        waiting.update(**{column: getattr(message, column) for column in columns})


def _content(text: str) -> str:
    """A message without its header: a sender that repeats itself may change the time there."""
    return "\n".join(re.split(r"[\r\n]+", text)[1:])


def _outcome(message: Hl7Message, header: Header, committed: Committed) -> NotAccepted | None:
    """Applies the message and settles it as accepted, or returns what speaks against it."""
    try:
        check(header)
        if message.feed is None:
            reason = f"sending facility {header.facility[:40] or '(empty)'} is not known here"
            raise Rejected(Code.UNKNOWN_KEY_IDENTIFIER, reason, "MSH-4")
        _apply(message, header, message.feed, committed)
    except NotAccepted as refusal:
        return refusal
    except Refused as refused:
        return Failed(Code.APPLICATION_RECORD_LOCKED, str(refused))
    except DATABASE_AWAY:
        raise
    except Exception as fault:  # whatever it is, the next message must be read
        frames = "".join(traceback.format_tb(fault.__traceback__))
        # Without the exception's text, which may quote the message.
        log.error("hl7_fault", reference=message.pk, fault=type(fault).__name__, frames=frames)
        reason = f"internal error, reference {message.pk}"
        return Failed(Code.APPLICATION_INTERNAL_ERROR, reason)
    return None


def _apply(message: Hl7Message, header: Header, feed: Feed, committed: Committed) -> None:
    """All of what it says, or nothing; again where others change the same rows this very moment."""
    said = parse(message.raw, header, ZoneInfo(feed.hospital.timezone)).said
    for attempt in range(1, TRIES + 1):
        try:
            return _apply_now(said, message, header, feed, committed)
        except Refused:
            if attempt == TRIES:
                raise
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in DEADLOCKS or attempt == TRIES:
                raise
    return None


@transaction.atomic(durable=True)
def _apply_now(
    said: Sequence[Said],
    message: Hl7Message,
    header: Header,
    feed: Feed,
    committed: Committed,
) -> None:
    # First, for it locks the row: of two connections with the same message, one applies it.
    if _settle(message, header):
        # Before the events are recorded, so that it is called before anybody is told of them.
        transaction.on_commit(lambda: committed(_answer(message, header)), robust=True)
        with scope(hospital=feed.hospital):
            note = mapping.apply(said, feed)
        if note:
            message.reason = note
            message.acknowledgement = acknowledge(header, note=note)
            with scopes_disabled():
                message.save(update_fields=["reason", "acknowledgement"])


def _settle(message: Hl7Message, header: Header, refusal: NotAccepted | None = None) -> bool:
    """Writes outcome and answer; False where another connection had it accepted before us.

    Then `message` becomes what that connection wrote.
    """
    message.status = refusal.status if refusal else Status.ACCEPTED
    message.reason = refusal.reason if refusal else ""
    message.acknowledgement = acknowledge(header, refusal)
    columns = ("status", "reason", "acknowledgement")
    with scopes_disabled():
        row = Hl7Message.objects.filter(pk=message.pk)
        waiting = row.exclude(status=Status.ACCEPTED)
        if not waiting.update(**{column: getattr(message, column) for column in columns}):
            message.refresh_from_db()
            return False
    if refusal:
        # Not the reason: it may name a patient.
        log.warning(
            "hl7_not_accepted", reference=message.pk, status=refusal.status, code=refusal.code.value
        )
    return True
