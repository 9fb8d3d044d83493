"""Whom a bulk send is to: the rows of a file, or of a pasted list.

A row that is about a patient of ours (by number, e-mail address or phone) follows that patient's
wishes, at the address that the row gives.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from messaging.campaigns import patient_groups
from messaging.campaigns.patient_groups import TOGETHER, Person
from messaging.contacts import addresses, consent, phones
from messaging.contacts.preferences import SAME_END
from messaging.models import Campaign
from messaging.reasons import Reason
from messaging.rendering import PLACEHOLDER
from wards.base import csv_rows, sql
from wards.base.csv_rows import FileRefused, Layout, Row, Table, Unmatched
from wards.base.tables import headings
from wards.base.values import NotUnderstood, contacts, value
from wards.models import Language

NO_WISHES = ("", True, True, True, True, False)  # of somebody whom we do not know
SAMPLE = """patient_id,name,phone,email,language,clinic,amount
P-1001,Layla Haddad,+966501234567,layla@example.org,ar,Cardiology,250
,Omar Farouk,050 123 4568,,en,Renal,80
"""
SPLIT = re.compile(r"[\n\t,;،؛|]")
# What a column may be; all others are placeholders.
KNOWN = frozenset({"patient_id", "phone", "email", "name", "first_name", "last_name", "language"})
NAMELESS = "-"  # no name for a placeholder
LANGUAGES = {"arabic": "ar", "english": "en", "عربي": "ar", "العربية": "ar"}


Entry = Mapping[str, str]  # a row by the names of its columns


class Columns(NamedTuple):
    """The columns of a file: for each what it is, "" where it is left out."""

    said: tuple[str, ...]
    headings: tuple[str, ...]  # what they are called in the file
    noted: Mapping[str, object] = {}  # what whoever brought it should know

    @property
    def names(self) -> tuple[str, ...]:
        """What those that are read are called between braces."""
        return tuple(name for name in self.said if name)

    @property
    def layout(self) -> Layout:
        return Layout(self.names, (), ())

    @property
    def brought(self) -> frozenset[str]:
        """The placeholders that the rows have values for."""
        whole = "name" in self.names or {"first_name", "last_name"} <= set(self.names)
        return frozenset({*self.names, *({"patient_name", "first_name", "name"} if whole else ())})


def check_file(file: BinaryIO, said: Sequence[str] | None = None) -> Columns:
    """Reads the whole file. Raises FileRefused, with a line if there is one; Unmatched."""
    if file.seek(0, io.SEEK_END) > settings.BULK_MAX_BYTES:
        raise FileRefused(
            _("The file is larger than %s MB.") % (settings.BULK_MAX_BYTES // 1024**2)
        )
    columns = columns_of(file, said)
    checked = csv_rows.check(file, columns.layout, columns.said)
    return columns._replace(noted=checked.noted)


def columns_of(file: BinaryIO, said: Sequence[str] | None = None) -> Columns:
    """What the header says, or somebody said of it.

    Raises FileRefused for one without any column to reach people by, Unmatched in doubt.
    """
    table = Table(file)
    guess = [_column(table, place) for place in range(len(table.names))]
    columns = tuple(said) if said and len(said) == len(guess) else tuple(guess)
    if doubt := _doubt(table, columns):
        unsure = [name if columns.count(name) == 1 or not name else None for name in guess]
        if headings.looks_like_data(table.names) and not headings.known(table.names):
            raise FileRefused(doubt)
        raise Unmatched(doubt, table.names, unsure, table.samples)
    return Columns(columns, table.names)


def _column(table: Table, place: int) -> str:
    """A column that we know, or one of the file's own: a placeholder for the words."""
    name = table.names[place]
    known = headings.meaning(name)
    if known in KNOWN:
        return known
    if headings.key(name) in csv_rows.OURS:
        return ""
    if not name and not any(row[place] for row in table.samples if place < len(row)):
        return ""
    return own_name(name)


def own_name(heading: str) -> str:
    """What a column of the file's own is called between braces."""
    return re.sub(r"\W+", "_", heading.lower()).strip("_") or NAMELESS


def _doubt(table: Table, columns: Sequence[str]) -> str:
    """Why these cannot be the columns; "" where they can."""
    if not {"phone", "email", "patient_id"} & set(columns):
        return _("The first line must name one of these columns: phone, email, patient_id.")
    for name, column in zip(table.names, columns, strict=True):
        if column and not PLACEHOLDER.fullmatch(f"{{{column}}}"):
            return (
                _("Line 1: “%s” is no name for a column: letters, digits and underscores.")
                % name[:40]
            )
        if column and columns.count(column) > 1:
            return _("Line 1: twice: %s.") % column
    return ""


def pasted(text: str) -> bytes:
    """A pasted list as a file: one number or address in each row. Raises FileRefused for none."""
    entries = [entry.strip() for entry in SPLIT.split(text.replace("\r", "\n"))]
    entries = [entry for entry in entries if entry]
    if not entries:
        raise FileRefused(_("The list is empty."))
    lines = (f",{_quoted(e)}" if "@" in e else f"{_quoted(e)}," for e in entries)
    return "\n".join(["phone,email", *lines, ""]).encode()


def _quoted(entry: str) -> str:
    return '"' + entry.replace('"', '""') + '"'


