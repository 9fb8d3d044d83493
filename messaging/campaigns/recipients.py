"""How each person of an audience is reached, in which words; or why they get none."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from messaging.campaigns import patient_groups
from messaging.campaigns.patient_groups import Brings, Person
from messaging.campaigns.texts import Filling, Fillings, fillings
from messaging.channels import Channel
from messaging.contacts import phones
from messaging.models import BulkSend
from messaging.reasons import Reason
from messaging.rendering import sms_parts
from messaging.rendering.drafts import LONGEST_WHATSAPP, MOST_PARTS
from wards.models import Language

# One @, no spaces, a point in the domain: what else is wrong, the mail server says.
EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,250}\.[^@\s,;<>.]{2,63}")
quoted = json.JSONEncoder(ensure_ascii=False).encode  # at once for a text, unlike for a dict


class Recipient(NamedTuple):
    """A row of BulkRecipient: first the numbers, then the texts."""

    line: int
    patient: int | None
    appointment: int | None
    starts_at: Any
    variant: int
    version: int | None
    parts: int
    channel: str
    fallbacks: str
    address: str
    country: str
    language: str
    values: str
    subject: str
    body: str
    excluded: str


class Composer:
    """Makes recipients of people, one after the other; knows whom it has had.

    `cells` counts what will be sent by (variant, channel, country, language, encoding, parts),
    `excluded` those who get nothing by the reason.
    """

    def __init__(self, bulk: BulkSend, brings: Brings | None, *, keeps_all: bool = False) -> None:
        self.cells: Counter[tuple[int, str, str, str, str, int]] = Counter()
        self.excluded: Counter[str] = Counter()
        self._number = str(bulk.pk)
        self._brings, self._keeps_all = brings, keeps_all
        self._visits = bulk.audience == BulkSend.Audience.APPOINTMENTS
        variants = list(bulk.variants.all())
        self._shares = [variant.share for variant in variants]
        self._fillings: Fillings = fillings(bulk, variants)
        numbers = range(len(variants))
        self._names = [
            {
                name
                for key, each in self._fillings.items()
                if key[0] == number
                for name in each.names
            }
            for number in numbers
        ]
        self._orders = {first: _order(bulk.channels, first) for first in ("", *Channel.values)}
        self._country = phones.country(bulk.hospital.phone, bulk.hospital.timezone)
        self._constants = {
            (number, language): {
                name: value
                for name, value in patient_groups.constants(bulk.hospital, language).items()
                if name in self._names[number]
            }
            for number in numbers
            for language in Language.values
        }
        self._had: set[int] = set()

    def compose(self, person: Person) -> Recipient:
        """The row of this person."""
        variant = self._variant(person) if len(self._shares) > 1 else 0
        values = self._values(person, variant)
        if person.fault:
            found: Recipient | str = person.fault
        elif person.died:
            found = Reason.DECEASED
        elif not person.topic:
            found = Reason.OPTED_OUT
        else:
            found = self._try_channels(person, variant, values)
        if isinstance(found, Recipient):
            return found
        return self._leave_out(person, variant, values, found)

    def _try_channels(
        self, person: Person, variant: int, values: Mapping[str, str]
    ) -> Recipient | str:
        """The row for the first channel that works, or why the first of all does not."""
        first = ""
        for channel, fallbacks in self._orders.get(person.preferred) or self._orders[""]:
            filling = self._fillings.get((variant, channel, person.language))
            reason, address, country = self._address(person, channel)
            if reason:
                pass
            elif filling is None:
                reason = Reason.NO_TEMPLATE
            elif missing := [name for name in filling.names if not values.get(name)]:
                reason = f"{Reason.NO_VALUE}: {', '.join(sorted(missing))}"[:255]
            else:
                way = (channel, fallbacks, address, country)
                row = self._row(person, variant, values, filling, way)
                if isinstance(row, Recipient) or row == Reason.DUPLICATE:
                    return row
                reason = row
            first = first or reason
        return first

    def _address(self, person: Person, channel: str) -> tuple[str, str, str]:
        """Why the person is not reached on the channel, or the address there and its country."""
        if channel == Channel.EMAIL:
            if not person.by_email:
                return Reason.OPTED_OUT, "", ""
            if not person.email:
                return Reason.NO_ADDRESS, "", ""
            if not EMAIL.fullmatch(person.email):
                return Reason.BAD_ADDRESS, "", ""
            return "", person.email, ""
        if not (person.sms if channel == Channel.SMS else person.whatsapp):
            return Reason.OPTED_OUT, "", ""
        if not person.phone:
            return Reason.NO_ADDRESS, "", ""
        number, country = phones.number(person.phone, self._country)
        return ("" if number else Reason.BAD_NUMBER), number, country

    def _row(
        self,
        person: Person,
        variant: int,
        values: Mapping[str, str],
        filling: Filling,
        way: tuple[str, str, str, str],
    ) -> Recipient | str:
        """The row, or what speaks against it. `way`: channel, fallbacks, address, country."""
        channel, fallbacks, address, country = way
        subject, body = filling.fill(values)
        mark = hash(
            (channel, address.lower(), subject, body)
        )  # 64 bits: none of a million meet by chance
        if mark in self._had:
            return Reason.DUPLICATE
        encoding, parts = "", 0
        if channel == Channel.SMS:
            encoding, _characters, parts, _room = sms_parts.count(body)
            if parts > MOST_PARTS:
                return Reason.TOO_LONG
        elif channel == Channel.WHATSAPP and len(body) > LONGEST_WHATSAPP:
            return Reason.TOO_LONG
        self._had.add(mark)
        self.cells[variant, channel, country, filling.language, encoding, parts] += 1
        return Recipient(
            person.line,
            person.patient,
            person.about[0] if self._visits else None,
            person.about[1] if self._visits else None,
            variant,
            filling.version,
            parts,
            channel,
            fallbacks,
            address,
            country,
            filling.language,
            _json(values),
            subject,
            body,
            "",
        )

    def _leave_out(
        self, person: Person, variant: int, values: Mapping[str, str], reason: str
    ) -> Recipient:
        self.excluded[reason] += 1
        address = (person.phone or person.email)[:512]
        return Recipient(
            person.line, person.patient, None, None, variant, None, 0, "", "{}", address, "",
            person.language, _json(values), "", "", reason[:255],
        )  # fmt: skip

    def _values(self, person: Person, variant: int) -> dict[str, str]:
        """What the words ask for, on whichever channel they end; of a file, all its columns."""
        names, constants = self._names[variant], self._constants[variant, person.language]
        values = dict(constants)
        if "first_name" in names:
            values["first_name"] = person.first_name or person.name
        if "patient_name" in names:
            values["patient_name"] = person.name
        if self._brings is not None:
            brought = self._brings(person, person.language)
            if self._keeps_all:
                return {**brought, **values, **brought}
            values.update((name, brought[name]) for name in names & brought.keys())
        return values

    def _variant(self, person: Person) -> int:
        """By chance, but always the same; who shares a number or mailbox reads the same."""
        who = person.phone or person.email or str(person.patient)
        digest = blake2b(f"{self._number}:{who}".encode(), digest_size=4).digest()
        chance = int.from_bytes(digest) * 100 >> 32
        return int(chance >= self._shares[0])


def _order(channels: list[str], first: str) -> list[tuple[str, str]]:
    """The channels, the preferred one first; each with those behind it, as PostgreSQL writes it."""
    order = sorted(channels, key=lambda channel: channel != first)
    return [(each, f"{{{','.join(order[n + 1 :])}}}") for n, each in enumerate(order)]


def _json(values: Mapping[str, str]) -> str:
    return f"{{{', '.join([f'{quoted(name)}: {quoted(text)}' for name, text in values.items()])}}}"
