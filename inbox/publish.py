"""Wakes the hubs of all web processes: one publication an event, however many read it.

Everything published is committed already. A publication that is lost only delays: the hubs
compare themselves with the database (inbox/hub.py).
"""

import logging
from collections.abc import Iterable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import HttpRequest

from inbox import frames
from inbox.frames import Alert, Changed, Told
from wards.models import Event

logger = logging.getLogger(__name__)

GROUP = "hubs"


def alerts(events: Iterable[Event], wordings: Iterable[Alert], told: list[Told]) -> None:
    """New alerts to everybody who was told, and a word to every page that shows their subjects."""
    _publish(
        {
            "type": "alerts",
            "tails": [frames.alert_tail(wording) for wording in wordings],
            "told": told,
            "topics": sorted({topic for event in events for topic in topics(event)}),
        }
    )


def changes(changed: list[Changed], new: dict[str, object], topics: Iterable[str] = ()) -> None:
    """The same new values on notifications of one or more people."""
    if changed:
        _publish(
            {
                "type": "changes",
                "tail": frames.values(new),
                "changed": changed,
                "topics": list(topics),
            }
        )


def on_touched(hospital_id: int, topics: Iterable[str], **kwargs: object) -> None:
    """A word to every page that watches one of these topics."""
    _publish({"type": "touched", "topics": [inner_topic(hospital_id, name) for name in topics]})


def on_logged_out(request: HttpRequest, **kwargs: object) -> None:
    """Closes the sockets of a session that is being signed out."""
    if key := request.session.session_key:
        _publish({"type": "end_session", "session": key})


def inner_topic(hospital_id: int, name: str) -> str:
    """The inner name of a topic: what a client may watch is always in its own hospital."""
    return f"{hospital_id}:{name}"


def topics(event: Event) -> list[str]:
    """The topics of the pages that an event changes."""
    names = [f"ward.{ward}" for ward in (event.ward_id, event.other_ward_id) if ward]
    if event.appointment_id:
        names.append("arrivals")
    return [inner_topic(event.hospital_id, name) for name in names]


def _publish(message: dict[str, object]) -> None:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS is not configured"
    try:
        async_to_sync(layer.group_send)(GROUP, message)
    except Exception as fault:  # Redis away: the rows are committed, the hubs will find them
        logger.warning("publication lost", extra={"fault": type(fault).__name__})
