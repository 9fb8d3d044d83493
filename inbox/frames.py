"""The JSON frames of the socket. Documented for other clients in docs/realtime.md."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

_json = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=DjangoJSONEncoder().default
).encode

# The fields of a notification that a client sees.
FIELDS = (
    "id",
    "seq",
    "kind",
    "category",
    "level",
    "title",
    "message",
    "link",
    "created_at",
    "read_at",
    "acknowledged_at",
    "acknowledged_by",
    "acknowledge_comment",
    "archived_at",
    "snoozed_until",
)


@dataclass(frozen=True)
class Alert:
    """An alert of one event in one language, as yet without a recipient."""

    hospital_id: int
    event_id: int
    kind: str
    category: str
    level: str
    title: str
    message: str
    link: str
    created_at: datetime


class Told(NamedTuple):
    """Somebody's copy of an alert: its id, their new seq and unread count, which wording."""

    user_id: int
    id: int
    seq: int
    unread: int
    wording: int


class Changed(NamedTuple):
    """What a change did to one inbox: which notifications, and the new seq and unread count."""

    user_id: int
    seq: int
    unread: int
    ids: list[int]


def alert_tail(alert: Alert) -> str:
    """All of an alert frame that is the same for everybody: rendered once for thousands."""
    fields = {name: getattr(alert, name, None) for name in FIELDS[2:]} | {"acknowledge_comment": ""}
    return _json(fields)[1:] + "}"


def alert(told: Told, tail: str) -> str:
    """One person's alert frame."""
    return (
        f'{{"type":"alert","seq":{told.seq},"unread":{told.unread},'
        f'"notification":{{"id":{told.id},"seq":{told.seq},{tail}'
    )


def changed(change: Changed, tail: str) -> str:
    """One person's frame of a change; `tail` is the JSON of the new values."""
    return (
        f'{{"type":"changed","seq":{change.seq},"unread":{change.unread},'
        f'"ids":{_json(change.ids)},"set":{tail}}}'
    )


def values(new: dict[str, object]) -> str:
    """The JSON of the values a change sets."""
    return _json(new)


def state(
    kind: str, epoch: str, seq: int, unread: int, notifications: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """A "snapshot" or "catchup" frame, as a dict; `addressed` completes it."""
    return {
        "type": kind,
        "epoch": epoch,
        "seq": seq,
        "unread": unread,
        "notifications": list(notifications),
    }


def addressed(state: dict[str, Any], reader: str) -> dict[str, Any]:
    """A state frame that says whose it is, and when it was written."""
    return {**state, "reader": reader, "now": timezone.now()}


def beat() -> str:
    """The sign of life for those who asked for it."""
    return _json({"type": "beat", "now": timezone.now()})


def text(frame: dict[str, Any]) -> str:
    """Any other frame as text."""
    return _json(frame)
