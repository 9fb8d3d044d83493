"""Wakes the hubs of web processes: of those where few people are, or by one publication all.

Everything published is committed already. A publication that is lost only delays: the hubs
compare themselves with the database (inbox/live/hub.py).
"""

from collections.abc import Collection, Iterable

from django.contrib.sessions.models import Session
from django.db import transaction

from inbox.publications import frames, sealing
from inbox.publications.frames import Alert, Changed, Posted
from inbox.publications.subscription import HUBS, channel_of
from wards.base import clock, wakeups
from wards.models import Event, User
from wards.models.staff import CREDENTIALS

# People who are told in groups of their own; of more, one message to all hubs costs less. As many
# cost as much as that with one web process (3.5), and less with more (5 with four, 12 with twenty):
# docs/benchmarks.md, "Groups".
FEW = 4


def alerts(events: Iterable[Event], wordings: Iterable[Alert], told: list[Posted]) -> None:
    """New alerts to everybody who was told, and a word to every page that shows their subjects."""
    tails = [frames.shared_json(wording) for wording in wordings]
    changed = sorted({topic for event in events for topic in topics(event)})
    people = {each.user_id for each in told}
    if _are_few(people, changed):
        mine = {user: [each for each in told if each.user_id == user] for user in people}
        _publish_to({user: _alerts(rows, tails) for user, rows in mine.items()})
    else:
        _publish({"type": "alerts", "tails": tails, "told": told, "topics": changed})


def _alerts(told: list[Posted], tails: list[str]) -> dict[str, object]:
    """What one person is told, and nothing of what others are."""
    numbers = sorted({each.wording for each in told})
    rows = [each._replace(wording=numbers.index(each.wording)) for each in told]
    mine = [tails[number] for number in numbers]
    return {"type": "alerts", "tails": mine, "told": rows, "topics": []}


def changes(changed: list[Changed], new: dict[str, object], topics: Iterable[str] = ()) -> None:
    """The same new values on notifications of one or more people."""
    if not changed:
        return
    what, pages = {"type": "changes", "tail": frames.values(new)}, list(topics)
    if _are_few({each.user_id for each in changed}, pages):
        _publish_to({row.user_id: {**what, "changed": [row], "topics": []} for row in changed})
    else:
        _publish({**what, "changed": changed, "topics": pages})


def on_touched(hospital_id: int, topics: Iterable[str], **kwargs: object) -> None:
    """A word to every page that watches one of these topics."""
    _publish({"type": "touched", "topics": [inner_topic(hospital_id, name) for name in topics]})


def on_session_ended(instance: Session, **kwargs: object) -> None:
    """Closes the sockets of a session that was deleted: by signing out, or in whichever way."""
    if instance.expire_date > clock.now():  # else they are closed already
        _publish_after_commit({"type": "end_session", "session": instance.session_key})


def on_user_changed(
    instance: User, created: bool, update_fields: Collection[str] | None = None, **kwargs: object
) -> None:
    """Has the sockets of a user looked at again: what let them in may have changed."""
    if not created and (update_fields is None or CREDENTIALS & set(update_fields)):
        on_credentials_changed([instance.pk])


def on_user_deleted(instance: User, **kwargs: object) -> None:
    """The same of a user who is no more."""
    on_credentials_changed([instance.pk])


def on_credentials_changed(user_ids: list[int], **kwargs: object) -> None:
    """The same of many users."""
    _publish_after_commit({"type": "credentials", "users": user_ids})


def inner_topic(hospital_id: int, name: str) -> str:
    """The inner name of a topic: what a client may watch is always in its own hospital."""
    return f"{hospital_id}:{name}"


def topics(event: Event) -> list[str]:
    """The topics of the pages that an event changes."""
    names = [f"ward.{ward}" for ward in (event.ward_id, event.other_ward_id) if ward]
    if event.appointment_id:
        names.append("arrivals")
    return [inner_topic(event.hospital_id, name) for name in names]


def _publish_after_commit(message: dict[str, object]) -> None:
    transaction.on_commit(lambda: _publish(message))


def _are_few(people: Collection[int], pages: Collection[str]) -> bool:
    """Whether those concerned are told in their own groups: so only where they are anybody wakes.

    Pages have watchers anywhere: where they hear of it, too, one message to all does for both.
    """
    return 0 < len(people) <= FEW and not pages


def _publish_to(messages: dict[int, dict[str, object]]) -> None:
    """Each to the group of one person: what `group_send` does, but nobody waits for it."""
    wakeups.publish_each(
        lambda: [(channel_of(user), sealing.seal(what)) for user, what in messages.items()]
    )


def _publish(message: dict[str, object]) -> None:
    wakeups.publish(HUBS, lambda: sealing.seal(message))
