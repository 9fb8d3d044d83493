"""Which lines of a message are segments, and which are the rest of a text."""

import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import RIYADH, admitted, reported, unreadable
from wards.feeds.refusals import Code, NotAccepted
from wards.hl7.header import USUAL, check, read
from wards.hl7.lines import MAX_SEPARATORS, lines
from wards.hl7.parsing import parse


def names(*segments: str) -> list[str]:
    return [name for name, _ in lines("\r".join(segments), USUAL)]


@pytest.mark.parametrize("bare", ["NTE", "PD1", "PV2", " NTE ", "NTE|", "ZPI"])
def test_s08_a_bare_name_is_a_segment_of_its_own(bare: str) -> None:
    raw = hl7.result("OBX|1|NM|K^Potassium||7.1|mmol/L||HH", bare)
    [observation] = reported(raw).observations
    assert (observation.value, observation.flags) == ("7.1", ("HH",))


@pytest.mark.parametrize(
    "line",
    [
        " OBX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "\tOBX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "obx|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "Obx|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "OBX |1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "\ufeffOBX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "\x0bOBX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "OBX|1|NM|K^Potassium||6.9|mmol/L||HH|||F|||||||||||||||||",
    ],
)
def test_s08_segments_are_read_indented_and_in_lower_case(line: str) -> None:
    [observation] = reported(hl7.result(line)).observations
    assert (observation.code, observation.value, observation.flags) == ("K", "6.9", ("HH",))


@pytest.mark.parametrize(
    "line",
    [
        "BX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "0BX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "'OBX|1|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "xyz|1|NM",
        "PTT|||H",
    ],
)
def test_s08_what_could_be_a_segment_is_refused_with_its_line(line: str) -> None:
    refusal = unreadable(hl7.result("OBX|1|TX|T^Text||a text", line))
    assert (refusal.status, refusal.code) == ("AE", Code.SEGMENT_SEQUENCE_ERROR)
    assert "line 7 " in refusal.reason
    assert "6.9" not in refusal.reason


@pytest.mark.parametrize("stray", ["Haddad", "and some more|H", "MRI"])
def test_s08_a_stray_line_is_not_swallowed_by_a_field(stray: str) -> None:
    raw = hl7.message(hl7.header("ORU^R01"), hl7.pid(), "OBR|1|||K", hl7.obx("7", "HH"), stray)
    assert "line 5 " in unreadable(raw).reason


def test_s15_a_stray_line_after_what_is_not_read_does_no_harm() -> None:
    raw = hl7.message(
        hl7.header(), hl7.pid(), "AL1|1||a^b", "a line that", "was cut|in two", hl7.pv1()
    )
    assert admitted(raw).visit.ward == "CARD"


def test_s15_foreign_segments_are_skipped() -> None:
    raw = hl7.admission() + b"ZAB|1|x\rXYZ|1|y\rZDS\rPV2|||CP^Chest pain\r"
    assert admitted(raw).visit.reason == "Chest pain"


@pytest.mark.parametrize(
    "text",
    ["second\rthird", "second\r\rthird", "MRI\rCT", "Result: 6|9", "  indented", "- a, b & c"],
)
def test_a_text_goes_on_where_it_is_certain(text: str) -> None:
    raw = hl7.result(f"OBX|1|TX|T^Text||first\r{text}")
    value = reported(raw).observations[0].value
    assert value.startswith("first\n")
    assert value.split("\n")[1].strip() == text.split("\r", maxsplit=1)[0].strip().split("|")[0]


def test_notes_go_on_and_are_kept() -> None:
    raw = hl7.result(hl7.obx(), "NTE|1||critical value", "called to Dr Prasad", "NTE|2||~again")
    assert reported(raw).notes == ("critical value\ncalled to Dr Prasad", "again")


def test_a_segment_after_a_text() -> None:
    assert names("OBX|1|TX|T||text", "ZDS|1", "NTE", "OBX|2") == ["OBX", "ZDS", "NTE", "OBX"]


def test_addenda_belong_to_the_segment_before() -> None:
    raw = hl7.result("OBX|1|TX|T^Text||one ", "ADD|two|||", "ADD|H|||F")
    [observation] = reported(raw).observations
    assert (observation.value, observation.flags) == ("one two", ("H",))
    assert observation.status == "F"


def test_a_part_of_a_message_is_refused() -> None:
    assert unreadable(hl7.result(hl7.obx(), "DSC|1234|F")).place == "DSC-1"
    assert reported(hl7.result(hl7.obx(), "DSC", "DSC|"))
    assert "line 2 " in unreadable(hl7.message(hl7.header("ORU^R01"), "ADD|rest")).reason


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r", "\n\r", "\r\n\r\n", " \r"])
def test_segments_end_in_any_way(end: str) -> None:
    segments = hl7.admission().decode().split("\r")[:-1]
    usual = admitted(hl7.admission())
    assert admitted(hl7.message(*segments, end=end)) == usual
    assert admitted(end.join(segments).encode()) == usual


def test_five_megabytes_of_one_text_are_read_in_one_go() -> None:
    text = "\r".join(["a line of text, much like others"] * 150_000)
    observation = reported(hl7.result(f"OBX|1|TX|T^Text||{text}")).observations[0]
    assert observation.value.endswith("…")


def test_separators_have_an_end() -> None:
    assert unreadable(hl7.admission() + b"OBX" + b"|" * MAX_SEPARATORS).status == "AR"


LINES = st.sampled_from(
    [
        *hl7.result(hl7.obx("1", "HH")).decode().split("\r")[1:],
        *hl7.appointment().decode().split("\r")[1:],
        *("MRG|1^^^A^MR", "ADD|x", "NTE", "text", "  obx|1|NM", "MSH|^~\\&|", "ZZZ|", "DSC|", "|"),
    ]
)


@given(
    st.sampled_from(["ADT^A01", "ADT^A40", "ADT^A35", "ADT^A08", "ORU^R01", "SIU^S12"]),
    st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=9),
    st.text(max_size=8),
)
@example("ORU^R01", ["ADD|"], "")
def test_whatever_comes_it_is_read_or_refused(kind: str, segments: list[str], noise: str) -> None:
    body = [re.sub("Prasad|CARD|2026", lambda _: noise, segment) for segment in segments]
    raw = hl7.message(hl7.header(kind), *body, encoding="utf-8") if _plain(body) else b""
    header, text = read(raw)
    with contextlib.suppress(NotAccepted):
        check(header)
        parse(text, header, RIYADH)


def _plain(body: list[str]) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in "".join(body))


@pytest.mark.parametrize(
    "line",
    [
        "OBX|1|ST|X^Value||a|||A|||F OBX|2|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "OBX|1|ST|X^Value||a|||A|||FOBX|2|NM|K^Potassium||6.9|mmol/L||HH|||F",
        "OBX|1|ST|X^Value||a|||A|||F||| OBR|2|P2|F2|K^Potassium",
        "NTE|1||a comment PID|2||MRN-2",
    ],
)
def test_s15_a_segment_within_another_is_refused_and_not_swallowed(line: str) -> None:
    refusal = unreadable(hl7.result(line))
    assert (refusal.status, refusal.code) == ("AE", Code.SEGMENT_SEQUENCE_ERROR)
    assert "line 6 has a second segment in it" in refusal.reason


@pytest.mark.parametrize(
    "line",
    ["OBX|1|TX|T^Text||see OBX||3", "OBX|1|NM|K^K||7|||OBX||S|F", "NTE|1||STREP RAPID|1|x"],
)
def test_names_of_segments_may_be_in_a_text(line: str) -> None:
    assert reported(hl7.result(line))
