"""Carriers' health and rates: rows that all senders share."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from messaging.carriers.base import Carrier
from messaging.models import CarrierState

REST_AFTER = 5  # failures in a row
FIRST_REST, LONGEST_REST = 15.0, 300.0  # seconds; each rest is twice as long as the one before
LONGEST_PAUSE = 3600.0  # seconds that a carrier may ask all hospitals to leave it alone


def states(carriers: Sequence[Carrier]) -> list[CarrierState]:
    """The state of each, in their order; one that was never used is as good as new."""
    known = CarrierState.objects.in_bulk([carrier.name for carrier in carriers])
    return [known.get(p.name) or CarrierState(name=p.name) for p in carriers]


def take(carrier: Carrier, wanted: int) -> int:
    """How many of `wanted` messages the carrier's rate allows now; they count as sent.

    The bucket holds what may be sent in a second. Whoever takes from it keeps others from it until
    the end of the transaction, so take late.
    """
    mine = CarrierState.objects.filter(name=carrier.name)
    # By the database's clock: those of the machines may differ by more than the bucket holds.
    bucket = mine.select_for_update().values_list("allowance", "counted_at", Now())
    row = bucket.first()
    if row is None:
        full = CarrierState(name=carrier.name, allowance=carrier.rate)
        CarrierState.objects.bulk_create([full], ignore_conflicts=True)
        row = bucket.get()
    allowance, counted_at, now = row
    passed = max(0.0, (now - counted_at).total_seconds())
    level = min(max(carrier.rate, 1.0), allowance + carrier.rate * passed)
    number = min(wanted, int(level))
    mine.update(allowance=level - number, counted_at=now)
    return number


def note_answer(carrier: Carrier) -> None:
    """It works: an end to whatever was noted against it."""
    CarrierState.objects.filter(~Q(failures=0) | ~Q(rests=0), name=carrier.name).update(
        failures=0, rests=0, rests_until=None
    )


def note_failures(carrier: Carrier, number: int, pause: float = 0.0) -> None:
    """It has failed so many times in a row. It rests when that is too often, longer each time.

    One that says itself how many seconds to leave it alone (`pause`) rests so long at once.
    """
    CarrierState.objects.get_or_create(name=carrier.name)
    mine = CarrierState.objects.filter(name=carrier.name)
    mine.update(failures=F("failures") + number)
    awake = mine.filter(Q(rests_until=None) | Q(rests_until__lte=Now()))
    state = awake.filter(failures__gte=1 if pause else REST_AFTER).first()
    if state is not None:
        often = state.failures >= REST_AFTER
        rest = min(FIRST_REST * 2 ** min(state.rests, 10), LONGEST_REST) if often else 0
        awake.update(
            rests=F("rests") + 1,
            rests_until=Now() + timedelta(seconds=max(rest, min(pause, LONGEST_PAUSE))),
        )
