"""HL7 messages for the cast's hospital, and what becomes of them."""

from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django_scopes import scopes_disabled

from wards.feeds.content import Merge, Report, Said, Scheduled, Stay, Unread
from wards.feeds.refusals import NotAccepted
from wards.hl7.header import check, read
from wards.hl7.intake import receive
from wards.hl7.parsing import parse
from wards.models import Event, Hl7Message

_ids = count(1)
RIYADH = ZoneInfo("Asia/Riyadh")


def header(kind: str = "ADT^A01", **fields: Any) -> str:
    """MSH; `control_id` is fresh unless given."""
    given = {
        "control_id": f"M{next(_ids)}",
        "application": "PAS",
        "facility": "RAWDAH",
        "version": "2.5.1",
        "charset": "",
    } | fields
    return (
        "MSH|^~\\&|{application}|{facility}|WARDBELL|HQ|20261120101500||{kind}|{control_id}|P|{version}"
        "||||||{charset}"
    ).format(kind=kind, **given)


def pid(**fields: Any) -> str:
    """Layla Haddad, MRN-9 of the facility; under the number of one of the cast, that person."""
    given = {
        "number": "MRN-9",
        "authority": fields.get("facility", "RAWDAH"),
        "name": "Patel^Pat" if fields.get("number") == "MRN-1" else "Haddad^Layla",
        "born": "19800229",
        "sex": "F",
        "phone": "+966 50 555 0101",
        "language": "",
    } | fields
    return "PID|1||{number}^^^{authority}^MRN||{name}||{born}|{sex}|||||{phone}||{language}".format(
        **given
    )


def pv1(**fields: Any) -> str:
    given = {
        "place": "CARD^Room 1^C-01",
        "attending": "C006^Prasad^Priya",
        "visit": "V1",
        "since": "20261120100000",
    } | fields
    gap = "|" * 25
    return f"PV1|1|I|{{place}}||||{{attending}}||||||||||||{{visit}}{gap}{{since}}".format(**given)


def admission(**fields: Any) -> bytes:
    """ADT^A01 of Layla Haddad to bed C-01 in Cardiology; any field may differ."""
    kind = fields.pop("kind", "ADT^A01")
    return message(header(kind, **fields), "EVN||20261120101400", pid(**fields), pv1(**fields))


def moved(kind: str, **fields: Any) -> bytes:
    """The same patient and place, with another ADT trigger event, as "A02"."""
    return admission(kind=f"ADT^{kind}", **fields)


def appointment(**fields: Any) -> bytes:
    """SIU^S12: Layla Haddad sees Priya for 20 minutes on 2026-11-23 at 9:00, filler's id F-1."""
    given = {
        "placer": "P-1",
        "filler": "F-1",
        "why": "",
        "reason": "CHK^Check-up",
        "minutes": "20",
        "unit": "min^minutes",
        "starts": "20261123090000",
        "person": "C006^Prasad^Priya",
    } | fields
    return message(
        header(fields.pop("kind", "SIU^S12"), **fields),
        "SCH|{placer}|{filler}||||{why}|{reason}||{minutes}|{unit}|^^^{starts}".format(**given),
        pid(**fields),
        "AIP|1||{person}".format(**given),
    )


def obx(value: str = "98.0", flag: str = "", **fields: Any) -> str:
    given = {
        "type": "NM",
        "test": "tt-0003-01^Creatinine",
        "unit": "umol/L",
        "status": "F",
    } | fields
    return "OBX|1|{type}|{test}||{value}|{unit}|49-92|{flag}|||{status}".format(
        value=value, flag=flag, **given
    )


def result(*observations: str, **fields: Any) -> bytes:
    """ORU^R01 of Layla Haddad in Cardiology: one OBR with these OBX (default: a normal value)."""
    kind = fields.pop("kind", "ORU^R01")
    given = {"orderer": "", "obr_orderer": "", "test_name": "us-3^Urea and electrolytes"} | fields
    return message(
        header(kind, **fields),
        pid(**fields),
        pv1(**fields),
        "ORC|RE|||||||||||{orderer}".format(**given),
        "OBR|1|||{test_name}||||||||||||{obr_orderer}".format(**given),
        *(observations or [obx()]),
    )


def message(*segments: str, encoding: str = "utf-8", end: str = "\r") -> bytes:
    return "".join(segment + end for segment in segments).encode(encoding)


def answer(acknowledgement: bytes) -> tuple[str, str]:
    """Code and reason of an acknowledgement; fails where it is not a well-formed one."""
    lines = acknowledgement.decode().split("\r")
    assert lines[0].startswith("MSH|^~\\&|"), acknowledgement
    assert lines[0].split("|")[8].startswith("ACK"), acknowledgement
    msa = lines[1].split("|")
    assert msa[0] == "MSA", acknowledgement
    return msa[1], msa[3] if len(msa) > 3 else ""


def said(raw: bytes) -> list[Said]:
    """What a message says, read in Riyadh."""
    header, text = read(raw)
    check(header)
    return list(parse(text, header, RIYADH).said)


def unread(raw: bytes) -> list[Unread]:
    """What of a message was not understood."""
    header, text = read(raw)
    return list(parse(text, header, RIYADH).unread)


def admitted(raw: bytes) -> Stay:
    [thing] = said(raw)
    assert isinstance(thing, Stay)
    return thing


def reported(raw: bytes) -> Report:
    [thing] = said(raw)
    assert isinstance(thing, Report)
    return thing


def scheduled(raw: bytes) -> Scheduled:
    [thing] = said(raw)
    assert isinstance(thing, Scheduled)
    return thing


def merged(raw: bytes) -> list[Merge]:
    return [thing for thing in said(raw) if isinstance(thing, Merge)]


def unreadable(raw: bytes) -> NotAccepted:
    """Why a message cannot be read."""
    with pytest.raises(NotAccepted) as caught:
        said(raw)
    return caught.value


def send(raw: bytes) -> str:
    """The code that a message is answered with."""
    return answer(receive(raw))[0]


def refused(raw: bytes, code: str, *words: str) -> Hl7Message:
    """Sends what must be answered `code` with a reason that has the words; how it was stored."""
    given_code, reason = answer(receive(raw))
    assert given_code == code, reason
    with scopes_disabled():
        stored = Hl7Message.objects.latest("id")
    assert stored.status == code
    for word in words:
        assert word in stored.reason
        assert word in reason.replace("\\S\\", "^")
    return stored


def kinds() -> list[str]:
    """The kinds of all events of the hospital in scope, oldest first."""
    return [*Event.objects.order_by("id").values_list("kind", flat=True)]
