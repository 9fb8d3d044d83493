"""From the text of a message to what it says. Pure: no database, no clock, no settings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo

from wards.hl7 import fields, scheduling
from wards.hl7.header import HANDLED, Header
from wards.hl7.refusals import Code, Failed, Rejected, missing
from wards.hl7.said import Clinician, Id, Move, PatientSpec, Report, Said, Stay, Visit
from wards.hl7.segments import Segment, segments
from wards.hl7.values import parse_time
from wards.models import Discharge
from wards.results.observations import Code as Coded
from wards.results.observations import Observation

VALUE_LENGTH = 250
PLACED = {Move.ADMITTED, Move.TRANSFERRED}  # of no use without a ward
TIMED = {Move.TRANSFERRED, Move.DISCHARGED, Move.UPDATED}
# PV1-36, HL7 table 0112; all others went home.
DISPOSITIONS = {
    **dict.fromkeys(("02", "03", "04", "05", "06"), Discharge.Status.TRANSFERRED),
    "07": Discharge.Status.AGAINST_ADVICE,
    **dict.fromkeys(("20", "40", "41", "42"), Discharge.Status.DECEASED),
}


def parse(text: str, header: Header, zone: tzinfo) -> Sequence[Said]:
    """What the message says; `zone` is that of times which do not name theirs.

    Raises NotAccepted with the reason where it cannot be read.
    """
    found = list(segments(text, header))
    kind, event = header.value(9), header.value(9, 2)
    if kind == "ORU":
        return _reports(found, header, zone)
    # Version 2.1 names the event in EVN alone.
    event = event or next((s.value(1) for s in found if s.place == "EVN"), "")
    if event not in HANDLED[kind]:
        reason = f"message type {kind}^{event[:40]} is not handled here"
        raise Rejected(Code.UNSUPPORTED_EVENT_CODE, reason, "EVN-1")
    if kind == "SIU":
        return [scheduling.scheduled(found, event, zone)]
    return [_stay(found, Move(event), zone)]


def _stay(found: list[Segment], move: Move, zone: tzinfo) -> Stay:
    first = {segment.place: segment for segment in reversed(found)}
    needed = ("PID", "PV1") if move in PLACED else ("PID",)
    for place, what in zip(needed, ("patient", "visit"), strict=False):
        if place not in first:
            raise missing(place, what)
    pv1, pv2, evn = (first.get(place) for place in ("PV1", "PV2", "EVN"))
    visit, disposition, at = Visit(), "", None
    if pv1:
        visit, disposition = fields.visit(pv1), pv1.value(36).zfill(2)
    if pv1 and move in PLACED:
        began = fields.time(pv1, 44, zone) or (fields.time(evn, 2, zone) if evn else None)
        reason = fields.named(pv2, 3)[:200] if pv2 else ""
        visit = replace(visit, admitted_at=began, reason=reason)
    if pv1 and move is Move.DISCHARGED:
        at = fields.time(pv1, 45, zone)
    if evn and move in TIMED:
        at = at or fields.time(evn, 6, zone) or fields.time(evn, 2, zone)
    if move in PLACED and not visit.ward:
        raise missing("PV1-3", "ward")
    status = DISPOSITIONS.get(disposition, Discharge.Status.HOME)
    return Stay(move, fields.patient(first["PID"]), visit, at, status)


def _reports(found: Iterable[Segment], header: Header, zone: tzinfo) -> list[Report]:
    """PID, PV1, then groups of ORC, OBR, OBX; all of it again for another patient."""
    reports: list[Report] = []
    patient: PatientSpec | None = None
    visit, orderer = Visit(), None
    for segment in found:
        match segment.place:
            case "PID":
                patient, visit, orderer = fields.patient(segment), Visit(), None
            case "PV1":
                visit = fields.visit(segment)
            case "ORC":
                orderer = fields.clinician(segment, 12)
            case "OBR":
                if patient is None:
                    raise missing("PID", "patient")
                provider = fields.clinician(segment, 16) or orderer or visit.attending
                reports.append(_report(segment, patient, visit, provider, header, zone))
            case "OBX" if not reports:
                reason = "OBX comes before the first OBR"
                raise Failed(Code.SEGMENT_SEQUENCE_ERROR, reason, "OBX")
            case "OBX":
                reports[-1].observations.append(_observation(segment))
    if not reports:
        raise missing("OBR", "what was tested")
    return reports


def _report(
    obr: Segment,
    patient: PatientSpec,
    visit: Visit,
    provider: Clinician | None,
    header: Header,
    zone: tzinfo,
) -> Report:
    copies = (fields.clinician(obr, 28),)
    return Report(
        patient,
        visit,
        provider,
        fields.named(obr, 4),
        code=obr.value(4) or obr.value(4, 4),
        placer=_number(obr, 2),
        filler=_number(obr, 3),
        copies=tuple(copy for copy in copies if copy),
        status=obr.value(25),
        observed_at=parse_time(obr.value(7), zone),
        said_at=parse_time(obr.value(22), zone) or parse_time(header.value(7), zone),
    )


def _number(obr: Segment, field: int) -> Id | None:
    return Id(obr.value(field), obr.value(field, 2)) if obr.value(field) else None


def _observation(obx: Segment) -> Observation:
    triplets = (Coded(obx.value(3, n), obx.value(3, n + 1), obx.value(3, n + 2)) for n in (1, 4))
    return Observation(
        codes=tuple(code for code in triplets if code.value or code.text),
        sub_id=obx.value(4),
        type=obx.value(2),
        value=_result(obx)[:VALUE_LENGTH],
        unit=obx.value(6) or obx.value(6, 2),
        range=obx.value(7),
        flags=tuple(obx.value(8, repetition=n) for n in fields.each(obx, 8)),
        status=obx.value(11),
    )


def _result(obx: Segment) -> str:
    """OBX-5 as people read it, by its type (OBX-2)."""
    texts = (obx.components(5, repetition=n) for n in fields.each(obx, 5))
    match obx.value(2):
        case "ED" | "RP":  # a file, or where to find one
            return "(document)"
        case "CE" | "CF" | "CNE" | "CWE":  # code^text^system
            return " ".join(next(filter(None, [*text[1:2], *text[:1]]), "") for text in texts)
        case "SN":  # comparator^number^separator^number
            return " ".join("".join(text) for text in texts)
        case _:
            return " ".join(" ".join(filter(None, text)) for text in texts)
