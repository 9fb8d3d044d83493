"""The arrivals queue: a window of a day's appointments, as large a day as it may be."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property

from wards.base import clock
from wards.models import Appointment, User
from wards.selectors import FINISHED, STAGES, appointments_of, natural

ROWS = 40  # before now and from now on each, unless more are asked for
MOST_ROWS = 1_280
FINISHED_SHOWN = 20
KEPT = 20  # rows that somebody has just changed, at most

Visits = QuerySet[Appointment]


@dataclass(frozen=True)
class Wanted:
    """Which of a day's appointments somebody wants to see, and how many of them.

    Those in `kept` stay whatever the filters say: what was just changed is seen with its outcome.
    """

    search: str = ""
    stage: str = ""
    provider: User | None = None
    day: date | None = None
    by_provider: bool = False
    rows: int = ROWS
    kept: Collection[int] = ()

    @property
    def filtered(self) -> bool:
        return bool(self.search or self.stage or self.provider)


@dataclass
class Hidden:
    """How many the filters let through that are not among the rows shown."""

    earlier: int = 0
    later: int = 0
    finished: int = 0


@dataclass
class Queue:
    """The appointments of a day: the rows that are shown, in the order of time; `counts` is all.

    Those still to be dealt with come first, what is finished after them.
    """

    day: date
    now: datetime
    open: list[Appointment]
    finished: list[Appointment]
    counts: dict[str, int]
    providers: list[User]
    wanted: Wanted
    hidden: Hidden = field(default_factory=Hidden)

    @property
    def visits(self) -> list[Appointment]:
        """All that are shown."""
        return sorted([*self.open, *self.finished], key=_by_time)

    @property
    def filtered(self) -> bool:
        return self.wanted.filtered

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def is_today(self) -> bool:
        return self.day == timezone.localtime(self.now).date()

    @property
    def before(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def after(self) -> date:
        return self.day + timedelta(days=1)

    @property
    def more(self) -> int:
        """How many rows to ask for, to see more of them."""
        return min(self.wanted.rows * 2, MOST_ROWS)

    @property
    def groups(self) -> list[tuple[User, list[Appointment]]]:
        """Every provider's day, by name, in the order of time."""
        groups: defaultdict[User, list[Appointment]] = defaultdict(list)
        for visit in self.visits:
            groups[visit.provider].append(visit)
        return sorted(groups.items(), key=lambda group: natural(str(group[0])))

    @cached_property
    def next_up(self) -> int | None:
        """Id of the first open appointment that is not yet due: above it runs the "now" line."""
        if not self.is_today:
            return None
        return next((visit.pk for visit in self.open if visit.starts_at > self.now), None)


def queue(user: User, wanted: Wanted) -> Queue:
    """A day's (today's) appointments in the hospital's time zone: seven queries at most."""
    now = clock.now()
    day = wanted.day or timezone.localtime(now).date()
    begin = timezone.make_aware(datetime.combine(day, time.min))
    today = appointments_of(user).filter(
        starts_at__gte=begin, starts_at__lt=begin + timedelta(days=1)
    )
    by_status = dict(today.order_by().values_list("status").annotate(n=Count("pk")))
    shown = Queue(
        day=day,
        now=now,
        open=[],
        finished=[],
        counts={name: sum(by_status.get(s, 0) for s in states) for name, states in STAGES.items()},
        providers=_providers_in(today),
        wanted=wanted,
    )
    matching = _matching(today, wanted)
    if wanted.by_provider:
        _take_by_provider(shown, matching)
    else:
        _take_by_time(shown, matching)
    if wanted.kept:
        _keep(shown, today)
    return shown


def _matching(visits: Visits, wanted: Wanted) -> Visits:
    if wanted.stage:
        visits = visits.filter(status__in=STAGES[wanted.stage])
    if wanted.provider is not None:
        visits = visits.filter(provider=wanted.provider)
    for word in wanted.search.split():
        visits = visits.filter(
            Q(patient__first_name__icontains=word)
            | Q(patient__last_name__icontains=word)
            | Q(patient__number__icontains=word)
            | Q(number__icontains=word)
            | Q(reason__icontains=word)
        )
    return visits


def _take_by_time(queue: Queue, visits: Visits) -> None:
    """The last ones before now and the first from now on; of another day the first ones."""
    rows = queue.wanted.rows
    over, past = Q(status__in=FINISHED), Q(starts_at__lte=queue.now)
    split = past if queue.is_today else Q(pk=None)
    left = visits.order_by().aggregate(
        earlier=Count("pk", filter=~over & split),
        open=Count("pk", filter=~over),
        finished=Count("pk", filter=over),
    )
    earlier: list[Appointment] = []
    if left["earlier"]:
        earlier = list(visits.exclude(over).filter(past).order_by("-starts_at", "-pk")[:rows])
    later = visits.exclude(over).order_by("starts_at", "pk")
    if queue.is_today:
        later = later.exclude(past)
    queue.open = [*reversed(earlier), *later[: rows if queue.is_today else 2 * rows]]
    most = rows if queue.filtered or rows > ROWS else FINISHED_SHOWN
    queue.finished = list(visits.filter(over).order_by("-starts_at", "-pk")[:most])
    queue.hidden = Hidden(
        earlier=left["earlier"] - len(earlier),
        later=left["open"] - left["earlier"] - (len(queue.open) - len(earlier)),
        finished=left["finished"] - len(queue.finished),
    )


def _take_by_provider(queue: Queue, visits: Visits) -> None:
    """Whole days of the first providers by name, until there are enough rows."""
    most, number = 2 * queue.wanted.rows, 0
    counts = dict(visits.order_by().values_list("provider").annotate(n=Count("pk")))
    chosen: list[int] = []
    for person in sorted(queue.providers, key=lambda person: natural(str(person))):
        if number < most and person.pk in counts:
            chosen.append(person.pk)
            number += counts[person.pk]
    found = visits.filter(provider__in=chosen).order_by("starts_at", "pk")[: 2 * most]
    for visit in found:
        (queue.finished if visit.status in FINISHED else queue.open).append(visit)
    queue.hidden.later = sum(counts.values()) - len(queue.open) - len(queue.finished)


def _keep(queue: Queue, today: Visits) -> None:
    """Puts what was just changed where it was: among the open ones, by time."""
    kept = list(today.filter(pk__in=queue.wanted.kept))
    ids = {visit.pk for visit in kept}
    queue.finished = [visit for visit in queue.finished if visit.pk not in ids]
    others = [visit for visit in queue.open if visit.pk not in ids]
    queue.open = sorted([*others, *kept], key=_by_time)


def _by_time(visit: Appointment) -> tuple[datetime, int]:
    return visit.starts_at, visit.pk


def _providers_in(appointments: Visits) -> list[User]:
    people = User.objects.filter(pk__in=appointments.order_by().values("provider"))
    return list(people.order_by(F("last_name"), F("first_name")))
