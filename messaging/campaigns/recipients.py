"""How each person of an audience is reached, in which words; or why they get none."""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from itertools import compress, product
from typing import Any, NamedTuple

from django.utils.translation import get_language, override

from messaging.campaigns import patient_groups
from messaging.campaigns.patient_groups import Brings, Person
from messaging.campaigns.texts import texts
from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.contacts import addresses, consent, ledger
from messaging.delivery.reach import Contact, Reached, Texts, in_order, reach
from messaging.models import Campaign
from messaging.reasons import NAMING, Reason
from messaging.rendering import Text
from wards.base import bidi
from wards.base.values import NotUnderstood, contacts
from wards.models import Language

# The channels that somebody wants, by their switches: SMS, WhatsApp, e-mail.
ALLOWED = {
    wanted: frozenset(compress(PATIENT_CHANNELS, wanted))
    for wanted in product((False, True), repeat=len(PATIENT_CHANNELS))
}
# What is wrong with an address of a list says who reads such a cell.
READ = {Reason.BAD_NUMBER: (contacts.phone, "phone"), Reason.BAD_ADDRESS: (contacts.email, "email")}
SAID = (Reason.BAD_ROW.value,)  # says more of each row: counted together
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

    def __init__(
        self, campaign: Campaign, brings: Brings | None, *, keeps_all: bool = False
    ) -> None:
        self.cells: Counter[tuple[int, str, str, str, str, int]] = Counter()
        self.excluded: Counter[str] = Counter()
        self._number = str(campaign.pk)
        self._brings, self._keeps_all = brings, keeps_all
        self._visits = campaign.audience == Campaign.Audience.APPOINTMENTS
        variants = list(campaign.variants.all())
        self._shares = [variant.share for variant in variants]
        of_each = texts(campaign, variants)
        numbers = range(len(variants))
        self._texts = [_of_variant(of_each, number) for number in numbers]
        self._names = [
            {name for key, text in of_each.items() if key[0] == number for name in text.names}
            for number in numbers
        ]
        self._orders = {
            first: in_order(campaign.channels, first) for first in ("", *Channel.values)
        }
        self._region = addresses.region_of(campaign.hospital)
        standing = ledger.of_hospital(campaign.hospital_id)
        self._objection = standing.of(campaign.hospital_id, campaign.topic)
        self._constants = {
            (number, language): {
                name: value
                for name, value in patient_groups.constants(campaign.hospital, language).items()
                if name in self._names[number]
            }
            for number in numbers
            for language in Language.values
        }
        # A column is meant however the words spell it; the file's are in lower case.
        self._spelled = [{name for name in names if not name.islower()} for names in self._names]
        self._had: set[int] = set()
        self._spoken = get_language() or Language.ENGLISH.value

    def compose(self, person: Person) -> Recipient:
        """The row of this person."""
        variant = self._variant(person) if len(self._shares) > 1 else 0
        values = self._values(person, variant)
        channels = self._orders.get(person.preferred) or self._orders[""]
        way = reach(self._contact(person), channels, self._texts[variant], values)
        if not isinstance(way, Reached):
            return self._leave_out(person, variant, values, way)
        mark = hash((way.channel, way.address.text.lower(), way.subject, way.body))
        if mark in self._had:  # 64 bits: none of a million meet by chance
            return self._leave_out(person, variant, values, Reason.DUPLICATE)
        self._had.add(mark)
        return self._row(person, variant, values, way)

    def _contact(self, person: Person) -> Contact:
        wanted = (person.sms, person.whatsapp, person.by_email)
        return Contact(
            person.email,
            person.phone,
            self._region,
            person.language,
            ALLOWED[wanted] if person.topic else consent.NOWHERE,
            refusal=person.fault or (Reason.DECEASED if person.died else ""),
            objection=self._objection,
        )

    def _row(
        self, person: Person, variant: int, values: Mapping[str, str], way: Reached
    ) -> Recipient:
        text, (address, country) = way.text, way.address
        self.cells[variant, way.channel, country, text.language, way.encoding, way.parts] += 1
        return Recipient(
            person.line,
            person.patient,
            person.about[0] if self._visits else None,
            person.about[1] if self._visits else None,
            variant,
            text.version,
            way.parts,
            way.channel,
            f"{{{','.join(way.fallbacks)}}}",
            address,
            country,
            text.language,
            _json(values),
            way.subject,
            way.body,
            "",
        )

    def _leave_out(
        self, person: Person, variant: int, values: Mapping[str, str], reason: str
    ) -> Recipient:
        code = reason.partition(":")[0]
        self.excluded[code if code in NAMING or reason.startswith(SAID) else reason] += 1
        address = (person.phone or person.email)[:512]
        return Recipient(
            person.line, person.patient, None, None, variant, None, 0, "", "{}", address, "",
            person.language, _json(values), "", "", self._in_full(person, reason)[:255],
        )  # fmt: skip

    def _in_full(self, person: Person, reason: str) -> str:
        """With what is wrong with an address of a list, for whoever corrects it."""
        if not self._keeps_all or reason not in READ:
            return reason
        read, field = READ[Reason(reason)]
        with override(self._spoken):  # not known to this thread
            try:
                read(getattr(person, field))
            except NotUnderstood as why:
                return f"{reason}: {bidi.plain(str(why))}"
        return reason

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
                spelled = {name: brought.get(name.lower(), "") for name in self._spelled[variant]}
                return {**brought, **values, **brought, **spelled}
            values.update((name, brought[name]) for name in names & brought.keys())
        return values

    def _variant(self, person: Person) -> int:
        """By chance, but always the same; who shares a number or mailbox reads the same."""
        who = person.phone or person.email or str(person.patient)
        digest = blake2b(f"{self._number}:{who}".encode(), digest_size=4).digest()
        chance = int.from_bytes(digest) * 100 >> 32
        return int(chance >= self._shares[0])


def _of_variant(of_each: Mapping[tuple[int, str, str], Text], number: int) -> Texts:
    return lambda channel, language: of_each.get((number, channel, language))


def _json(values: Mapping[str, str]) -> str:
    return f"{{{', '.join([f'{quoted(name)}: {quoted(text)}' for name, text in values.items()])}}}"
