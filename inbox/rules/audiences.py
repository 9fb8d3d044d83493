"""Who is meant by a word in the rule table.

Each audience answers for many events at once, as (event id, user id), in one query at most: the
fan-out of a thousand events asks no more often than that of one. Users who left or belong to
another hospital are sorted out afterwards, for all audiences alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from inbox.models import Notification
from wards import events as trail
from wards.models import Discharge, DutyPeriod, Event, Role, User
from wards.roles import ROLES, Permission

Pairs = Iterator[tuple[int, int]]
Audience = Callable[[Sequence[Event]], Pairs]


def ward_staff(events: Sequence[Event]) -> Pairs:
    """Everybody on duty in the ward when it happened (both wards of a transfer)."""
    wards = {ward for event in events for ward in (event.ward_id, event.other_ward_id) if ward}
    on_duty = _duties(wards, [event.at for event in events]) if wards else {}
    for event in events:
        for ward in {event.ward_id, event.other_ward_id} & set(on_duty):
            for user, begin, end in on_duty[ward]:
                if _covers(begin, end, event.at):
                    yield event.pk, user


def copies(events: Sequence[Event]) -> Pairs:
    """Whom the laboratory sends copies of the result to (OBR-28)."""
    for event in events:
        for user in event.data.get("copies", ()):
            yield event.pk, user


def concerned(events: Sequence[Event]) -> Pairs:
    """Who ordered the test unless it is preliminary and says nothing yet."""
    return provider([event for event in events if event.data["interpretation"] != "preliminary"])


def holders(events: Sequence[Event]) -> Pairs:
    """Everybody here who has an alert of the same result, also those who have taken it."""
    return _told_before(events, ~Q(recipient__role=Role.PATIENT))


def told_patient(events: Sequence[Event]) -> Pairs:
    """The patient's own portal user, where they have been told of the result."""
    return _told_before(events, Q(recipient__role=Role.PATIENT))


def recipients_of_withdrawn(events: Sequence[Event]) -> Pairs:
    """Everybody here who has an alert of what an event takes back, wherever they are by now."""
    withdrawn_by = trail.withdrawn(events)
    if not withdrawn_by:
        return
    told = Notification.objects.filter(~Q(recipient__role=Role.PATIENT), event__in=withdrawn_by)
    for event_id, user in told.order_by().values_list("event", "recipient"):
        yield withdrawn_by[event_id], user


def new_to_patient(events: Sequence[Event]) -> Pairs:
    """The patient's own portal user, of the first final result of an order."""
    return patient([event for event in events if event.data.get("patient_hears")])


def charge_nurses(events: Sequence[Event]) -> Pairs:
    """Those in charge of any ward of the hospital when it happened."""
    if not events:
        return
    times = [event.at for event in events]
    on_duty = _during(times).filter(in_charge=True, hospital__in={e.hospital_id for e in events})
    rows = [*on_duty.values_list("hospital", "user", "starts_at", "ends_at")]
    for event in events:
        for hospital, user, begin, end in rows:
            if hospital == event.hospital_id and _covers(begin, end, event.at):
                yield event.pk, user


def caregivers(events: Sequence[Event]) -> Pairs:
    """The ward's staff, unless whoever did it to many at once chose not to tell them."""
    return ward_staff([event for event in events if not event.data.get("quiet")])


def provider(events: Sequence[Event]) -> Pairs:
    """The provider it concerns: of the appointment, or who ordered the test."""
    for event in events:
        if event.provider_id:
            yield event.pk, event.provider_id


def patient(events: Sequence[Event]) -> Pairs:
    """The patient's own portal user, where they have one, are alive and it is no rehearsal."""
    for event in events:
        about = event.patient
        if about and about.user_id and not about.deceased and not event.data.get("training"):
            yield event.pk, about.user_id


def leaver(events: Sequence[Event]) -> Pairs:
    """The patient's own portal user, where they have left the hospital and are alive."""
    return patient([event for event in events if leaves(event)])


def leaves(event: Event) -> bool:
    """Of a discharge: the patient leaves, and is alive; it is no matter of our books alone."""
    if event.patient and event.patient.deceased:
        return False
    return event.data.get("status") not in (Discharge.Status.DECEASED, Discharge.Status.SUPERSEDED)


def starter(events: Sequence[Event]) -> Pairs:
    """Whoever did it or set it off."""
    for event in events:
        if event.actor_id:
            yield event.pk, event.actor_id


def addressee(events: Sequence[Event]) -> Pairs:
    """The one person that code wants to be told."""
    for event in events:
        yield event.pk, event.data["user"]


def creator(events: Sequence[Event]) -> Pairs:
    """Whose bulk send it is."""
    for event in events:
        if user := event.data.get("creator"):
            yield event.pk, user


def approvers(events: Sequence[Event]) -> Pairs:
    """Those who may let a bulk send go: not who wrote or changed it, nor who wants it sent."""
    own = {
        event.pk: {event.data.get("creator"), event.data.get("changer"), event.actor_id}
        for event in events
    }
    roles = [role for role, may in ROLES.items() if Permission.APPROVE_MESSAGES in may]
    for event, user in _of_role(events, *roles):
        if user not in own[event]:
            yield event, user


def admins(events: Sequence[Event]) -> Pairs:
    """The administrators of the hospital."""
    return _of_role(events, Role.ADMIN)


def managers(events: Sequence[Event]) -> Pairs:
    """The managers of the hospital."""
    return _of_role(events, Role.HOSPITAL_MANAGER)


def front_desk(events: Sequence[Event]) -> Pairs:
    """Those who keep the books and write to patients."""
    return _of_role(events, Role.FRONT_DESK)


def _of_role(events: Sequence[Event], *roles: Role) -> Pairs:
    hospitals = {event.hospital_id for event in events}
    people = User.objects.filter(role__in=roles, hospital__in=hospitals).values_list(
        "hospital", "pk"
    )
    by_hospital = defaultdict(list)
    for hospital, user in people:
        by_hospital[hospital].append(user)
    for event in events:
        for user in by_hospital[event.hospital_id]:
            yield event.pk, user


Duty = tuple[int, datetime, datetime | None]


def _told_before(events: Sequence[Event], who: Q) -> Pairs:
    by_result = defaultdict(list)
    for event in events:
        by_result[event.data["result"]].append(event.pk)
    told = Notification.objects.filter(who, result__in=by_result)
    for result, user in told.order_by().values_list("result", "recipient"):
        for event_id in by_result[result]:
            yield event_id, user


def _duties(wards: set[int], times: list[datetime]) -> dict[int | None, list[Duty]]:
    """The duties in these wards that touch the span of these times, by ward."""
    periods = _during(times).filter(ward__in=wards)
    by_ward: dict[int | None, list[Duty]] = defaultdict(list)
    for ward, user, begin, end in periods.values_list("ward", "user", "starts_at", "ends_at"):
        by_ward[ward].append((user, begin, end))
    return by_ward


def _during(times: list[datetime]) -> QuerySet[DutyPeriod]:
    """The duties that touch the span of these times."""
    running = Q(ends_at=None) | Q(ends_at__gt=min(times))
    return DutyPeriod.objects.filter(running, starts_at__lte=max(times))


def _covers(begin: datetime, end: datetime | None, at: datetime) -> bool:
    return begin <= at and (end is None or end > at)
