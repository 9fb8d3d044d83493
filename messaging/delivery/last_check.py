"""The last check, just before a message leaves: still true, still wanted, and to which address?"""

from collections.abc import Sequence
from typing import NamedTuple

from messaging.contacts import addresses, consent, ledger
from messaging.contacts.addresses import Address
from messaging.delivery import origins
from messaging.models import Message
from messaging.reasons import Reason
from wards.actions import deaths


class Verdict(NamedTuple):
    """What is to become of a message: it goes to this address, or not, for this reason."""

    address: Address
    reason: str = ""


def check(messages: Sequence[Message]) -> dict[int, Verdict]:
    """Message id -> verdict, for those that are still there.

    Reads the present state in constant queries, however many messages there are. What the ledger
    of consent says of an address stays so until the end of the transaction. Changes nothing.
    """
    present = Message.objects.select_related("patient__preference", *origins.related())
    present = present.annotate(died=deaths.has_died("patient"), **origins.annotations())
    known = present.defer("subject", "body").in_bulk([message.pk for message in messages])
    untrue = origins.objections([*known.values()])
    verdicts = {
        message.pk: _verdict(message, now, untrue.get(message.pk, ""))
        for message in messages
        if (now := known.get(message.pk))
    }
    return _allowed(messages, verdicts)


def _allowed(messages: Sequence[Message], verdicts: dict[int, Verdict]) -> dict[int, Verdict]:
    """The verdicts, and what the ledger has against the addresses of those that would leave."""
    leaving = {
        message: ledger.key(message.hospital_id, message.channel, verdict.address.text)
        for message in messages
        if (verdict := verdicts.get(message.pk)) and not verdict.reason
    }
    standing = ledger.held([*leaving.values()])
    return verdicts | {
        message.pk: Verdict(verdicts[message.pk].address, reason)
        for message, key in leaving.items()
        if (reason := standing.against(key, message.topic))
    }


def _verdict(message: Message, now: Message, untrue: str) -> Verdict:
    """`message` as it would go out, `now` with everything as it is at present."""
    given = Address(message.address, message.country)
    died = now.died  # type: ignore[attr-defined]
    if reason := Reason.DECEASED if died else untrue or _unwanted(message, now):
        return Verdict(given, reason)
    contact = origins.of(now).contact(now)
    if contact is None:
        return Verdict(given)
    found = addresses.find(message.channel, contact.email, contact.phone, contact.region)
    return Verdict(found) if isinstance(found, Address) else Verdict(given, found)


def _unwanted(message: Message, now: Message) -> str:
    if now.user and not now.user.is_active:
        return Reason.LEFT
    person = now.patient or now.user
    allowed = consent.allowed(person, message.topic)
    return "" if message.channel in allowed else Reason.OPTED_OUT
