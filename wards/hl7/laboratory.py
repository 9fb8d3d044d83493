"""ORU: what a laboratory or another department says it found. Pure.

Nothing is left out and nothing judged here: what is withdrawn keeps its status, and every flag
stays as it was sent.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import lru_cache

from wards.feeds.content import PatientSpec, PatientVisit, Report
from wards.feeds.refusals import missing
from wards.hl7 import fields, identification, movements
from wards.hl7.header import Separators
from wards.hl7.segments import Message, Segment
from wards.results.observations import Code, Observation

VALUE_LENGTH = 1000  # characters; what is longer ends in an ellipsis
DOCUMENTS = {"ED", "RP"}  # a file, or where to find one
CODED = {"CE", "CF", "CNE", "CWE"}
STRUCTURED = {"SN"}
LISTED = {"AD", "CN", "CX", "EI", "HD", "PL", "PN", "PPN", "XAD", "XCN", "XON", "XPN", "XTN"}
_NINE = [""] * 9  # components of a coded field
LINES = {"TX", "FT"}  # repetitions are lines
CANCELLED = "CA"  # ORC-5, HL7 table 0038


def reports(found: list[Segment], zone: tzinfo) -> list[Report]:
    """PID, PV1, then groups of ORC, OBR, OBX; all of it again for another patient.

    Values before the first OBR (since 2.8) are the patient's own: a report without an order.
    """
    people_in_it: list[_Person] = []
    stated = fields.told_time(found[0], 7, zone) if found else None
    for segment in _in_order(found):
        if segment.place == "PID":
            people_in_it.append(_Person(identification.patient(segment, zone)))
        elif segment.place in ("PV1", "ORC", "OBR", "OBX", "NTE"):
            if people_in_it:
                people_in_it[-1].add(segment)
            elif segment.place in ("OBR", "OBX"):
                raise missing("PID", "patient")
    said = [report for person in people_in_it for report in person.reports(zone, stated)]
    if not said:
        raise missing("OBR", "what was tested")
    return said


def _in_order(found: list[Segment]) -> list[Segment]:
    """The only patient of a message first: whoever's a value is, where but one is named."""
    patients = [segment for segment in found if segment.place == "PID"]
    if len(patients) != 1:
        return found
    return patients + [segment for segment in found if segment.place != "PID"]


