"""Whom a bulk send is to: patients of ours, as the database finds them.

Everything that decides about one of them comes with the row, so that a hundred thousand of them
take one query. Those of a list or file are in `lists.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from messaging.contacts import consent
from messaging.delivery.intents import TO_COME
from messaging.models import Campaign
from messaging.rendering import values
from wards.actions import deaths
from wards.base import sql
from wards.models import Hospital, Ward

Audience = Campaign.Audience
TOGETHER = 5_000  # rows read at a time: memory stays the same however many there are


class Person(NamedTuple):
    """Somebody of an audience, and what they want. `about` is what only this audience knows."""

    line: int
    patient: int | None
    first_name: str
    name: str
    email: str
    phone: str
    language: str
    preferred: str = ""
    sms: bool = True
    whatsapp: bool = True
    by_email: bool = True
    topic: bool = True  # wants to hear of such things at all
    died: bool = False
    about: tuple[Any, ...] = ()
    fault: str = ""  # why nothing can be done with it


Brings = Callable[[Person, str], Mapping[str, str]]

BY_AUDIENCE: dict[str, frozenset[str]] = {
    Audience.WARD: frozenset({"ward_name", "bed_number", "admission_date"}),
    Audience.APPOINTMENTS: frozenset({"date", "time", "provider_name"}),
}
ALWAYS = frozenset(
    {"patient_name", "first_name", "hospital_name", "hospital_phone", "provider_name", "link"}
)


def names(audience: str) -> frozenset[str]:
    """The placeholders that have values for patients of this audience."""
    return ALWAYS | BY_AUDIENCE.get(audience, frozenset())


def constants(hospital: Hospital, language: str) -> dict[str, str]:
    """What reads the same for everybody."""
    with translation.override(language):
        return {
            "hospital_name": str(hospital),
            "hospital_phone": hospital.phone or values.UNKNOWN,
            "provider_name": _("your care team"),
            "link": f"{settings.PUBLIC_URL}{reverse('home')}",
        }


def patients(campaign: Campaign) -> Iterator[list[Person]]:
    """The audience, some thousands at a time, while transactions come and go."""
    sql, given = _query(campaign)
    # WITH HOLD: what is done with each block is committed before the next one is read.
    connection.ensure_connection()
    with connection.connection.cursor(name="audience", withhold=True) as cursor:
        cursor.execute(sql, given)
        while rows := cursor.fetchmany(TOGETHER):
            if len(rows[0]) == 13:
                yield [Person(*row) for row in rows]
            else:
                yield [Person._make((*row[:13], row[13:], "")) for row in rows]


def brings(campaign: Campaign) -> Brings | None:
    """What gives the placeholders of this audience alone their values; None where it has none."""
    zone = ZoneInfo(campaign.hospital.timezone)

    @lru_cache(maxsize=5_000)
    def local(at: datetime, form: str, language: str) -> str:
        with translation.override(language):
            return formats.date_format(timezone.localtime(at, zone), _(form))

    def visit(person: Person, language: str) -> Mapping[str, str]:
        _id, starts_at, provider = person.about
        return {
            "date": local(starts_at, "D j M Y", language),
            "time": local(starts_at, values.TIME, language),
            "provider_name": provider,
        }

    def stay(person: Person, language: str) -> Mapping[str, str]:
        ward, ward_ar, bed, admitted_at = person.about
        return {
            "ward_name": (language == "ar" and ward_ar) or ward,
            "bed_number": bed or values.UNKNOWN,
            "admission_date": local(admitted_at, "D j M Y", language),
        }

    ways: dict[str, Brings] = {Audience.APPOINTMENTS: visit, Audience.WARD: stay}
    return ways.get(campaign.audience)


def day_of(campaign: Campaign) -> tuple[datetime, datetime]:
    """The day of the appointments, in the hospital's time zone, from midnight to midnight."""
    day, zone = date.fromisoformat(campaign.parameters["day"]), ZoneInfo(campaign.hospital.timezone)
    begin, end = (datetime.combine(d, time.min, zone) for d in (day, day + timedelta(days=1)))
    return begin, end


def find_ward(hospital: Hospital, parameters: Mapping[str, Any]) -> Ward | None:
    """The ward that is meant; None where the hospital has none such."""
    return Ward.objects.filter(hospital=hospital, pk=parameters.get("ward") or 0).first()


def columns(line: str, topic: str) -> str:
    """The columns of `Person`, but for the last two."""
    return f"""
        {line}, patient.id, patient.first_name,
        trim(patient.first_name || ' ' || patient.last_name), patient.email, patient.phone,
        patient.language, {consent.COLUMNS}, {consent.of_topic(topic)}, {deaths.HAS_DIED}"""


def _query(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    order = ORDERS.get(campaign.audience, "patient.id")
    chosen = columns(f"row_number() OVER (ORDER BY {order})", campaign.topic)
    given: dict[str, Any] = {"hospital": campaign.hospital_id}
    if campaign.audience == Audience.WARD:
        given["ward"] = campaign.parameters["ward"]
        return WARD.replace("/* columns */", chosen), given
    if campaign.audience == Audience.APPOINTMENTS:
        given["begin"], given["end"] = day_of(campaign)
        return APPOINTMENTS.replace("/* columns */", chosen), given | {"to_come": [*TO_COME]}
    everybody = EVERYBODY.replace("/* columns */", chosen)
    if campaign.audience == Audience.TAGS:
        given["tags"] = campaign.parameters["tags"]
        return f"{everybody} AND patient.tags && %(tags)s::varchar[]", given
    return everybody, given


ORDERS: dict[str, str] = {
    Audience.APPOINTMENTS: "visit.starts_at, visit.id",
    Audience.WARD: "bed.id, stay.id",
}
EVERYBODY = f"""
SELECT /* columns */ FROM wards_patient AS patient {consent.JOIN}
WHERE patient.hospital_id = %(hospital)s
"""  # noqa: S608
WARD = sql.load("messaging/campaigns/sql/patients_of_ward.sql", preferences=consent.JOIN)
APPOINTMENTS = sql.load(
    "messaging/campaigns/sql/patients_with_appointment.sql", preferences=consent.JOIN
)
