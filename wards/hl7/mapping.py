"""What a message says, done: through Wardbell's own verbs, inside the caller's transaction.

The feed tells what has happened already, so it is never refused because our picture differs. Where
nothing can be done about it, a note says why.
"""

from collections.abc import Sequence

from wards.actions import results
from wards.hl7 import stays, visits
from wards.hl7.lookup import Lookup
from wards.hl7.said import Report, Said, Scheduled, Stay
from wards.models import Event, Feed, Hospital, Ward
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
            _report(thing, hospital, lookup)
    return " ".join(filter(None, notes))


def _report(said: Report, hospital: Hospital, lookup: Lookup) -> None:
    patient = lookup.patient(said.patient)
    if said.visit.ward:
        ward: Ward | None = lookup.ward(said.visit.ward)
    else:
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
