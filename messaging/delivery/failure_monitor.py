"""Tells people when messages fail: too many of a hospital's, or all that go by one carrier.

Looked at every minute. Each episode is told once: from the moment it is told until it is over, a
column says so, and setting that column (compare-and-set) is what makes one of several workers tell.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django_scopes import scopes_disabled

from messaging.models import CarrierState, Message, MessageLog, MessagingPolicy
from messaging.statuses import HANDED_OVER, Status
from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, Hospital

WINDOW = timedelta(minutes=15)
ENOUGH = 20  # messages in the window; of fewer, one that fails says nothing
RESTS = 3  # in a row, each twice as long as the one before: about two minutes without an answer
FAILED = (Status.FAILED, Status.BOUNCED)


class Recent(NamedTuple):
    """How many of a hospital's messages something was heard of lately, and how many have failed."""

    total: int = 0
    failed: int = 0


def look() -> None:
    """Tells of what has begun to fail since the last look, and notes what is well again."""
    with scopes_disabled():
        recent = _recent()
        for hospital in Hospital.objects.select_related("messaging_policy"):
            _look_at_rate(hospital, recent.get(hospital.pk, Recent()))
        for state in CarrierState.objects.all():
            _look_at_carrier(state)


def _recent() -> dict[int, Recent]:
    heard = MessageLog.objects.filter(
        at__gte=clock.now() - WINDOW, status__in=(*HANDED_OVER, *FAILED)
    )
    counts = (
        Message.objects.filter(pk__in=heard.values("message"))
        .order_by()
        .values_list("hospital")
        .annotate(Count("pk"), failed=Count("pk", filter=Q(status__in=FAILED)))
    )
    return {hospital: Recent(total, failed) for hospital, total, failed in counts}


def _look_at_rate(hospital: Hospital, recent: Recent) -> None:
    policy = MessagingPolicy.of(hospital)
    too_many = recent.failed * 100 > recent.total * policy.failure_limit
    if recent.total < ENOUGH or not too_many:
        if policy.failing_since:
            MessagingPolicy.objects.filter(pk=policy.pk).update(failing_since=None)
        return
    made, _ = MessagingPolicy.objects.get_or_create(hospital=hospital)
    untold = MessagingPolicy.objects.filter(pk=made.pk, failing_since=None)
    with transaction.atomic():
        if untold.update(failing_since=clock.now()):
            minutes = int(WINDOW.total_seconds() // 60)
            _tell(Kind.MESSAGING_FAILURE_RATE, hospital, recent._asdict() | {"minutes": minutes})


def _look_at_carrier(state: CarrierState) -> None:
    mine = CarrierState.objects.filter(pk=state.pk)
    if state.rests < RESTS:
        mine.exclude(unreachable_since=None).update(unreachable_since=None)
        return
    with transaction.atomic():
        if mine.filter(unreachable_since=None).update(unreachable_since=clock.now()):
            # All share the carriers; each hospital has people of its own to tell.
            for hospital in Hospital.objects.all():
                _tell(Kind.PROVIDER_UNREACHABLE, hospital, {"subject": state.name})


def _tell(kind: Kind, hospital: Hospital, data: Mapping[str, object]) -> None:
    events.record(kind, hospital=hospital, source=Event.Source.SYSTEM, data={**data})
