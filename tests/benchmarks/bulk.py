"""Bulk operations: patients in, stays ended, a history out."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import factories
from tests.benchmarks import stage
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size
from wards.models import Admission, Hospital, Patient, Role
from wards.operations import actions, imports

FEW, PATIENTS = size(10_000, 20), size(100_000, 100)
DISCHARGES, HISTORY = size(2_000, 50), size(1_000_000, 500)
TEXT = f"""{PATIENTS:,} patients from a CSV, from the upload to the end of the operation: read
twice, parsed, compared with the hospital and among each other, inserted with a portal user each.
The floor is a bare `COPY` (by psycopg's `write_row`) of the rows, parsed beforehand, into the same
two tables with the same indexes. {HISTORY:,} stays out of the report of admissions and discharges;
the floor is `COPY TO` with the same query but without the guard against formulas. {DISCHARGES:,}
discharges with their events and alerts: round trips to the database, `BEGIN` and `COMMIT` included.
Peak memory is the process's, against one that does {FEW:,} rows."""
_files = count(1)


def do(verb: str, hospital: Hospital, path: Path) -> tuple[float, int]:
    """Seconds and peak memory in bytes, in a fresh process."""
    with stage.Helper("bulk_worker", environment={}) as worker:
        worker.ask(f"{verb} {hospital.pk} {path}")
        seconds, peak = worker.answer().split()
        return float(seconds), int(peak)


def patients(directory: Path, rows: int) -> Path:
    """A file of patients whom nobody knows yet."""
    number = next(_files)
    path = directory / f"patients-{number}.csv"
    lines = (
        f"F{number}-{n},Layla,Haddad {n},p{n}.{number}@example.com,+966 55 {n:07},1980-05-15,F\n"
        for n in range(rows)
    )
    path.write_text(f"{','.join(imports.LAYOUT.columns)}\n{''.join(lines)}")
    return path


def discharge(hospital: Hospital) -> tuple[float, float]:
    """Seconds, and round trips per 100 patients."""
    ward = factories.create_ward(hospital)
    factories.create_duty(factories.create_user(hospital), ward)
    manager = factories.create_user(hospital, Role.HOSPITAL_MANAGER)
    with scopes_disabled():
        people = list(Patient.objects.filter(hospital=hospital)[:DISCHARGES])
        stays = Admission.objects.bulk_create(
            Admission(hospital=hospital, ward=ward, patient=patient) for patient in people
        )
        operation = actions.start_discharge(
            hospital=hospital, by=manager, admission_ids=[stay.pk for stay in stays]
        )
        start = perf_counter()
        with CaptureQueriesContext(connection) as queries:
            actions.run_now(operation)
        seconds = perf_counter() - start
    assert operation.successful_records == DISCHARGES
    return seconds, len(queries) / (DISCHARGES / 100)


def create_history(hospital: Hospital, stays: int) -> None:
    """Stays that have ended."""
    ward = factories.create_ward(hospital)
    with connection.cursor() as cursor:
        cursor.execute(STAYS, {"hospital": hospital.pk, "ward": ward.pk, "stays": stays})
        cursor.execute("ANALYZE wards_admission, wards_discharge, wards_patient")


STAYS = """
WITH person AS (
    SELECT array_agg(id) AS ids FROM (
        SELECT id FROM wards_patient WHERE hospital_id = %(hospital)s LIMIT 10000
    ) AS chosen
), stay AS (
    INSERT INTO wards_admission (hospital_id, patient_id, ward_id, reason, chief_complaint,
                                 visit_number, admitted_at, discharged_at, changed_at)
    SELECT %(hospital)s, ids[1 + n %% array_length(ids, 1)], %(ward)s, 'Pain', '=1+1', '',
           now() - interval '9 days', now(), now()
    FROM person, generate_series(1, %(stays)s) AS n
    RETURNING id
)
INSERT INTO wards_discharge (hospital_id, admission_id, status, notes, at)
SELECT %(hospital)s, id, 'home', '', now() FROM stay
"""


def contest(
    runs: int, verbs: tuple[str, str], hospital: Hospital, path: Callable[[], Path]
) -> tuple[dict[str, list[float]], int]:
    """How long each took in each run, by turns; the largest memory of the first."""
    times: dict[str, list[float]] = {verb: [] for verb in verbs}
    peaks = []
    for _ in range(runs):
        for verb in verbs:
            seconds, peak = do(verb, hospital, path())
            times[verb].append(seconds)
            peaks.append(peak if verb == verbs[0] else 0)
    return times, max(peaks)


def measure(runs: int, sockets: int, directory: Path) -> Section:
    few, many = (factories.create_hospital(name) for name in ("Small", "Large"))
    for hospital in (few, many):
        factories.create_user(hospital, Role.HOSPITAL_MANAGER)
    _, small_import = do("import", few, patients(directory, FEW))
    into, large_import = contest(
        runs, ("import", "copy"), many, lambda: patients(directory, PATIENTS)
    )
    ends, trips = discharge(many)
    create_history(few, FEW)
    create_history(many, HISTORY)
    target = directory / "out.csv"
    _, small_export = do("export", few, target)
    out, large_export = contest(runs, ("export", "copy_to"), many, lambda: target)
    rates = {name: median(times) for name, times in (into | out).items()}
    of_copy, of_copy_to = rates["copy"] / rates["import"], rates["copy_to"] / rates["export"]
    in_, out_ = large_import / small_import, large_export / small_export
    return Section(
        "Bulk operations",
        TEXT,
        ["", "s", "rows/s", "of the floor", "peak memory"],
        [
            line("import of patients", into["import"], PATIENTS, of_copy, large_import),
            line("bare COPY", into["copy"], PATIENTS),
            line("report", out["export"], HISTORY, of_copy_to, large_export),
            line("COPY TO", out["copy_to"], HISTORY),
            line("discharges", [ends], DISCHARGES),
        ],
        [
            Target("an import ≥ 0.45 of a bare COPY's rows/s", of_copy, at_least=0.45),
            Target(f"its peak memory ≤ 1.3 times that of {FEW:,} patients", in_, 1.3),
            Target("≤ 20 round trips per 100 discharges", trips, 20),
            Target("a report ≥ 0.6 of COPY TO's rows/s", of_copy_to, at_least=0.6),
            Target(f"its peak memory ≤ 1.3 times that of {FEW:,} stays", out_, 1.3),
        ],
    )


def line(
    name: str, times: list[float], rows: int, ratio: float = 1.0, peak: int | None = None
) -> list[str]:
    memory = f"{peak / 1024**2:.0f} MB" if peak else ""
    return [name, spread(times, 1, 1), f"{rows / median(times):,.0f}", f"{ratio:.2f}", memory]
