"""What other people's computers write, made fit for ours; and events, of which some make no sense.

The one place where the words of carriers are cleaned and cut: `Accepted`, `Refusal`, `Receipt` and
the others do it as they are made, so that no text, number or event of one message keeps us from
noting what became of the next.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import structlog
from anymail.exceptions import AnymailError
from django.core.exceptions import ImproperlyConfigured

from wards.base import text as cleaning

ID, CODE, ADDRESS, WORDS = 200, 255, 512, 5_000  # characters that are kept
AMOUNT, SMALL = Decimal(1_000_000), 2**15 - 1  # what the columns of costs and parts hold less than
DIGITS = 30  # of a number; more is no number that anybody means
# What reading an event raises that is not as documented; the last two of Anymail's readers.
NONSENSE = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError),
    *(AssertionError, ImproperlyConfigured, AnymailError),
)
log = structlog.get_logger(__name__)
Event = TypeVar("Event")
Told = TypeVar("Told")


def each(events: Sequence[Event], read: Callable[[Event], Told | None]) -> list[Told]:
    """What `read` makes of each event, in their order; None is what says nothing new.

    What it makes no sense of is left out, and counted in the log: a carrier that is told that all
    of a batch was wrong tells all of it again, or nothing any more.
    """
    told, nonsense = [], 0
    for event in events:
        try:
            found = read(event)
        except NONSENSE:
            nonsense += 1
        else:
            told += [] if found is None else [found]
    if nonsense:
        log.warning("webhook_events_make_no_sense", number=nonsense)
    return told


def loads(body: bytes) -> Any:
    """JSON whose numbers may be too long and whose letters may be broken. Raises ValueError."""
    return json.loads(
        body.decode(errors="replace"),
        parse_int=lambda digits: int(digits) if len(digits) <= DIGITS else float(digits),
    )


def identifier(text: str) -> str:
    """An id or reference: as it came, without what nobody can see; a long one still tells apart."""
    text = cleaning.line(text)
    if len(text) <= ID:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: ID - len(digest)]}{digest}"


def code(text: str) -> str:
    """A code or a few words of a carrier's own."""
    return cleaning.line(text)[:CODE]


def words(text: str) -> str:
    """What a patient wrote."""
    return cleaning.prose(text)[:WORDS]


def address(text: str) -> str:
    """A number or mailbox. Raises ValueError for one that cleaning would make another's."""
    text = text.strip()
    if cleaning.line(text) != text or len(text) > ADDRESS:
        raise ValueError("address")
    return text


def amount(cost: Decimal | None) -> Decimal | None:
    """A price that the column holds; None for what is none."""
    known = cost is not None and cost.is_finite() and 0 <= cost < AMOUNT
    return cost if known else None


def small(number: int | None) -> int | None:
    """A count that the column holds; None for what is none."""
    return number if number is not None and 0 <= number <= SMALL else None
