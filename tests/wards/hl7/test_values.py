"""Single values: escape sequences and times."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import RIYADH, admitted, reported, unreadable
from wards.hl7.acknowledge import escape
from wards.hl7.header import USUAL, Header
from wards.hl7.values import parse_date, parse_time, unescape


def read(text: str, codec: str = "utf-8") -> str:
    """A value's meaning; in both, / stands for the escape character."""
    return unescape(text.replace("/", "\\"), USUAL, codec).replace("\\", "/")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a/F/b/S/c/T/d/R/e/E/f", "a|b^c&d~e/f"),
        ("one/.br/two/.sp/three/.sp2/four/.ce/five", "one\ntwo\nthree\nfour\nfive"),
        ("/.in+4//.ti-2/text/.sk 3/end/.fi//.nf/", "text end"),
        ("/H/high/N/light", "highlight"),
        ("M/XC3BC/ller", "Müller"),
        ("M/XC3//XBC/ller", "Müller"),
        ("line/X0D//X0A/line", "line\r\nline"),
        ("/E/F/E/", "/F/"),
        ("5/.br/2", "5\n2"),
    ],
)
def test_defined_sequences_are_resolved(text: str, meaning: str) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "120/80 right 118/78 left",
        "5/P/2",
        "5/H/2",
        "5/.in4/2",
        "C:/Temp/new/file.pdf",
        "//server/share/x",
        "/",
        "//",
        "and/or",
        "/Zlocal/",
        "/C2842/",
        "/M1B/",
        "/Xzz/",
        "/XC/",
        "/X/",
        "/XFF/",
        "/.xy/",
        "/.sp99999/",
        "/f/",
        "/F",
    ],
)
def test_s08_everything_else_stays_as_it_is(text: str) -> None:
    assert read(text) == text


def test_s08_blood_pressures_with_backslashes_stay_whole() -> None:
    raw = hl7.result(hl7.obx(r"120\80 right 118\78 left", "A", type="ST"))
    assert reported(raw).observations[0].value == r"120\80 right 118\78 left"


@given(st.text())
@example("\\F\\")
@example("\\E\\E")
@example("|^~\\&")
def test_s08_what_is_escaped_comes_back_as_it_was(text: str) -> None:
    assert unescape(escape(text, Header()), USUAL, "utf-8") == text.replace("\r", " ")


@given(st.text(alphabet="\\FSTREHNPXZ.brin09AF^|x "))
def test_s08_a_sequence_never_becomes_longer_than_it_was(text: str) -> None:
    assert len(read(text)) <= len(text)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=RIYADH)),
        ("202611", datetime(2026, 11, 1, tzinfo=RIYADH)),
        ("20261120", datetime(2026, 11, 20, tzinfo=RIYADH)),
        ("2026112010", datetime(2026, 11, 20, 10, tzinfo=RIYADH)),
        ("202611201015", datetime(2026, 11, 20, 10, 15, tzinfo=RIYADH)),
        ("20261120101530", datetime(2026, 11, 20, 10, 15, 30, tzinfo=RIYADH)),
        ("20261120101530.5", datetime(2026, 11, 20, 10, 15, 30, 500_000, tzinfo=RIYADH)),
        ("20261120101530.1234567", datetime(2026, 11, 20, 10, 15, 30, 123_456, tzinfo=RIYADH)),
        ("20261120101530+0000", datetime(2026, 11, 20, 10, 15, 30, tzinfo=UTC)),
        ("202611201015-0330", datetime(2026, 11, 20, 13, 45, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=RIYADH)),
        ("2026-11-20T10:15:00+03:00", datetime(2026, 11, 20, 7, 15, tzinfo=UTC)),
        ("2026-11-20T10:15:00.250Z", datetime(2026, 11, 20, 10, 15, 0, 250_000, tzinfo=UTC)),
        ("2026-11-20 10:15", datetime(2026, 11, 20, 10, 15, tzinfo=RIYADH)),
        ("20261120T101500Z", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
        ("202611201015 +03", datetime(2026, 11, 20, 7, 15, tzinfo=UTC)),
        (" 202611201015 ", datetime(2026, 11, 20, 10, 15, tzinfo=RIYADH)),
        ("202611302400", datetime(2026, 12, 1, tzinfo=RIYADH)),
        ("20261231240000", datetime(2027, 1, 1, tzinfo=RIYADH)),
        ("20261120101560", datetime(2026, 11, 20, 10, 16, tzinfo=RIYADH)),
        ("", None),
        ("00000000", None),
        ("0000-00-00T00:00:00", None),
    ],
)
def test_times(value: str, moment: datetime | None) -> None:
    assert parse_time(value, RIYADH) == moment


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "20261320",
        "20260230",
        "202611202500",
        "2026-11-20 9 h",
        "0001",
        "20261120+9",
        "202611202401",
        "20261120+1500",
        "20261120+0399",
        "2026T10",
    ],
)
def test_times_that_are_none(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(value, RIYADH)
    assert unreadable(hl7.admission(since=value)).place == "PV1-44"


@pytest.mark.parametrize("value", ["", "1980", "198002", "00000000", "someday", "19800230"])
def test_a_birth_date_that_is_not_known_to_the_day_is_left_out(value: str) -> None:
    assert parse_date(value) is None
    assert admitted(hl7.admission(born=value)).patient.date_of_birth is None


def test_a_birth_date_with_a_time_of_day() -> None:
    assert parse_date("198002290130") == date(1980, 2, 29)
