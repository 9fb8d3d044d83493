"""The header of a message: separators, characters, versions, types."""

import pytest

from tests.wards import hl7_messages as hl7
from tests.wards.hl7_messages import admitted, reported, unreadable
from wards.hl7.header import read
from wards.hl7.refusals import Code, Rejected


def test_other_separators() -> None:
    raw = hl7.admission(name="O'Hara^Zoe")
    for usual, other in ((b"|", b"#"), (b"^", b"*"), (b"~", b"!"), (b"\\", b"/"), (b"&", b"%")):
        raw = raw.replace(usual, other)
    patient = admitted(raw).patient
    assert (patient.number, patient.last_name, patient.first_name) == ("MRN-9", "O'Hara", "Zoe")


@pytest.mark.parametrize("encoding", ["^", "^~", "^~\\", "^~\\&", "^~\\&#"])
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
    ("charset", "encoding", "name"),
    [
        ("", "ascii", "Haddad"),
        ("ASCII", "utf-8", "حداد"),  # not so, but many do it
        ("", "latin-1", "Müller"),  # neither
        ("UNICODE UTF-8", "utf-8", "حداد"),
        ("unicode utf-8", "utf-8", "حداد"),
        ("8859/6", "iso8859-6", "حداد"),
        ("8859/1", "latin-1", "Müller"),
        ("8859/1~8859/6", "latin-1", "Müller"),
    ],
)
def test_character_sets(charset: str, encoding: str, name: str) -> None:
    raw = hl7.admission(charset=charset, name=f"{name}^Layla").decode().encode(encoding)
    assert admitted(raw).patient.last_name == name


def test_hex_escapes_are_in_the_character_set_of_the_message() -> None:
    raw = hl7.admission(charset="UNICODE UTF-8", name=r"M\XC3BC\ller^Zoe")
    assert admitted(raw).patient.last_name == "Müller"


def test_characters_that_are_not_of_the_declared_set() -> None:
    raw = hl7.admission(charset="UNICODE UTF-8", name="Müller^Z").decode().encode("latin-1")
    refusal = unreadable(raw)
    assert isinstance(refusal, Rejected)
    assert "UNICODE UTF-8" in refusal.reason
    assert "M�ller" in read(raw)[1]


def test_an_unknown_character_set() -> None:
    refusal = unreadable(hl7.admission(charset="EBCDIC"))
    assert (refusal.status, refusal.code, refusal.place) == (
        "AR",
        Code.TABLE_VALUE_NOT_FOUND,
        "MSH-18",
    )


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
        "2.5.1^DEU",
    ],
)
def test_known_versions(version: str) -> None:
    assert admitted(hl7.admission(version=version))


@pytest.mark.parametrize("version", ["", "1.0", "2", "2.9", "3.0", "FHIR"])
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
        ("ADT^A34", Code.UNSUPPORTED_EVENT_CODE),
        ("ORU^R30", Code.UNSUPPORTED_EVENT_CODE),
        ("MDM^T02", Code.UNSUPPORTED_MESSAGE_TYPE),
        ("ACK", Code.UNSUPPORTED_MESSAGE_TYPE),
        ("", Code.UNSUPPORTED_MESSAGE_TYPE),
    ],
)
def test_what_is_not_handled_is_rejected_by_name(kind: str, code: Code) -> None:
    refusal = unreadable(hl7.admission(kind=kind))
    assert (refusal.status, refusal.code) == ("AR", code)
    assert (kind or "(empty)") in refusal.reason
