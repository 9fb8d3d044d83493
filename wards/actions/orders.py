"""Orders: what is known of one when a report of it comes, and how its result is kept.

Hand-written statements: every report of a laboratory pays for them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from wards.base import sql, statements
from wards.models import Admission, Bed, Event, Hl7Message, Patient, Result
from wards.results.states import Report


class Known(NamedTuple):
    """The result that a report is of, the stay that the patient is in, with its bed, and whether
    patients were told of the order."""

    result: Result | None
    stay: Admission | None
    is_told: bool


def find(patient: Patient, report: Report) -> Known:
    """One query. The patient's row has been locked before it, or it could miss what is new."""
    with connection.cursor() as cursor:
        cursor.execute(
            FIND,
            {
                "patient": patient.pk,
                "codes": report.keys,
                "filler": report.filler,
                "placer": report.placer,
                "observed_at": report.observed_at,
            },
        )
        found = cursor.fetchall()
    end = 2 + statements.width(Admission)
    results = [(row[0], statements.row(Result, row[end:])) for row in found if row[end] is not None]
    is_told, result = _choose(report, results) or (bool(found[0][0]), None)
    _, bed, *stay = found[0][:end]
    return Known(result, _stay(stay, bed), is_told)


def _choose(report: Report, results: Sequence[tuple[bool, Result]]) -> tuple[bool, Result] | None:
    """By the filler's number, else by the placer's; without either the same time.

    Several that a placer's number may mean are none: a report too many is better than one under
    another.
    """
    for told, result in results:
        if report.filler and result.filler == report.filler:
            return told, result
    several = report.placer and len(results) > 1
    return results[0] if results and not several else None


def _stay(values: Sequence[object], bed: str | None) -> Admission | None:
    if values[0] is None:
        return None
    stay = statements.row(Admission, values)
    if stay.bed_id is not None:
        stay.bed = Bed(pk=stay.bed_id, hospital_id=stay.hospital_id, number=bed or "")
    return stay


def keep_version(result: Result, event: Event, message: Hl7Message | None) -> None:
    """Adds the version that the result's row is in, of which the event tells.

    And which event the patient is told of, where that is in `result.letter`.
    """
    statement = LETTER_AND_VERSION if result.letter_id == event.pk else VERSION
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "result": result.pk,
                "event": event.pk,
                "message": message.pk if message else None,
                "at": event.at,
            },
        )


FIND = sql.load(
    "wards/actions/sql/find_result.sql",
    stay=statements.columns(Admission, "stay"),
    result=statements.columns(Result, "result"),
)
VERSIONED = """
INSERT INTO wards_resultversion
    (result_id, number, at, event_id, message_id, status, interpretation, observations)
SELECT id, version, %(at)s::timestamptz, %(event)s::bigint, %(message)s::bigint,
    status, interpretation, observations
"""
VERSION = f"{VERSIONED} FROM wards_result WHERE id = %(result)s"
LETTER_AND_VERSION = f"""
WITH told AS (
    UPDATE wards_result SET letter_id = %(event)s::bigint WHERE id = %(result)s RETURNING *
) {VERSIONED} FROM told
"""  # noqa: S608
