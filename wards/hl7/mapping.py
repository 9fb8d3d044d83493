"""What a message says, done: through Wardbell's own verbs, inside the caller's transaction.

The feed tells what has happened already, so it is never refused because our picture differs. Where
nothing can be done about it, a note says why.
"""

from collections.abc import Sequence

from wards.feeds.content import Merge, Report, Said, Scheduled, Stay
from wards.feeds.refusals import Unclear
from wards.hl7 import appointments, feeds, merges, reports, stays
from wards.hl7.lookup import Lookup
from wards.identity import numbering
from wards.models import Feed, Hl7Message


def apply(said: Sequence[Said], feed: Feed, message: Hl7Message | None = None) -> str:
    """Applies all of one message, or raises and leaves it to the caller to roll back.

    Returns a note for the sender, "" where all of it was done. Raises NotAccepted where the message
    names what is unknown or unclear, and Refused where somebody changed the same rows this very
    moment: then it is worth another try.
    """
    lookup = Lookup(feed)
    try:
        for thing in said:
            lookup.notes.append(_apply(numbering.resolved(thing, feed), lookup, message))
    except Unclear as unclear:
        found = [each for each in said if isinstance(each, Report)]
        unclear.critical = any(reports.is_critical(each, feed.hospital) for each in found)
        raise
    feeds.note(feed, lookup.unread)
    return " ".join(filter(None, lookup.notes))


def _apply(thing: Said, lookup: Lookup, message: Hl7Message | None) -> str:
    hospital = lookup.feed.hospital
    match thing:
        case Stay():
            return stays.apply(thing, hospital, lookup)
        case Scheduled():
            return appointments.apply(thing, hospital, lookup)
        case Merge():
            return merges.apply(thing, lookup)
        case Report():
            return reports.apply(thing, hospital, lookup, message)
