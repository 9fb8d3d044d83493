"""Results in the fan-out: which of their events still say what is true.

An event waits in the outbox until it is told, and may be told late or twice. Only the newest one of
a result is: its alert takes the place of all before it. The rows of the results are locked
meanwhile, so that two events of one result are told one after the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from messaging import delivery
from messaging.reasons import Reason
from wards.models import Event, Result


class Present(NamedTuple):
    """The events that are to be told here, and those of which messages may go out."""

    told: list[Event]
    written: list[Event]


def result_of(event: Event) -> int | None:
    """The id of the result whose version the event is."""
    # Templates have versions, too; and results had none once.
    return event.data.get("result") if "version" in event.data else None


def present(events: list[Event]) -> Present:
    """One query where any event is of a result, none otherwise."""
    ids = {id_ for event in events if (id_ := result_of(event))}
    if not ids:
        return Present(events, events)
    rows = Result.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    now = {row.pk: row for row in rows.only("version", "status", "interpretation")}
    told, written = [], []
    for event in events:
        result = now.get(result_of(event) or 0)
        if result is None or result.version == event.data["version"]:
            told.append(event)
        if result is None or result.is_harmless:
            written.append(event)
    return Present(told, written)


def unsay(events: Sequence[Event]) -> None:
    """Takes back messages about results that are not what the messages say any more."""
    untrue = [id_ for event in events for id_ in event.data.get("unsays", ())]
    if untrue:
        delivery.cancel(untrue, reason=Reason.WITHDRAWN)