def people(campaign: Campaign) -> Iterator[list[Person]]:
    """The rows as people, some thousands at a time."""
    first_line = 1 if campaign.audience == Campaign.Audience.LIST else 0
    with campaign.source.open("rb") as file, connection.cursor() as cursor:
        columns = columns_of(cast(BinaryIO, file), campaign.parameters.get("columns"))
        given = {"hospital": campaign.hospital_id}
        cursor.execute(NUMBERS, given)
        country = addresses.region_of(campaign.hospital)
        told: set[int] = set()  # patients whom a row names
        every = csv_rows.read(cast(BinaryIO, file), columns.layout, columns.said)
        while block := list(islice(every, TOGETHER)):
            entries = [_entry(row, columns) for row in block]
            known = _Known(cursor, campaign, entries, country)
            yield [
                _person(
                    row.line - first_line, row, entry, patient, told, campaign.hospital.language
                )
                for row, entry, patient in zip(block, entries, known.of, strict=True)
            ]
        cursor.execute("DROP TABLE pg_temp.numbers")


def brings(person: Person, language: str) -> Mapping[str, str]:
    """The values of the row's own columns."""
    cells: Mapping[str, str] = person.about[0]
    return cells


def _entry(row: Row, columns: Columns) -> dict[str, str]:
    """A row's values; what only stands where one is missing is none."""
    entry = dict(zip(columns.names, map(value, row.cells), strict=False))
    for name, read in (("phone", contacts.phone), ("email", contacts.email)):
        if written := entry.get(name):
            with suppress(NotUnderstood):  # whoever is left out for it is told as what
                entry[name] = read(written)
    whole = f"{entry.get('first_name', '')} {entry.get('last_name', '')}".strip()
    if whole and not entry.get("name"):
        entry["name"] = whole
    return entry


class _Known:
    """The patients that a block of rows is about: three queries however many."""

    def __init__(
        self, cursor: Any, campaign: Campaign, entries: Sequence[Entry], country: str
    ) -> None:
        self._cursor, self._campaign = cursor, campaign
        self.of: list[Any] = [None] * len(entries)  # for each row the patient's, or None
        every = list(enumerate(entries))
        self._find(BY_NUMBER, {n: e["patient_id"] for n, e in every if e.get("patient_id")})
        others = [(n, entry) for n, entry in every if not entry.get("patient_id")]
        self._find(BY_EMAIL, {n: e["email"].lower() for n, e in others if e.get("email")})
        rest = {n: e["phone"] for n, e in others if self.of[n] is None and e.get("phone")}
        numbers = {n: phones.number(phone, country).e164 for n, phone in rest.items()}
        found = {
            phones.number(row[5], country).e164: row
            for row in self._ask(BY_PHONE, [number[-SAME_END:] for number in numbers.values()])
        }
        for n, number in numbers.items():
            self.of[n] = found.get(number) if number else None

    def _find(self, query: str, keys: Mapping[int, str]) -> None:
        found = {row[-1]: row for row in self._ask(query, list(keys.values()))}
        for n, key in keys.items():
            self.of[n] = found.get(key)

    def _ask(self, query: str, keys: Sequence[str]) -> list[Any]:
        """The newest patient first: of several with the same key, the oldest one stays."""
        if not keys:
            return []
        columns = patient_groups.columns("0", self._campaign.topic)
        given = {"hospital": self._campaign.hospital_id, "keys": keys}
        self._cursor.execute(query.format(columns=columns), given)
        found: list[Any] = self._cursor.fetchall()
        return found


def _person(
    line: int, row: Row, entry: Entry, patient: Any, told: set[int], language: str
) -> Person:
    fault = f"{Reason.BAD_ROW.value}: {row.wrong}" if row.wrong else ""
    if entry.get("patient_id") and not fault:
        if patient is None:
            fault = Reason.UNKNOWN_PATIENT.value
        elif patient[1] in told:
            fault = Reason.DUPLICATE.value
        else:
            told.add(patient[1])
    phone, email = entry.get("phone", ""), entry.get("email", "")
    if patient and not phone and not email:
        phone, email = patient[5], patient[4]
    spoken = _language(entry.get("language", ""))
    name = entry.get("name", "")
    return Person._make(
        (
            line,
            patient[1] if patient else None,
            name.split(" ", 1)[0] if name else patient[2] if patient else "",
            name or (patient[3] if patient else ""),
            email,
            phone,
            spoken or (patient[6] if patient else language),
            *(patient[7:13] if patient else NO_WISHES),
            (entry,),
            fault,
        )
    )


def _language(text: str) -> str:
    word = text.lower()
    if word[:2] in Language.values and (len(word) == 2 or word[2] in "-_"):
        return word[:2]
    return LANGUAGES.get(word, "")


FOUND = f"FROM wards_patient AS patient {consent.JOIN}"
BY_NUMBER = f"""
SELECT {{columns}}, patient.number {FOUND}
WHERE patient.number = ANY(%(keys)s) AND patient.number <> '' AND patient.hospital_id = %(hospital)s
"""
BY_EMAIL = f"""
SELECT {{columns}}, lower(patient.email) {FOUND}
WHERE lower(patient.email) = ANY(%(keys)s) AND patient.hospital_id = %(hospital)s
ORDER BY patient.id DESC
"""
NUMBERS = sql.load("messaging/campaigns/sql/phone_endings.sql")
BY_PHONE = f"""
SELECT {{columns}}, patient.id {FOUND} JOIN pg_temp.numbers ON numbers.id = patient.id
WHERE numbers.ending = ANY(%(keys)s) AND patient.hospital_id = %(hospital)s
ORDER BY patient.id DESC
"""
