"""The ledger: which numbers and mailboxes must not be written to, and who says so.

Consent belongs to a channel and an address, whoever's row it is in. What is said is noted here
alone (`note`), and asked where recipients are worked out and again when a message leaves (`held`).

Whoever notes something locks the address; whoever has messages leave shares that lock until their
claim is written. So a message has left before the ledger says no, or it does not leave: never both.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zlib import crc32

from django.db import connection, transaction
from django_scopes import scopes_disabled

from messaging.channels import PATIENT_CHANNELS, Topic
from messaging.contacts import addresses
from messaging.models import AddressConsent, ConsentChange, Ground, Source
from messaging.reasons import Reason
from wards.base import clock
from wards.models import Hospital, User

LOCKS = 14_000  # what our advisory locks begin with
TO_THE_CARRIER = (Source.ANSWER, Source.CARRIER, Source.COMPLAINT)
Objection = Callable[[str, str], str]  # (channel, address) -> reason, "" where there is none


class Key(NamedTuple):
    """An address of a hospital's, in its canonical form."""

    hospital: int
    channel: str
    address: str


class Entry(NamedTuple):
    """Something that is said, or taken back, of an address."""

    key: Key
    ground: str
    stands: bool
    source: str
    detail: str = ""
    actor: User | None = None


def key(hospital: int, channel: str, address: str) -> Key | None:
    """Of an address however it is written; None for one that the ledger does not know of."""
    if channel not in PATIENT_CHANNELS:
        return None
    found = addresses.canonical(channel, address)
    return Key(hospital, channel, found[:512]) if found else None


def keys_everywhere(channel: str, address: str) -> list[Key]:
    """Of all hospitals: carriers have one number for all of them, so a no to it is one to all."""
    everywhere = Hospital.objects.order_by("pk").values_list("pk", flat=True)
    return [found for pk in everywhere if (found := key(pk, channel, address))]


def on_hospital_saved(instance: Hospital, created: bool, raw: bool, **signal: object) -> None:
    """What was said to the carrier's number counts for a hospital that comes later, too."""
    if not created or raw:
        return
    with scopes_disabled():
        said = AddressConsent.objects.filter(
            ground=Ground.REFUSED, stands=True, source__in=TO_THE_CARRIER
        )
        places = said.order_by("channel", "address").distinct("channel", "address")
        note(
            [
                Entry(Key(instance.pk, row.channel, row.address), row.ground, True, row.source)
                for row in places
            ]
        )


class Standing:
    """What stands against some addresses, as it was read."""

    def __init__(self, rows: Iterable[tuple[int, str, str, str]] = ()) -> None:
        self._grounds: dict[tuple[int, str, str], set[str]] = {}
        for hospital, channel, address, ground in rows:
            self._grounds.setdefault((hospital, channel, address), set()).add(ground)

    def against(self, which: Key | None, topic: str) -> str:
        """Why nothing about the topic goes there; "" where it may."""
        grounds = self._grounds.get(which) if which else None
        return why(grounds, topic) if grounds else ""

    def of(self, hospital: int, topic: str) -> Objection:
        """What stands against addresses of the hospital's in a message about the topic."""
        if not self._grounds:
            return no_objection
        return lambda channel, address: self.against(key(hospital, channel, address), topic)


def why(grounds: Collection[str], topic: str) -> str:
    """What these grounds mean for a message about the topic."""
    if Ground.REFUSED in grounds:
        return Reason.SAID_NO
    if Ground.NEWS in grounds and topic == Topic.MARKETING:
        return Reason.SAID_NO
    if Ground.UNDELIVERABLE in grounds:
        return Reason.COMES_BACK
    return Reason.DISPUTED if Ground.DISPUTED in grounds else ""


def no_objection(channel: str, address: str) -> str:
    """Of those against whom nothing stands."""
    return ""


def asking(hospital: int, topic: str) -> Objection:
    """The same as `Standing.of`, read for each address that is asked about."""
    return lambda channel, address: read([key(hospital, channel, address)]).of(hospital, topic)(
        channel, address
    )


def of_hospital(hospital: int) -> Standing:
    """All that stands at a hospital, for a hundred thousand recipients. One query."""
    rows = AddressConsent.objects.filter(hospital=hospital, stands=True)
    return Standing(rows.values_list("hospital", "channel", "address", "ground"))


def read(which: Iterable[Key | None]) -> Standing:
    """What stands against these. One query, none where there are none."""
    wanted = {each for each in which if each}
    if not wanted:
        return Standing()
    rows = AddressConsent.objects.filter(
        hospital__in={each.hospital for each in wanted},
        channel__in={each.channel for each in wanted},
        address__in={each.address for each in wanted},
        stands=True,
    )
    return Standing(rows.values_list("hospital", "channel", "address", "ground"))


def held(which: Sequence[Key | None]) -> Standing:
    """What stands against these; it stays so until the end of the transaction. Two queries.

    Whoever says no meanwhile waits until then.
    """
    _lock([each for each in which if each], "pg_advisory_xact_lock_shared")
    return read(which)


@transaction.atomic
def note(entries: Sequence[Entry]) -> list[Entry]:
    """Writes down what is said, with its history; returns what is new. Constant queries.

    The last of several about the same address and ground counts. What is taken back and has never
    been said is nothing new.
    """
    last = {(entry.key, entry.ground): entry for entry in entries}
    if not last:
        return []
    _lock([entry.key for entry in last.values()], "pg_advisory_xact_lock")
    rows = AddressConsent.objects.filter(
        hospital__in={k.hospital for k, _ in last}, address__in={k.address for k, _ in last}
    )
    known = {(Key(r.hospital_id, r.channel, r.address), r.ground): r for r in rows}
    new = [
        entry
        for which, entry in last.items()
        if entry.stands != (known[which].stands if which in known else False)
    ]
    at = clock.now()
    written = [_row(entry, known.get((entry.key, entry.ground)), at) for entry in new]
    fresh = [row for row in written if row.pk is None]
    AddressConsent.objects.bulk_create(fresh)
    AddressConsent.objects.bulk_update(
        [row for row in written if row not in fresh],
        ["stands", "since", "source", "detail", "actor"],
    )
    ConsentChange.objects.bulk_create(
        ConsentChange(
            consent=row, at=at, stands=row.stands, source=row.source, detail=row.detail,
            actor=row.actor,
        )
        for row in written
    )  # fmt: skip
    return new


def _row(entry: Entry, row: AddressConsent | None, at: datetime) -> AddressConsent:
    if row is None:
        row = AddressConsent(
            hospital_id=entry.key.hospital, channel=entry.key.channel, address=entry.key.address,
            ground=entry.ground,
        )  # fmt: skip
    row.stands, row.since, row.source = entry.stands, at, entry.source
    row.detail, row.actor = entry.detail[:255], entry.actor
    return row


def _lock(which: Sequence[Key], function: str) -> None:
    """Locks the addresses, in an order that all keep to, until the end of the transaction."""
    numbers = sorted({crc32(f"{k.channel}:{k.address}".encode()) - 2**31 for k in which})
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {function}(%s, number) FROM unnest(%s::int[]) AS number",  # noqa: S608
                [LOCKS, numbers],
            )