@dataclass
class _Group:
    """One OBR with its ORC, values and notes; without OBR, what comes before the first."""

    orc: Segment | None
    obr: Segment | None
    observations: list[Observation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Person:
    """One PID and all that follows it."""

    def __init__(self, spec: PatientSpec) -> None:
        self._spec, self._visit = spec, PatientVisit()
        self._orc: Segment | None = None
        self._groups = [_Group(None, None)]

    def add(self, segment: Segment) -> None:
        """PV1 counts for the whole of it, wherever it stands; ORC for the OBR after it."""
        match segment.place:
            case "PV1" if not segment.is_bare:
                self._visit = movements.visit(segment)
            case "ORC":
                self._orc = segment
            case "OBR" if self._orc or not segment.is_bare:
                self._groups.append(_Group(self._orc, segment))
            case "OBX":
                if segment.raw(3) or segment.raw(5) or segment.raw(8):
                    self._groups[-1].observations.append(observation(segment))
            case "NTE":
                notes = (segment.text(3, repetition=n) for n in segment.repetitions(3))
                self._groups[-1].notes.extend(filter(None, notes))

    def reports(self, zone: tzinfo, stated: datetime | None) -> list[Report]:
        """What is said of this patient."""
        return [self._report(g, zone, stated) for g in self._groups if g.obr or g.observations]

    def _report(self, group: _Group, zone: tzinfo, stated: datetime | None) -> Report:
        first = group.observations[0] if group.observations else None
        report = Report(
            patient=self._spec,
            visit=self._visit,
            provider=self._visit.attending,
            test=first.name if first else "",
            observations=group.observations,
            code=first.code if first else "",
            said_at=stated,
            notes=tuple(group.notes),
        )
        return _ordered(report, group.obr, group.orc, zone) if group.obr else report


def _ordered(report: Report, obr: Segment, orc: Segment | None, zone: tzinfo) -> Report:
    """The report with what OBR says of it, and ORC where OBR is silent."""
    ordered_by = identification.clinician(obr, 16) or (
        identification.clinician(orc, 12) if orc else None
    )
    cancelled = orc is not None and orc.value(5).upper() == CANCELLED
    test = fields.named(obr, 4)
    return replace(
        report,
        provider=ordered_by or report.provider,
        test=test or report.test,
        code=obr.value(4) or obr.value(4, 4) or ("" if test else report.code),
        alternate=obr.value(4, 4),
        placer=fields.entity(obr, 2) or (fields.entity(orc, 2) if orc else None),
        filler=fields.entity(obr, 3) or (fields.entity(orc, 3) if orc else None),
        copies=identification.clinicians(obr, 28),
        status=obr.value(25).upper() or ("X" if cancelled else ""),
        observed_at=fields.told_time(obr, 7, zone),
        said_at=fields.told_time(obr, 22, zone) or report.said_at,
    )


def observation(obx: Segment) -> Observation:
    """One OBX as it was sent."""
    kind = obx.value(2).upper()
    flags = [
        obx.value(8, repetition=n) or obx.value(8, 2, repetition=n) for n in obx.repetitions(8)
    ]
    return Observation(
        codes=_codes(obx, 3),
        sub_id=obx.value(4),
        type=kind,
        value=_shortened(_value(obx, kind)),
        unit=obx.value(6) or obx.value(6, 2) or obx.value(6, 4),
        range="~".join(obx.text(7, repetition=n) for n in obx.repetitions(7)),
        flags=tuple(filter(None, flags)),
        status=obx.value(11).upper(),
    )


def _codes(segment: Segment, number: int) -> tuple[Code, ...]:
    message = segment.message
    return _codes_in(segment.raw(number), message.separators, message.codec)


@lru_cache(maxsize=2048)  # a laboratory has so many tests, and names nobody in them
def _codes_in(text: str, separators: Separators, codec: str) -> tuple[Code, ...]:
    """Both triplets of a coded field, those that are there; long texts may be in the ninth part."""
    coded = Segment("", separators.field + text, Message(separators, codec))
    parts = [*coded.components(1), *_NINE]
    triplets = [
        Code(parts[at], parts[at + 1][: fields.TEXT_LENGTH], parts[at + 2])
        for at in (0, 3)
        if parts[at] or parts[at + 1]
    ]
    if parts[8] and not any(code.text for code in triplets):
        triplets.append(Code("", parts[8][: fields.TEXT_LENGTH]))
    return tuple(triplets)


def _value(obx: Segment, kind: str) -> str:
    """OBX-5 as people read it, by its type (OBX-2); each repetition on its own."""
    if kind in DOCUMENTS:
        return "(document)" if obx.raw(5) else ""
    read = [_one_value(obx, kind, repetition) for repetition in obx.repetitions(5)]
    if len(read) == 1:
        return read[0]
    return ("\n" if kind in LINES else "; ").join(filter(None, read))


def _one_value(obx: Segment, kind: str, repetition: int) -> str:
    if kind in CODED:  # code^text^system, again, …, as written
        parts = [*obx.components(5, repetition=repetition), *_NINE]
        return next(filter(None, (parts[n] for n in (1, 4, 8, 0, 3))), "")
    if kind in STRUCTURED:  # comparator^number^separator^number
        return "".join(obx.components(5, repetition=repetition))
    if kind in LISTED:
        return " ".join(filter(None, obx.components(5, repetition=repetition)))
    # Whatever separators are in a text or a number, they are part of it: 10^5, J&J.
    return obx.text(5, repetition=repetition)


def _shortened(text: str) -> str:
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
