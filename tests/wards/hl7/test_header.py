"""The header of a message: separators, characters, versions, types."""

import pytest

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import admitted, reported, unread, unreadable
from wards.feeds.content import Unread
from wards.feeds.refusals import Code
from wards.hl7.header import read


def test_other_separators() -> None:
    raw = hl7.admission(name="O'Hara^Zoe")
    for usual, other in ((b"|", b"#"), (b"^", b"*"), (b"~", b"!"), (b"\\", b"/"), (b"&", b"%")):
        raw = raw.replace(usual, other)
    patient = admitted(raw).patient
    assert (patient.number, patient.last_name, patient.first_name) == ("MRN-9", "O'Hara", "Zoe")


@pytest.mark.parametrize("encoding", ["^", "^~", "^~\\", "^~\\&", "^~\\&#", "^~&"])
def test_missing_and_additional_encoding_characters(encoding: str) -> None:
    raw = hl7.admission().replace(b"^~\\&", encoding.encode(), 1)
    assert admitted(raw).patient.last_name == "Haddad"


@pytest.mark.parametrize(
    "start", [b"MSH||||", b"MSH|^^^^|", b"MSHabcde|", b"MSH|^~\\&#!?|", b"MSH"]
)
def test_unusable_separators(start: bytes) -> None:
    raw = hl7.admission()
    assert unreadable(start + raw[9:]).code is Code.SEGMENT_SEQUENCE_ERROR


@pytest.mark.parametrize(
    "version",
    [
        "2.1",
        "2.2",
        "2.3",
        "2.3.1",
        "2.4",
        "2.5",
        "2.5.1",
        "2.6",
        "2.7",
        "2.8",
        "2.8.2",
        "2.9",
        "2.5.1^DEU",
    ],
)
def test_known_versions(version: str) -> None:
    assert admitted(hl7.admission(version=version))
    assert unread(hl7.admission(version=version)) == []


@pytest.mark.parametrize(
    "version", ["", "2", "v2.5", "V 2.3", "HL7 2.4", "2.10", "2.5.7^SAU", "251"]
)
def test_odd_versions_are_read_and_noted(version: str) -> None:
    assert admitted(hl7.admission(version=version))
    noted = version.split("^", maxsplit=1)[0] or "(empty)"
    assert unread(hl7.admission(version=version)) == [Unread("MSH-12", noted)]


@pytest.mark.parametrize("version", ["1.0", "3.0", "9.9", "20", "FHIR"])
def test_unknown_versions(version: str) -> None:
    refusal = unreadable(hl7.admission(version=version))
    assert (refusal.status, refusal.code) == ("AR", Code.UNSUPPORTED_VERSION_ID)
    assert (version or "(empty)") in refusal.reason


def test_version_2_1_names_the_event_in_its_own_segment() -> None:
    raw = hl7.admission(kind="ADT", version="2.1")
    assert admitted(raw.replace(b"EVN||", b"EVN|A01|"))
    assert unreadable(raw.replace(b"EVN||", b"EVN|A99|")).code is Code.UNSUPPORTED_EVENT_CODE
    assert reported(hl7.result(kind="ORU", version="2.1"))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("ADT^A07", Code.UNSUPPORTED_EVENT_CODE),
        ("ORU^R40", Code.UNSUPPORTED_EVENT_CODE),
        ("MDM^T02", Code.UNSUPPORTED_MESSAGE_TYPE),
        ("ACK", Code.UNSUPPORTED_MESSAGE_TYPE),
        ("", Code.UNSUPPORTED_MESSAGE_TYPE),
    ],
)
def test_what_is_not_handled_is_rejected_by_name(kind: str, code: Code) -> None:
    refusal = unreadable(hl7.admission(kind=kind))
    assert (refusal.status, refusal.code) == ("AR", code)
    assert (kind or "(empty)") in refusal.reason


@pytest.mark.parametrize("kind", ["ORU^R30", "ORU^R31", "ORU^R32", "ORU^W01", "oru^r01", "ORU"])
def test_other_results_are_read_as_results(kind: str) -> None:
    assert reported(hl7.result(kind=kind)).test == "Urea and electrolytes"


@pytest.mark.parametrize(
    ("value", "processing", "is_training"),
    [
        ("P", "P", False),
        ("", "P", False),
        ("p^T", "P", False),
        ("T", "T", True),
        ("t", "T", True),
        ("D", "D", True),
        ("Training^R", "T", True),
        ("X", "X", False),
    ],
)
def test_s07_the_header_says_whether_it_is_a_rehearsal(
    value: str, processing: str, is_training: bool
) -> None:
    header, _ = read(hl7.admission().replace(b"|P|2.5.1", f"|{value}|2.5.1".encode()))
    assert (header.processing, header.is_training) == (processing, is_training)


def test_an_unknown_processing_id_is_noted() -> None:
    raw = hl7.admission().replace(b"|P|2.5.1", b"|X|2.5.1")
    assert unread(raw) == [Unread("MSH-11", "X")]


def test_s08_nothing_invisible_in_what_a_feed_is_known_by() -> None:
    header, _ = read(hl7.admission(facility="RAW\u200bDAH\u202e", application="\ufeffPAS"))
    assert (header.facility, header.application) == ("RAWDAH", "PAS")
