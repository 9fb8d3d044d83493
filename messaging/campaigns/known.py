"""Known: the patients that rows of a list or file are about, whose wishes they follow.

A row finds people by its patient number, or else by its e-mail address and phone, each in its own
column. Where several share those, its name and date of birth say who is meant; where nothing says
it, nobody is written to.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from messaging.campaigns import patient_groups
from messaging.contacts import consent, phones
from messaging.contacts.preferences import SAME_END
from messaging.models import Campaign
from messaging.reasons import Reason
from wards.base import sql
from wards.operations import whom
from wards.operations.whom import Known

NO_WISHES = ("", True, True, True, True, False)  # of somebody whom we do not know
Entry = Mapping[str, str]  # a row by the names of its columns
Found = Mapping[str, Sequence[Any]]  # rows of patients by a key that several may share


class Meant(NamedTuple):
    """Whom a row is about: a row of `patient_groups.columns`, or nobody whom we know."""

    patient: Any = None
    fault: str = ""  # why nobody is written to
    wishes: tuple[Any, ...] = NO_WISHES


def whom_they_mean(
    cursor: Any, campaign: Campaign, entries: Sequence[Entry], country: str
) -> list[Meant]:
    """For each row who is meant: four queries however many rows."""
    look = _Look(cursor, campaign)
    numbers = {entry["patient_id"] for entry in entries if entry.get("patient_id")}
    others = [entry for entry in entries if not entry.get("patient_id")]
    by_number = look.up(BY_NUMBER, numbers)
    nearly = whom.zeros_apart(numbers - by_number.keys(), campaign.hospital_id)
    by_email = look.up(BY_EMAIL, {e["email"].lower() for e in others if e.get("email")})
    e164 = {e["phone"]: "" for e in others if e.get("phone")}
    e164 = {phone: phones.number(phone, country).e164 for phone in e164}
    by_phone = look.by_phone(set(e164.values()), country)
    return [
        _numbered(entry, by_number, nearly)
        if entry.get("patient_id")
        else _shared(
            entry,
            by_email.get(entry.get("email", "").lower(), ()),
            by_phone.get(e164.get(entry.get("phone", ""), ""), ()),
        )
        for entry in entries
    ]


class _Look:
    """Looks for patients of the hospital; of records that were merged, the one that counts."""

    def __init__(self, cursor: Any, campaign: Campaign) -> None:
        self._cursor, self._hospital = cursor, campaign.hospital_id
        self._columns = patient_groups.columns("0", campaign.topic)

    def up(self, query: str, keys: set[str]) -> dict[str, list[Any]]:
        """The patients that have one of the keys."""
        found: defaultdict[str, list[Any]] = defaultdict(list)
        if keys := keys - {""}:
            given = {"hospital": self._hospital, "keys": [*keys]}
            self._cursor.execute(query.format(columns=self._columns), given)
            for row in self._cursor.fetchall():
                found[row[-1]].append(row)
        return found

    def by_phone(self, numbers: set[str], country: str) -> dict[str, list[Any]]:
        """The same of numbers: found by their ends, compared in full."""
        found: defaultdict[str, list[Any]] = defaultdict(list)
        alike = self.up(BY_PHONE, {number[-SAME_END:] for number in numbers})
        for row in (row for rows in alike.values() for row in rows):
            found[phones.number(row[-2], country).e164].append(row)
        return found


def _numbered(entry: Entry, by_number: Found, nearly: Mapping[str, Known]) -> Meant:
    number = entry["patient_id"]
    if number not in by_number and number in nearly:
        return Meant(fault=f"{Reason.LOST_ZEROS}: {nearly[number].number}")
    if number not in by_number:
        return Meant(fault=Reason.UNKNOWN_PATIENT)
    (patient,) = by_number[number]
    who = _known(patient)
    if whom.contradicts(*_said(entry), who):
        return Meant(fault=f"{Reason.CONTRADICTED}: {who}")
    return Meant(patient, wishes=patient[7:13])


def _shared(entry: Entry, by_email: Sequence[Any], by_phone: Sequence[Any]) -> Meant:
    """Of those who share the address and the number, who is meant."""
    rows = {row[1]: row for row in (*by_email, *by_phone)}
    if not rows:
        return Meant()
    name, born = _said(entry)
    verdict = whom.decide(name, born, [_known(row) for row in rows.values()])
    both = {row[1] for row in by_email} & {row[1] for row in by_phone}
    left = [each for each in verdict.several if each.id in both] or verdict.several
    if one := verdict.one or (left[0] if len(left) == 1 else None):
        return Meant(rows[one.id], wishes=rows[one.id][7:13])
    if left or not name or any(row[12] for row in rows.values()):
        several = left or [_known(row) for row in rows.values()]
        return Meant(fault=f"{Reason.UNCLEAR_PERSON}: {whom.listed(several)}")
    return Meant(wishes=_wishes_of_all(rows.values()))


def _wishes_of_all(rows: Any) -> tuple[Any, ...]:
    """Of a stranger whose address is that of patients: what none of them has said no to."""
    return (
        "",
        *(all(switches) for switches in zip(*(row[8:12] for row in rows), strict=True)),
        False,
    )


def _known(row: Any) -> Known:
    return Known(row[1], row[13], row[2], row[14], row[15])


def _said(entry: Entry) -> tuple[str, Any]:
    """Name and date of birth, as far as the row says them."""
    parts = (entry.get("first_name", ""), entry.get("last_name", ""))
    name = entry.get("name", "") or " ".join(filter(None, parts))
    return name, whom.birthday(entry.get("date_of_birth", ""))


# Of a record that was merged into another, the other counts.
FOUND = f"""
SELECT {{columns}}, patient.number, patient.last_name, patient.date_of_birth, named.phone, /* key */
FROM wards_patient AS named
JOIN wards_patient AS patient ON patient.id = coalesce(named.merged_into_id, named.id)
/* more */ {consent.JOIN}
WHERE named.hospital_id = %(hospital)s AND /* key */ = ANY(%(keys)s)
"""  # noqa: S608  (the names are ours)
BY_NUMBER = FOUND.replace("/* key */", "named.number")
BY_EMAIL = FOUND.replace("/* key */", "lower(named.email)")
# Nobody writes a number as the next one does: found by its end, compared in full by us.
BY_PHONE = FOUND.replace("/* key */", "numbers.ending").replace(
    "/* more */", "JOIN pg_temp.numbers ON numbers.id = named.id"
)
NUMBERS = sql.load("messaging/campaigns/sql/phone_endings.sql")
