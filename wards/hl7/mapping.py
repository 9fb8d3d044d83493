"""What a message says, done: through Wardbell's own verbs, inside the caller's transaction.

The feed tells what has happened already, so it is never refused because our picture differs. Where
nothing can be done about it, a note says why.
"""

from collections.abc import Sequence

from wards.actions import results
from wards.hl7 import feeds, merges, stays, visits
from wards.hl7.lookup import Lookup
from wards.hl7.refusals import Unclear
from wards.hl7.said import Merge, Report, Said, Scheduled, Stay
from wards.identity import authorities, urgency
from wards.models import Event, Feed, Hospital
from wards.results.observations import Observation

# OBX-8, HL7 table 0078. "<" and ">" (off the instrument's scale) and HU, LU (very high, very low;
# since 2.7) are short of what that table calls critical.
FLAGS = {
    **dict.fromkeys(("HH", "LL", "AA"), results.Flag.CRITICAL),
    **dict.fromkeys(("H", "L", "A", ">", "<", "HU", "LU"), results.Flag.ABNORMAL),
}
WITHDRAWN = {"D", "W"}  # OBX-11: deleted; wrong, for example another patient's


def apply(said: Sequence[Said], feed: Feed) -> str:
    """Applies all of one message, or raises and leaves it to the caller to roll back.

    Returns a note for the sender, "" where all of it was done. Raises NotAccepted where the message
    names what is unknown or unclear, and Refused where somebody changed the same rows this very
    moment: then it is worth another try.
    """
    lookup = Lookup(feed)
    try:
        for thing in said:
            _apply(authorities.resolved(thing, feed), feed.hospital, lookup)
    except Unclear as unclear:
        unclear.critical = urgency.is_urgent(said, feed.hospital)
        raise
    feeds.note(feed, lookup.unread)
    return " ".join(filter(None, lookup.notes))


def _apply(thing: Said, hospital: Hospital, lookup: Lookup) -> None:
    match thing:
        case Stay():
            lookup.notes.append(stays.apply(thing, hospital, lookup))
        case Scheduled():
            lookup.notes.append(visits.apply(thing, hospital, lookup))
        case Merge():
            lookup.notes.append(merges.apply(thing, lookup))
        case Report():
            _report(thing, hospital, lookup)


def _report(said: Report, hospital: Hospital, lookup: Lookup) -> None:
    patient = lookup.patient(said.patient)
    ward = lookup.ward(said.visit.ward, create=False) if said.visit.ward else None
    if ward is None:
        stay = stays.open_stay(patient)
        ward = stay.ward if stay else None
    results.report_result(
        hospital=hospital,
        patient=patient,
        ward=ward,
        provider=lookup.clinician(said.provider, "OBR-16"),
        test=said.test,
        observations=[_judged(each) for each in said.observations if each.status not in WITHDRAWN],
        source=Event.Source.HL7,
    )


def _judged(sent: Observation) -> results.Observation:
    flags = (FLAGS.get(flag.upper(), results.Flag.NORMAL) for flag in sent.flags)
    flag = max(flags, key=list(results.Flag).index, default=results.Flag.NORMAL)
    return results.Observation(sent.code, sent.name, sent.value[:250], sent.unit, flag)
