"""The JSON frames of the socket. Documented for other clients in docs/realtime.md."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder

from wards.base import clock

_json = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=DjangoJSONEncoder().default
).encode

_strict = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
# Types of frames that are ours, on the socket and between processes.
RESERVED = frozenset(
    {
        *("snapshot", "catchup", "alert", "changed", "topic", "pong", "beat", "restart", "error"),
        *("resume", "watch", "ping", "alerts", "changes", "touched", "credentials", "end_session"),
    }
)
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
OTHERS = 16_384  # characters that a frame of other code may have

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
# What an alert that is told anew silently changes: all but when it came and what was done about it.
REWORDED = FIELDS[2:8]


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
    # Of a result: the alert of one is told anew, not once more, where it has been told before.
    result_id: int | None = None
    rings: bool = True  # it comes back unread
    takes: bool = False  # whoever took it has taken something else


class Posted(NamedTuple):
    """Somebody's copy of an alert: its id, their new seq and unread count, which wording.

    `silent`: it was told before, and what it says now nobody has to hear.
    """

    user_id: int
    id: int
    seq: int
    unread: int
    wording: int
    silent: bool = False
    taken: dict[str, Any] | None = None  # what a row that is told anew keeps of who has taken it


class Changed(NamedTuple):
    """What a change did to one inbox: which notifications, and the new seq and unread count."""

    user_id: int
    seq: int
    unread: int
    ids: list[int]


def shared_json(alert: Alert) -> str:
    """All of an alert frame that is the same for everybody: rendered once for thousands."""
    fields = {name: getattr(alert, name, None) for name in FIELDS[2:]} | {"acknowledge_comment": ""}
    return _json(fields)[1:] + "}"


def alert(told: Posted, tail: str) -> str:
    """One person's alert frame; one of a change where there is nothing to hear."""
    if told.silent:
        said = {name: value for name, value in _fields(tail).items() if name in REWORDED}
        return changed(Changed(told.user_id, told.seq, told.unread, [told.id]), _json(said))
    if told.taken:
        tail = _json(_fields(tail) | told.taken)[1:] + "}"
    return (
        f'{{"type":"alert","seq":{told.seq},"unread":{told.unread},'
        f'"notification":{{"id":{told.id},"seq":{told.seq},{tail}'
    )


def _fields(tail: str) -> dict[str, object]:
    """The fields that `shared_json` has rendered."""
    fields: dict[str, object] = json.loads(f"{{{tail[:-1]}")
    return fields


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
    return {**state, "reader": reader, "now": clock.now()}


def beat() -> str:
    """The sign of life for those who asked for it."""
    return _json({"type": "beat", "now": clock.now()})


def error(code: int, message: str) -> str:
    """Why a close with the code follows."""
    return _json({"type": "error", "code": code, "message": message})


def restart(seconds: float) -> str:
    """The server ends, and so does the socket: the client is to come back in so many seconds."""
    return _json({"type": "restart", "in": round(seconds, 2)})


def of_others(message: dict[str, Any]) -> str:
    """The frame of what other code sent to a person's group. ValueError where it can be none."""
    kind = message.get("type")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise ValueError("its type is no name such as lunch.ready")
    if kind in RESERVED:
        raise ValueError(f"its type, {kind}, is one of ours")
    try:
        frame = _strict(message)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if len(frame) > OTHERS:
        raise ValueError(f"it is longer than {OTHERS} characters")
    return frame


def text(frame: dict[str, Any]) -> str:
    """Any other frame as text."""
    return _json(frame)
