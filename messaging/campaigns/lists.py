"""Whom a bulk send is to: the rows of a file, or of a pasted list.

A row that is about a patient of ours (`known.py`) follows that patient's wishes, at the address
that the row gives.
"""

import io
import re
from collections.abc import Iterator, Mapping
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
from wards.base.csv_rows import FileRefused, Layout, Row
from wards.models import Language

SAMPLE = """patient_id,name,phone,email,language,clinic,amount
P-1001,Layla Haddad,+966501234567,layla@example.org,ar,Cardiology,250
,Omar Farouk,050 123 4568,,en,Renal,80
"""
SPLIT = re.compile(r"[\n,;]")
LANGUAGES = {"arabic": "ar", "english": "en", "عربي": "ar", "العربية": "ar"}


class Columns(NamedTuple):
    """The columns of a file, and what they are called between braces."""

    layout: Layout
    names: tuple[str, ...]

    @property
    def brought(self) -> frozenset[str]:
        """The placeholders that the rows have values for."""
        named = {"patient_name", "first_name"} if "name" in self.names else set()
        return frozenset({*self.names, *named})


def check_file(file: BinaryIO) -> Columns:
    """Reads the whole file. Raises FileRefused, with a line if there is one."""
    if file.seek(0, io.SEEK_END) > settings.BULK_MAX_BYTES:
        raise FileRefused(
            _("The file is larger than %s MB.") % (settings.BULK_MAX_BYTES // 1024**2)
        )
    columns = columns_of(file)
    csv_rows.check(file, columns.layout)
    return columns


def columns_of(file: BinaryIO) -> Columns:
    """What the header says. Raises FileRefused for one without any column to reach people by."""
    header = csv_rows.header(file)
    names = tuple(re.sub(r"\W+", "_", name).strip("_") for name in header)
    if not {"phone", "email", "patient_id"} & set(names):
        raise FileRefused(
            _("The first line must name one of these columns: phone, email, patient_id.")
        )
    for column, name in zip(header, names, strict=True):
        if not PLACEHOLDER.fullmatch(f"{{{name}}}"):
            raise FileRefused(
                _("Line 1: “%s” is no name for a column: letters, digits and underscores.")
                % column[:40]
            )
        if names.count(name) > 1:
            raise FileRefused(_("Line 1: twice: %s.") % name)
    return Columns(Layout(header, (), ()), names)


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
        columns = columns_of(cast(BinaryIO, file))
        given = {"hospital": campaign.hospital_id}
        cursor.execute(known.NUMBERS, given)
        country = addresses.region_of(campaign.hospital)
        told: set[int] = set()  # patients whom a row names
        every = csv_rows.read(cast(BinaryIO, file), columns.layout)
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


def _entry(row: Row, columns: Columns) -> Entry:
    return dict(zip(columns.names, row.cells, strict=False))


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
