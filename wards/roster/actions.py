"""Coming on duty and going off, and who is to come when.

Whoever plans for a ward holds its row meanwhile, so that of two who plan the same somebody one is
refused.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from wards import events
from wards.base import clock
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import DutyPeriod, Event, Hospital, Role, User, Ward

WEEK = timedelta(days=7)
Span = tuple[datetime, datetime | None]


@transaction.atomic
def go_on_duty(
    *,
    hospital: Hospital,
    user: User,
    ward: Ward,
    in_charge: bool = False,
    by: User | None = None,
) -> DutyPeriod:
    """Starts an open duty period now. Refused where one is open in this ward already."""
    try:
        with transaction.atomic():
            period = DutyPeriod.objects.create(
                hospital=hospital,
                user=user,
                ward=ward,
                starts_at=clock.now(),
                in_charge=in_charge,
            )
    except IntegrityError as conflict:
        raise Refused(
            _("%(user)s is already on duty in %(ward)s.") % {"user": user, "ward": ward}
        ) from conflict
    events.record(Kind.DUTY_STARTED, hospital=hospital, actor=by, ward=ward, provider=user)
    return period


@transaction.atomic
def go_off_duty(*, period: DutyPeriod, by: User | None = None) -> None:
    """Ends a duty period that runs now, also before its planned end. Refused where it has ended."""
    DutyPeriod.objects.select_for_update().filter(pk=period.pk).first()
    now = clock.now()  # not before the lock: of two at once, the second must see the first's end
    running = DutyPeriod.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lt=now)
    if not running.filter(pk=period.pk).update(ends_at=now):
        raise Refused(_("This duty has already ended."))
    events.record_all([_event(Kind.DUTY_ENDED, period, by)])


@transaction.atomic
def plan_duty(
    *,
    user: User,
    ward: Ward,
    starts_at: datetime,
    ends_at: datetime,
    in_charge: bool = False,
    by: User | None = None,
) -> DutyPeriod:
    """Plans a duty. Refused where the user has one in the ward at that time, or is no staff."""
    _lock(ward)
    if user.hospital_id != ward.hospital_id or user.role == Role.PATIENT or not user.is_active:
        raise Refused(_("%(user)s does not work here.") % {"user": user})
    period = DutyPeriod(
        hospital=ward.hospital,
        user=user,
        ward=ward,
        starts_at=starts_at,
        ends_at=ends_at,
        in_charge=in_charge,
    )
    _check(period)
    period.save()
    events.record_all([_event(Kind.DUTY_PLANNED, period, by)])
    return period


@transaction.atomic
def change_duty(
    *,
    period: DutyPeriod,
    starts_at: datetime,
    ends_at: datetime,
    in_charge: bool | None = None,
    by: User | None = None,
) -> DutyPeriod:
    """Moves a planned duty, gives a running one another end, or says who is in charge.

    Refused once it has ended.
    """
    _lock(period.ward)
    period, now = _current(period), clock.now()
    if period.starts_at <= now and starts_at != period.starts_at:
        raise Refused(_("This duty has begun: only its end can be changed."))
    period.starts_at, period.ends_at = starts_at, ends_at
    period.in_charge = period.in_charge if in_charge is None else in_charge
    _check(period)
    period.save(update_fields=["starts_at", "ends_at", "in_charge"])
    events.record_all([_event(Kind.DUTY_CHANGED, period, by)])
    return period


@transaction.atomic
def remove_duty(*, period: DutyPeriod, by: User | None = None) -> None:
    """Takes a planned duty out of the roster; one that runs ends now. Refused once it has ended."""
    _lock(period.ward)
    period = _current(period)
    if period.starts_at < clock.now():
        go_off_duty(period=period, by=by)
        return
    events.record_all([_event(Kind.DUTY_REMOVED, period, by)])
    period.delete()


@transaction.atomic
def copy_week(
    *, ward: Ward, from_monday: date, to_monday: date, by: User | None = None
) -> list[DutyPeriod]:
    """Plans in one week what begins in another, at the same hours of the hospital's clock.

    Left out are people who have left, duties without an end, what would be over by now, and what
    overlaps with a duty the person has already. As many queries however many duties there are.
    """
    if from_monday.weekday() or to_monday.weekday():
        raise Refused(_("A week begins on a Monday."))
    _lock(ward)
    zone, days = ZoneInfo(ward.hospital.timezone), to_monday - from_monday
    first, target = (datetime.combine(day, time.min, zone) for day in (from_monday, to_monday))
    there: defaultdict[int, list[Span]] = defaultdict(list)
    for user, begin, end in _of_week(ward, target).values_list("user", "starts_at", "ends_at"):
        there[user].append((begin, end))
    copies = []
    for period in _of_week(ward, first).filter(starts_at__gte=first, user__is_active=True):
        copy = _shifted(period, days, zone)
        if copy and not _clashes(copy, there[copy.user_id]):
            there[copy.user_id].append((copy.starts_at, copy.ends_at))
            copies.append(copy)
    DutyPeriod.objects.bulk_create(copies)
    if copies:
        events.record_all([_event(Kind.DUTY_PLANNED, copy, by) for copy in copies])
    return copies


def _lock(ward: Ward) -> None:
    """Not for update: rows that refer to the ward may still be written."""
    Ward.objects.select_for_update(no_key=True).get(pk=ward.pk)


def _current(period: DutyPeriod) -> DutyPeriod:
    """The period as it is now, locked; Refused where it is gone or over."""
    rows = DutyPeriod.objects.select_related("hospital", "ward", "user")
    found = rows.select_for_update(of=("self",)).filter(pk=period.pk).first()
    if found is None:
        raise Refused(_("This duty is no longer in the roster."))
    if found.ends_at is not None and found.ends_at <= clock.now():
        raise Refused(_("This duty has already ended."))
    return found


def _check(period: DutyPeriod) -> None:
    """Refused where the period makes no sense or overlaps with another of the same person."""
    assert period.ends_at is not None
    if period.ends_at <= period.starts_at:
        raise Refused(_("A duty ends after it begins."))
    if period.ends_at <= clock.now():
        raise Refused(_("A duty that is over cannot be planned."))
    others = DutyPeriod.objects.filter(user=period.user, ward=period.ward).exclude(pk=period.pk)
    near = others.filter(Q(ends_at=None) | Q(ends_at__gt=period.starts_at))
    if _clashes(period, near.values_list("starts_at", "ends_at")):
        raise Refused(
            _("%(user)s is already on duty in %(ward)s at that time.")
            % {"user": period.user, "ward": period.ward}
        )


def _clashes(period: DutyPeriod, others: Iterable[Span]) -> bool:
    """Whether the period overlaps with one of these; an open one lasts until now."""
    assert period.ends_at is not None
    return any(
        begin < period.ends_at and (end or max(begin, clock.now())) > period.starts_at
        for begin, end in others
    )


def _of_week(ward: Ward, monday: datetime) -> QuerySet[DutyPeriod]:
    """What is planned in the week that begins then, and what reaches into it."""
    during = Q(ends_at=None) | Q(ends_at__gt=monday)
    # A week on the clock on the wall, which may be an hour longer or shorter than others.
    week = DutyPeriod.objects.filter(during, ward=ward, starts_at__lt=monday + WEEK)
    return week.select_related("user").order_by("starts_at", "pk")


def _shifted(period: DutyPeriod, days: timedelta, zone: ZoneInfo) -> DutyPeriod | None:
    """The same duty some days later at the same hours; None where it would be over by now."""
    if period.ends_at is None:
        return None
    # Local time plus days is the same hour, whatever the clocks were set to in between.
    begin, end = (
        (at.astimezone(zone) + days).astimezone(UTC) for at in (period.starts_at, period.ends_at)
    )
    if end <= max(begin, clock.now()):
        return None
    return DutyPeriod(
        hospital_id=period.hospital_id,
        user=period.user,
        ward_id=period.ward_id,
        starts_at=begin,
        ends_at=end,
        in_charge=period.in_charge,
    )


def _event(kind: Kind, period: DutyPeriod, by: User | None) -> Event:
    return Event(
        kind=kind,
        source=Event.Source.WEB,
        hospital_id=period.hospital_id,
        actor=by,
        ward_id=period.ward_id,
        provider=period.user,
        data={
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "in_charge": period.in_charge,
        },
    )
