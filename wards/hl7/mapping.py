"""What a message says, done: through Wardbell's own verbs, inside the caller's transaction.

The feed tells what has happened already, so it is never refused because our picture differs. Where
nothing can be done about it, a note says why.
"""

from collections.abc import Sequence

from wards.hl7 import reports, stays, visits
from wards.hl7.lookup import Lookup
from wards.hl7.said import Report, Said, Scheduled, Stay
from wards.models import Feed, Hl7Message


def apply(said: Sequence[Said], feed: Feed, message: Hl7Message | None = None) -> str:
    """Applies all of one message, or raises and leaves it to the caller to roll back.

    Returns a note for the sender, "" where all of it was done. Raises NotAccepted where the message
    names what is unknown, and Refused where somebody changed the same rows this very moment: then
    it is worth another try.
    """
    hospital, lookup = feed.hospital, Lookup(feed)
    notes = []
    for thing in said:
        if isinstance(thing, Stay):
            notes.append(stays.apply(thing, hospital, lookup))
        elif isinstance(thing, Scheduled):
            notes.append(visits.apply(thing, hospital, lookup))
        elif isinstance(thing, Report):
            notes.append(reports.apply(thing, hospital, lookup, message))
    return " ".join(filter(None, notes))
