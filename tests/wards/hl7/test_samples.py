"""What of the field's messages is read, and that the documentation says so."""

import re
from pathlib import Path

import hl7 as peer
import pytest

from tests.wards.hl7.messages import RIYADH
from wards.feeds.refusals import NotAccepted
from wards.hl7.client import messages_in
from wards.hl7.header import check, read
from wards.hl7.parsing import parse
from wards.hl7.segments import segments

DATA = Path(__file__).parents[2] / "data"
DOCS = DATA.parents[1] / "docs" / "hl7.md"
FIELD = (DATA / "field" / "messages.txt").read_text()
SAMPLES = re.findall(r"^== (.+) = (.+)\n((?:(?!== ).*\n?)*)", FIELD, re.M)


def outcome(text: str) -> str:
    """ "read", or code and place of the refusal."""
    header, decoded = read(text.encode())
    try:
        check(header)
        return "read" if parse(decoded, header, RIYADH).said else "nothing"
    except NotAccepted as refusal:
        return f"{refusal.status} {refusal.place}".strip()


@pytest.mark.parametrize(("shows", "expected", "text"), SAMPLES, ids=[s[0] for s in SAMPLES])
def test_a_message_of_the_field(shows: str, expected: str, text: str) -> None:
    for end in ("\n", "\r", "\r\n"):
        assert outcome(text.replace("\n", end)) == expected, shows


def test_the_share_that_the_documentation_names() -> None:
    good = sum(expected == "read" for _, expected, _ in SAMPLES)
    assert f"{good} of {len(SAMPLES)}" in DOCS.read_text()


def test_every_refusal_is_explained() -> None:
    explained = set(re.findall(r"^\| (A[ER] [A-Z0-9-]+|AE line) \|", DOCS.read_text(), re.M))
    refusals = {expected for _, expected, _ in SAMPLES if expected != "read"}
    assert {"AE line" if refusal == "AE" else refusal for refusal in refusals} == explained


def test_our_fields_are_those_of_another_parser() -> None:
    """The hl7 library's, on a whole feed."""
    for raw in messages_in((DATA / "simhospital" / "messages.hl7").read_bytes())[::5]:
        header, text = read(raw)
        ours = segments(text, header)
        theirs = peer.parse(text.replace("\n", "\r"))
        assert len(ours) == len(theirs)
        for segment, other in zip(ours, theirs, strict=True):
            numbers = range(1, len(other) + 2)
            fields = [str(other[n]) if n < len(other) else "" for n in numbers]
            assert [segment.raw(n) for n in numbers] == fields
