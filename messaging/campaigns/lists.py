"""Whom a bulk send is to: the rows of a file, or of a pasted list.

A row that is about a patient of ours (`known.py`) follows that patient's wishes, at the address
that the row gives.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import BinaryIO, NamedTuple, cast

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from messaging.campaigns import known
from messaging.campaigns.known import Entry, Meant
from messaging.campaigns.patient_groups import TOGETHER, Person
from messaging.contacts import addresses
from messaging.models import Campaign
from messaging.reasons import Reason
from messaging.rendering import PLACEHOLDER
from wards.base import csv_rows
from wards.base.csv_rows import FileRefused, Layout, Row, Table, Unmatched
from wards.base.tables import headings
from wards.base.values import NotUnderstood, contacts, value
from wards.models import Language

SAMPLE = """patient_id,name,phone,email,language,clinic,amount
P-1001,Layla Haddad,+966501234567,layla@example.org,ar,Cardiology,250
,Omar Farouk,050 123 4568,,en,Renal,80
"""
SPLIT = re.compile(r"[\n\t,;،؛|]")
# What a column may be; all others are placeholders.
KNOWN = frozenset({"patient_id", "phone", "email", "name", "first_name", "last_name", "language"})
NAMELESS = "-"  # no name for a placeholder
LANGUAGES = {"arabic": "ar", "english": "en", "عربي": "ar", "العربية": "ar"}


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
        cursor.execute(known.NUMBERS, given)
        country = addresses.region_of(campaign.hospital)
        told: set[int] = set()  # patients whom a row names
        every = csv_rows.read(cast(BinaryIO, file), columns.layout, columns.said)
        while block := list(islice(every, TOGETHER)):
            entries = [_entry(row, columns) for row in block]
            meant = known.whom_they_mean(cursor, campaign, entries, country)
            yield [
                _person(row.line - first_line, row, entry, each, told, campaign.hospital.language)
                for row, entry, each in zip(block, entries, meant, strict=True)
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


def _person(
    line: int, row: Row, entry: Entry, meant: Meant, told: set[int], language: str
) -> Person:
    patient = meant.patient
    fault = f"{Reason.BAD_ROW.value}: {row.wrong}" if row.wrong else meant.fault
    if entry.get("patient_id") and not fault:
        if patient[1] in told:
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
            *meant.wishes,
            (entry,),
            fault,
        )
    )


def _language(text: str) -> str:
    word = text.lower()
    if word[:2] in Language.values and (len(word) == 2 or word[2] in "-_"):
        return word[:2]
    return LANGUAGES.get(word, "")
