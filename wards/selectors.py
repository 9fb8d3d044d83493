"""What the pages of the wards show, read in a constant number of queries."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Q, QuerySet

from wards.base import clock
from wards.models import Admission, Appointment, Bed, Discharge, DutyPeriod, Role, User, Ward
from wards.roles import Permission, allows, wards_of

Status = Appointment.Status
LEFT_SHOWN = 12


@dataclass(frozen=True)
class Place:
    """A bed and who is in it."""

    bed: Bed
    stay: Admission | None


@dataclass
class WardSummary:
    """The figures of one ward; `beds` counts by bed status."""

    ward: Ward
    beds: Counter[str] = field(default_factory=Counter)
    patients: int = 0
    without_bed: int = 0
    on_duty: int = 0

    @property
    def total(self) -> int:
        return self.beds.total()

    @property
    def occupied(self) -> int:
        return self.beds[Bed.Status.OCCUPIED]

    @property
    def available(self) -> int:
        return self.beds[Bed.Status.AVAILABLE]

    @property
    def percent(self) -> int:
        """Occupied beds in percent of all, 0 for a ward without beds."""
        return round(100 * self.occupied / self.total) if self.total else 0


def ward_summaries(user: User, search: str = "") -> list[WardSummary]:
    """The wards this user may see, with their figures; `search` in their names and codes."""
    wards = wards_of(user)
    if search:
        wards = wards.filter(
            Q(name__icontains=search) | Q(name_ar__icontains=search) | Q(code__icontains=search)
        )
    summaries = {ward.pk: WardSummary(ward) for ward in wards}
    beds = Bed.objects.filter(ward__in=summaries).order_by()
    for ward, status, number in beds.values_list("ward", "status").annotate(n=Count("pk")):
        summaries[ward].beds[status] = number
    stays = Admission.objects.filter(ward__in=summaries, discharged_at=None).order_by()
    waiting = Count("pk", filter=Q(bed=None))
    for ward, patients, bedless in stays.values_list("ward").annotate(n=Count("pk"), w=waiting):
        summaries[ward].patients, summaries[ward].without_bed = patients, bedless
    duty = on_duty_now().filter(ward__in=summaries).order_by()
    for ward, people in duty.values_list("ward").annotate(n=Count("user", distinct=True)):
        summaries[ward].on_duty = people
    return sorted(summaries.values(), key=lambda summary: natural(str(summary.ward)))


def on_duty_now(ward: Ward | None = None) -> QuerySet[DutyPeriod]:
    """The duty periods that run at this moment, in a ward or in the hospital of the scope."""
    now = clock.now()
    running = DutyPeriod.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
    return running if ward is None else running.filter(ward=ward)


def duty_wards(user: User) -> list[Ward]:
    """The wards this user is on duty in now."""
    return [period.ward for period in on_duty_now().filter(user=user).select_related("ward")]


@dataclass
class Board:
    """A ward's board; the lists hold what the filters let through, the counts hold everything."""

    ward: Ward
    places: list[Place]
    waiting: list[Admission]
    left: list[Admission]
    on_duty: list[User]
    counts: Counter[str]
    filtered: bool

    @property
    def total(self) -> int:
        return self.counts.total() - self.counts["waiting"]

    @property
    def patients(self) -> list[int]:
        """Ids of the patients shown, for what other floors know about them."""
        stays = [*(place.stay for place in self.places), *self.waiting]
        return [stay.patient_id for stay in stays if stay is not None]


def board(ward: Ward, *, search: str = "", state: str = "") -> Board:
    """Beds, stays and staff of a ward: four queries, however many beds.

    `state` is a bed status, or "waiting" for patients without a bed.
    """
    stays = list(
        Admission.objects.filter(ward=ward, discharged_at=None)
        .select_related("patient", "provider")
        .order_by("admitted_at")
    )
    by_bed = {stay.bed_id: stay for stay in stays if stay.bed_id}
    beds = sorted(Bed.objects.filter(ward=ward), key=lambda bed: natural(bed.number))
    waiting = [stay for stay in stays if stay.bed_id is None]
    words = search.casefold().split()
    return Board(
        ward=ward,
        places=[
            place
            for place in (Place(bed, by_bed.get(bed.pk)) for bed in beds)
            if state in ("", place.bed.status) and _mentions(words, place.bed.number, place.stay)
        ],
        waiting=[s for s in waiting if state in ("", "waiting") and _mentions(words, "", s)],
        left=[] if search or state else _left_lately(ward),
        on_duty=_staff_of(ward),
        counts=Counter(bed.status for bed in beds) + Counter(waiting=len(waiting)),
        filtered=bool(search or state),
    )


def _left_lately(ward: Ward) -> list[Admission]:
    """Whose stay in the ward ended within a day, the latest first."""
    ended = Admission.objects.filter(
        ward=ward, discharged_at__gte=clock.now() - timedelta(days=1)
    ).exclude(discharge__status__in=(Discharge.Status.SUPERSEDED, Discharge.Status.CANCELLED))
    return list(
        ended.select_related("patient", "bed", "discharge").order_by("-discharged_at")[:LEFT_SHOWN]
    )


def _staff_of(ward: Ward) -> list[User]:
    """Who is on duty in the ward now: nurses first, then by name."""
    periods = on_duty_now(ward).select_related("user")
    order = [Role.NURSE, Role.PROVIDER]
    return sorted(
        {period.user for period in periods},
        key=lambda user: (order.index(Role(user.role)) if user.role in order else 9, str(user)),
    )


def _mentions(words: Iterable[str], number: str, stay: Admission | None) -> bool:
    """Whether every word occurs in the bed's number or in what we show of the stay."""
    text = number
    if stay is not None:
        patient = stay.patient
        text = f"{number} {patient} {patient.number} {stay.reason} {stay.chief_complaint}"
    text = text.casefold()
    return all(word in text for word in words)


def natural(text: str) -> list[tuple[int, int | str]]:
    """A sorting key that puts "Bed 9" before "Bed 10"."""
    parts = re.findall(r"\d+|\D+", text.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]


# --- arrivals ---------------------------------------------------------------------------------

# The filters of the queue: name -> the states it shows.
STAGES: dict[str, tuple[str, ...]] = {
    "expected": (Status.BOOKED, Status.CONFIRMED),
    "here": (Status.ARRIVED,),
    "in_progress": (Status.IN_PROGRESS,),
    "done": (Status.COMPLETED,),
    "missed": (Status.CANCELLED, Status.NO_SHOW),
}
FINISHED = {*STAGES["done"], *STAGES["missed"]}


def appointments_of(user: User) -> QuerySet[Appointment]:
    """The appointments this user may see: all of the hospital, their own, or none."""
    appointments = Appointment.objects.select_related("patient", "provider")
    if allows(user, Permission.VIEW_ALL_APPOINTMENTS):
        return appointments
    if allows(user, Permission.VIEW_QUEUE):
        return appointments.filter(provider=user)
    return appointments.none()
