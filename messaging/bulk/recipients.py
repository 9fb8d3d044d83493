"""How each person of an audience is reached, in which words; or why they get none."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from messaging import numbering, phones, segments
from messaging.bulk import audiences
from messaging.bulk.audiences import Brings, Person
from messaging.bulk.wording import Filling, Fillings, fillings
from messaging.channels import Channel
from messaging.drafts import LONGEST_WHATSAPP, MOST_PARTS
from messaging.models import BulkSend
from messaging.reasons import Reason
from wards.models import Language

# One @, no spaces, a point in the domain: what else is wrong, the mail server says.
EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,250}\.[^@\s,;<>.]{2,63}")
# json.dumps would make an encoder for each of them.
encode = json.JSONEncoder(ensure_ascii=False).encode


class Recipient(NamedTuple):
    """A row of BulkRecipient, as COPY takes it."""

    line: int
    patient: int | None
    appointment: int | None
    starts_at: Any
    variant: int
    version: int | None
    channel: str
    fallbacks: str
    address: str
    country: str
    language: str
    values: str
    subject: str
    body: str
    parts: int
    excluded: str


class Composer:
    """Makes recipients of people, one after the other; knows whom it has had.

    `cells` counts what will be sent by (variant, channel, country, language, encoding, parts),
    `excluded` those who get nothing by the reason.
    """

    def __init__(self, bulk: BulkSend, brings: Brings, *, keeps_all: bool = False) -> None:
        self.cells: Counter[tuple[int, str, str, str, str, int]] = Counter()
        self.excluded: Counter[str] = Counter()
        self._number = str(bulk.pk)
        self._brings, self._keeps_all = brings, keeps_all
        self._visits = bulk.audience == BulkSend.Audience.APPOINTMENTS
        variants = list(bulk.variants.all())
        self._shares = [variant.share for variant in variants]
        self._fillings: Fillings = fillings(bulk, variants)
        self._names = [
            sorted(
                {name for key, f in self._fillings.items() if key[0] == number for name in f.names}
            )
            for number in range(len(variants))
        ]
        self._orders = {
            first: tuple(sorted(bulk.channels, key=lambda channel: channel != first))
            for first in ("", *Channel.values)
        }
        self._country = phones.country(bulk.hospital.phone, bulk.hospital.timezone)
        self._constants = {
            language: audiences.constants(bulk.hospital, language) for language in Language.values
        }
        self._had: set[int] = set()

    def compose(self, person: Person) -> Recipient:
        """The row of this person."""
        variant = self._variant(person) if len(self._shares) > 1 else 0
        values = self._values(person, variant)
        reason = person.fault or (Reason.DECEASED.value if person.died else "")
        if not reason:
            if person.topic:
                found = self._try_channels(person, variant, values)
                if isinstance(found, Recipient):
                    return found
                reason = found
            else:
                reason = Reason.OPTED_OUT.value
        return self._leave_out(person, variant, values, reason)

    def _try_channels(
        self, person: Person, variant: int, values: Mapping[str, str]
    ) -> Recipient | str:
        """The row for the first channel that works, or why the first of all does not."""
        first = ""
        order = self._orders.get(person.preferred) or self._orders[""]
        for place, channel in enumerate(order):
            filling = self._fillings.get((variant, channel, person.language))
            reason, address, country = self._address(person, channel)
            if reason:
                pass
            elif filling is None:
                reason = Reason.NO_TEMPLATE.value
            elif missing := [name for name in filling.names if not values.get(name)]:
                reason = f"{Reason.NO_VALUE.value}: {', '.join(sorted(missing))}"[:255]
            else:
                row = self._row(
                    person, variant, values, filling, channel, order[place + 1 :], address, country
                )
                if isinstance(row, Recipient) or row == Reason.DUPLICATE:
                    return row
                reason = row
            first = first or reason
        return first

    def _address(self, person: Person, channel: str) -> tuple[str, str, str]:
        """Why the person is not reached on the channel, or the address there and its country."""
        if channel == Channel.EMAIL:
            if not person.by_email:
                return Reason.OPTED_OUT.value, "", ""
            if not person.email:
                return Reason.NO_ADDRESS.value, "", ""
            if not EMAIL.fullmatch(person.email):
                return Reason.BAD_ADDRESS.value, "", ""
            return "", person.email, ""
        if not (person.sms if channel == Channel.SMS else person.whatsapp):
            return Reason.OPTED_OUT.value, "", ""
        if not person.phone:
            return Reason.NO_ADDRESS.value, "", ""
        if number := phones.number(person.phone, self._country):
            return "", number, numbering.region_of(number)
        return Reason.BAD_NUMBER.value, "", ""

    def _row(
        self,
        person: Person,
        variant: int,
        values: Mapping[str, str],
        filling: Filling,
        channel: str,
        fallbacks: tuple[str, ...],
        address: str,
        country: str,
    ) -> Recipient | str:
        subject, body = filling.fill(values)
        where = address.lower()
        mark = hash((channel, where, subject, body))  # 64 bits: none of a million meet by chance
        if mark in self._had:
            return Reason.DUPLICATE.value
        encoding, parts = "", 0
        if channel == Channel.SMS:
            encoding, _characters, parts, _room = segments.count(body)
            if parts > MOST_PARTS:
                return Reason.TOO_LONG.value
        elif channel == Channel.WHATSAPP and len(body) > LONGEST_WHATSAPP:
            return Reason.TOO_LONG.value
        self._had.add(mark)
        self.cells[variant, channel, country, filling.language, encoding, parts] += 1
        return Recipient(
            person.line,
            person.patient,
            person.about[0] if self._visits else None,
            person.about[1] if self._visits else None,
            variant,
            filling.version,
            channel,
            f"{{{','.join(fallbacks)}}}",
            address,
            country,
            filling.language,
            encode(values),
            subject,
            body,
            parts,
            "",
        )

    def _leave_out(
        self, person: Person, variant: int, values: Mapping[str, str], reason: str
    ) -> Recipient:
        self.excluded[reason] += 1
        address = (person.phone or person.email)[:512]
        return Recipient(
            person.line, person.patient, None, None, variant, None, "", "{}", address, "",
            person.language, encode(values), "", "", 0, reason[:255],
        )  # fmt: skip

    def _values(self, person: Person, variant: int) -> dict[str, str]:
        """What the words ask for, on whichever channel they end; of a file, all its columns."""
        brought = self._brings(person, person.language)
        known = {
            **self._constants[person.language],
            "patient_name": person.name,
            "first_name": person.first_name or person.name,
            **brought,
        }
        asked = {name: known[name] for name in self._names[variant] if name in known}
        return {**brought, **asked} if self._keeps_all else asked

    def _variant(self, person: Person) -> int:
        """By chance, but always the same; who shares a number or mailbox reads the same."""
        who = person.phone or person.email or str(person.patient)
        digest = blake2b(f"{self._number}:{who}".encode(), digest_size=4).digest()
        chance = int.from_bytes(digest) * 100 >> 32
        return int(chance >= self._shares[0])
