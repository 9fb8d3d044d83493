"""Whose numbers are whose: what a feed's assigning authorities stand for here. Pure.

After `resolved`, "" is the hospital's own authority; the numbers of visits and appointments, which
our rows keep in one column, carry the name of any other.
"""

from dataclasses import fields, replace
from typing import Any, TypeVar

from wards.feeds.statements import Id, Said, Scheduled, Visit
from wards.models import Feed

Thing = TypeVar("Thing", bound=Said)
VISIT = 80  # characters, as the shortest column of a visit's number
LEFT = (str, list)  # what has no numbers in it


def authority(name: str, feed: Feed) -> str:
    """The authority of a number that `name` (CX.4) is said of; "" stands for our own."""
    if name.upper() in ("", feed.facility.upper()):
        name = feed.authority
    ours = {own.upper() for own in feed.own_authorities}
    return "" if name.upper() in ours else name.upper()


def resolved(said: Thing, feed: Feed) -> Thing:
    """The same, with our names for all authorities."""
    thing: Thing = _resolve_fields(said, feed)
    if isinstance(thing, Scheduled):
        return replace(thing, ids=tuple(Id(str(each)) for each in thing.ids))
    return thing


def _resolve(value: Any, feed: Feed) -> Any:
    match value:
        case Id():
            return replace(value, authority=authority(value.authority, feed))
        case Visit(number=number) if number:
            key = str(Id(number, authority(value.authority, feed)))[:VISIT]
            return replace(_resolve_fields(value, feed), number=key, authority="")
        case tuple():
            return tuple(_resolve(each, feed) for each in value)
        case _ if hasattr(value, "__dataclass_fields__"):
            return _resolve_fields(value, feed)
        case _:
            return value


def _resolve_fields(thing: Any, feed: Feed) -> Any:
    values = {field.name: getattr(thing, field.name) for field in fields(thing)}
    changed = {
        name: new
        for name, value in values.items()
        if not isinstance(value, LEFT) and (new := _resolve(value, feed)) is not value
    }
    return replace(thing, **changed) if changed else thing
