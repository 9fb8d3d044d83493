"""Lets a day happen in the demo hospital, one event after another."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from config.demo import people
from wards.actions import admissions, appointments, results
from wards.base import clock
from wards.base.refused import Refused
from wards.models import Admission, Appointment, Bed, Hospital, Patient, Role, User

Status = Appointment.Status
Row = TypeVar("Row", bound=Model)
Step = Callable[[Hospital, random.Random], str | None]


def day(hospital: Hospital, chance: random.Random) -> Iterator[str]:
    """Yields one line per thing that happened, for ever; the caller sets the pace.

    Runs in the hospital's scope. What is not possible just now is passed over.
    """
    steps: list[Step] = [
        *(arrive, arrive, start, complete),
        *(book, confirm, confirm, put_off),
        *(admit, transfer, discharge),
        *(report, report),
    ]
    while True:
        try:
            line = chance.choice(steps)(hospital, chance)
        except Refused as refused:
            line = str(refused)
        if line:
            yield line


def arrive(hospital: Hospital, chance: random.Random) -> str | None:
    """The next patient comes to the front desk; when the day is over, a new visit is booked."""
    waiting = _today(Status.BOOKED, Status.CONFIRMED).first()
    if waiting is None:
        patient = _any(Patient.objects.all(), chance)
        provider = _any(User.objects.filter(hospital=hospital, role=Role.PROVIDER), chance)
        booked = appointments.book(
            hospital=hospital,
            patient=patient,
            provider=provider,
            starts_at=clock.now(),
            reason=chance.choice(people.VISITS),
            overbook=True,
        )
        return f"{booked} booked"
    appointments.arrive(appointment=waiting)
    return f"{waiting} arrived"


def book(hospital: Hospital, chance: random.Random) -> str | None:
    """Somebody will come in the days ahead."""
    today = clock.local(ZoneInfo(hospital.timezone))
    day = today + timedelta(days=chance.randint(1, 9))
    booked = appointments.book(
        hospital=hospital,
        patient=_any(Patient.objects.all(), chance),
        provider=_any(User.objects.filter(hospital=hospital, role=Role.PROVIDER), chance),
        starts_at=day.replace(hour=chance.randint(8, 16), minute=0, second=0, microsecond=0),
        reason=chance.choice(people.VISITS),
        overbook=True,
    )
    return f"{booked} booked"


def confirm(hospital: Hospital, chance: random.Random) -> str | None:
    """Somebody who is to come confirms it, and gets it in writing."""
    to_come = Appointment.objects.filter(status=Status.BOOKED, starts_at__gt=clock.now())
    if not to_come.exists():
        return None
    return f"{appointments.confirm(appointment=_any(to_come, chance))} confirmed"


def put_off(hospital: Hospital, chance: random.Random) -> str | None:
    """A visit of the days ahead gets another time, and everybody concerned hears of it."""
    ahead = Appointment.objects.filter(
        status__in=(Status.BOOKED, Status.CONFIRMED),
        starts_at__gt=clock.now() + timedelta(hours=24),
    )
    if not ahead.exists():
        return None
    visit = _any(ahead, chance)
    appointments.reschedule(
        appointment=visit,
        starts_at=visit.starts_at + timedelta(days=1),
        reason=chance.choice(people.CHANGES),
        overbook=True,
    )
    return f"{visit} moved to another day"


def start(hospital: Hospital, chance: random.Random) -> str | None:
    """A provider calls in the next patient."""
    waiting = _today(Status.ARRIVED).first()
    if waiting is None:
        return None
    return f"{appointments.start(appointment=waiting)} started"


def complete(hospital: Hospital, chance: random.Random) -> str | None:
    """A visit ends."""
    sitting = _today(Status.IN_PROGRESS).first()
    if sitting is None:
        return None
    return f"{appointments.complete(appointment=sitting)} completed"


def admit(hospital: Hospital, chance: random.Random) -> str | None:
    """Somebody who is not a patient just now gets a free bed."""
    free = Bed.objects.filter(status=Bed.Status.AVAILABLE).select_related("ward")
    well = Patient.objects.exclude(admissions__discharged_at=None, admissions__isnull=False)
    if not (free.exists() and well.exists()):
        return None
    bed = _any(free, chance)
    admissions.admit(
        hospital=hospital,
        patient=_any(well, chance),
        ward=bed.ward,
        bed=bed,
        reason=chance.choice(people.REASONS),
    )
    return f"admitted to {bed.ward}"


def transfer(hospital: Hospital, chance: random.Random) -> str | None:
    """Somebody moves to a free bed elsewhere."""
    stays = Admission.objects.filter(discharged_at=None)
    free = Bed.objects.filter(status=Bed.Status.AVAILABLE).select_related("ward")
    if not (stays.exists() and free.exists()):
        return None
    bed = _any(free, chance)
    admissions.transfer(admission=_any(stays, chance), ward=bed.ward, bed=bed)
    return f"transferred to {bed.ward}"


def discharge(hospital: Hospital, chance: random.Random) -> str | None:
    """Somebody goes home, as long as the wards do not empty."""
    stays = Admission.objects.filter(discharged_at=None).select_related("ward")
    if stays.count() < len(people.PATIENTS) // 2:
        return None
    stay = _any(stays, chance)
    admissions.discharge(admission=stay)
    return f"discharged from {stay.ward}"


def report(hospital: Hospital, chance: random.Random) -> str | None:
    """The laboratory reports creatinine; every sixth value or so is critical."""
    stays = Admission.objects.filter(discharged_at=None).select_related(
        "patient", "ward", "provider"
    )
    if not stays.exists():
        return None
    stay, value = _any(stays, chance), chance.randint(60, 340)
    results.report_result(
        hospital=hospital,
        patient=stay.patient,
        report=people.creatinine(str(value)),
        concerned=results.Concerned(provider=stay.provider, ward=stay.ward),
    )
    return f"result for {stay.ward}"


def _today(*statuses: str) -> QuerySet[Appointment]:
    recent = clock.now() - timedelta(hours=24)
    return Appointment.objects.filter(
        status__in=statuses, starts_at__gte=recent, starts_at__lt=recent + timedelta(hours=48)
    )


def _any(rows: QuerySet[Row], chance: random.Random) -> Row:
    return rows.order_by("pk")[chance.randrange(rows.count())]
