"""Rerouting: which way a message goes, and which one it takes when that does not work."""

from messaging.contacts import quiet_hours
from messaging.delivery import origins
from messaging.delivery.reach import Reached, reach
from messaging.models import Message
from wards.base import clock


def put(message: Message, way: Reached) -> None:
    """Has a message, in memory, go this way."""
    message.channel, message.fallbacks = way.channel, list(way.fallbacks)
    message.address, message.country = way.address
    message.subject, message.body, message.parts = way.subject, way.body, way.parts
    message.version_id, message.language = way.text.version, way.text.language


def on_next_channel(message: Message) -> bool:
    """Moves a message, in memory, to the next of its channels that works; False where none is left.

    Five queries at most. The values of the placeholders stay what they were; it is due now, or
    when the quiet hours are over.
    """
    origin = origins.of(message)
    contact = origin.contact(message) if message.fallbacks else None
    if contact is None:
        return False
    way = reach(contact, message.fallbacks, origin.texts(message), message.values)
    if not isinstance(way, Reached):
        return False
    put(message, way)
    now, message.tries = clock.now(), 0
    if message.urgent:
        message.due_at = now
    else:
        message.due_at = quiet_hours.due(now, message.hospital, message.channel, message.expires_at)
    return True
