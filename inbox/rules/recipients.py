"""Who is told of an event, in whose words; and who instead, where nobody would hear.

What somebody must hear of is told further up where nobody who is meant is there: see FALLBACKS in
table.py. Whom that reached, and that it reached nobody, are events of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import structlog

from inbox.rules.audiences import ward_staff
from inbox.rules.table import FALLBACKS, Rule, rules_for
from wards import events as trail
from wards.kinds import Kind
from wards.models import Event, User

log = structlog.get_logger(__name__)

Pair = tuple[int, int]  # event, user


class Reader(NamedTuple):
    """Somebody is told of an event by a rule, in their language."""

    event: Event
    user_id: int
    rule: Rule
    language: str
    can_sign_in: bool = True


def readers(events: list[Event]) -> list[Reader]:
    """Who is told of each event, by the first rule of the table that includes them."""
    chosen: dict[Pair, Rule] = {}
    for kind in sorted({event.kind for event in events}):
        alike = [event for event in events if event.kind == kind]
        for rule in rules_for(kind):
            for audience in rule.to:
                for pair in audience(alike):
                    chosen.setdefault(pair, rule)
    found = _able(events, chosen)
    must = {event: rule for event in events for rule in rules_for(event.kind) if rule.must}
    if must:
        found |= _instead(must, found)
    return [found[pair] for pair in sorted(found)]


def _able(events: Iterable[Event], chosen: Mapping[Pair, Rule]) -> dict[Pair, Reader]:
    """Those who work in that hospital.

    A feed makes rows of clinicians whom nobody has given a password: alerts wait for them, but
    nobody has heard of them.
    """
    people = User.objects.filter(pk__in={user for _, user in chosen}, is_active=True)
    able = {user.pk: user for user in people.only("hospital", "language", "password")}
    by_id = {event.pk: event for event in events}
    return {
        (event, user): Reader(
            by_id[event], user, rule, able[user].language, _can_sign_in(able[user])
        )
        for (event, user), rule in chosen.items()
        if user in able and able[user].hospital_id == by_id[event].hospital_id
    }


def _can_sign_in(user: User) -> bool:
    return bool(user.password) and user.has_usable_password()


def _instead(must: Mapping[Event, Rule], found: Mapping[Pair, Reader]) -> dict[Pair, Reader]:
    """Who hears in place of those who are not there; says so in the trail."""
    heard = {event for (event, _), reader in found.items() if reader.can_sign_in}
    present = {pair for pair, reader in found.items() if reader.can_sign_in}
    staffed = {event for event, user in ward_staff([*must]) if (event, user) in present}
    alone = [
        event
        for event in must
        if event.pk not in heard
        or (event.pk not in staffed and (event.ward_id or event.other_ward_id))
    ]
    extra: dict[Pair, Reader] = {}
    for audience, why in FALLBACKS:
        if not alone:
            break
        pairs = audience(alone)
        rules = {event.pk: replace(must[event], why=why) for event in alone}
        extra |= _able(alone, {(event, user): rules[event] for event, user in pairs})
        reached = {event for (event, _), reader in extra.items() if reader.can_sign_in}
        alone = [event for event in alone if event.pk not in reached]
    _record(extra, [event for event in alone if event.pk not in heard])
    return extra


def _record(extra: Mapping[Pair, Reader], unheard: list[Event]) -> None:
    """Whom it was told instead, and what nobody was told of."""
    instead: dict[int, list[Reader]] = {}
    for reader in extra.values():
        instead.setdefault(reader.event.pk, []).append(reader)
    recorded = [
        _about(
            group[0].event,
            Kind.ALERT_FELL_BACK,
            why=group[0].rule.why,
            users=[reader.user_id for reader in group],
        )
        for group in instead.values()
    ]
    for event in unheard:
        log.error("nobody_was_told", event_id=event.pk, kind=event.kind)
        if event.kind != Kind.ALERT_UNHEARD:
            recorded.append(_about(event, Kind.ALERT_UNHEARD))
    if recorded:
        trail.record_all(recorded)


def _about(event: Event, kind: Kind, **data: object) -> Event:
    of = {name: event.data.get(name) for name in ("test", "result")}
    return Event(
        kind=kind,
        source=Event.Source.SYSTEM,
        hospital_id=event.hospital_id,
        patient_id=event.patient_id,
        ward_id=event.ward_id,
        other_ward_id=event.other_ward_id,
        data={"event": event.pk, **of, **data},
    )
