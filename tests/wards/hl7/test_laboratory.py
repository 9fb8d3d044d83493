"""ORU: what a laboratory found, as it was sent."""

from datetime import UTC, datetime

import pytest

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import RIYADH, reported, said, unread, unreadable
from wards.feeds.content import Id, Report, Unread
from wards.results.observations import Code


def reports(raw: bytes) -> list[Report]:
    return [thing for thing in said(raw) if isinstance(thing, Report)]


def ordered(*fields: tuple[int, str], orc: str = "ORC|RE") -> Report:
    """A report whose OBR has these fields by number."""
    obr = ["OBR", "1", *[""] * 40]
    for number, value in fields:
        obr[number] = value
    return reported(hl7.message(hl7.header("ORU^R01"), hl7.pid(), orc, "|".join(obr), hl7.obx("1")))


def test_s03_an_order_is_known_by_number_and_authority() -> None:
    report = ordered((2, "P1^HIS"), (3, "F1^^1.2.3^ISO"))
    assert (report.placer, report.filler) == (Id("P1", "HIS"), Id("F1", "1.2.3"))
    report = ordered(orc="ORC|RE|P2^HIS|F2^LAB")
    assert (report.placer, report.filler) == (Id("P2", "HIS"), Id("F2", "LAB"))
    assert ordered((2, "000")).placer is None


def test_when_it_was_found_and_said() -> None:
    report = ordered((7, "202611260800"), (22, "2026-11-26T09:00:00Z"))
    assert report.observed_at == datetime(2026, 11, 26, 8, tzinfo=RIYADH)
    assert report.said_at == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert ordered().said_at == datetime(2026, 11, 20, 10, 15, tzinfo=RIYADH)  # MSH-7


def test_times_that_are_only_told_refuse_nothing_and_are_noted_by_their_shape() -> None:
    raw = hl7.result().replace(b"OBR|1|||", b"OBR|1|||K^K|||Haddad 26.11.|\rOBR|2|||")
    assert len(reports(raw)) == 2
    assert unread(raw) == [Unread("OBR-7", "AAAAAA 99.99.")]


@pytest.mark.parametrize(
    ("status", "orc", "said"),
    [
        ("f", "ORC|RE", "F"),
        ("", "ORC|OC||||CA", "X"),
        ("P", "ORC|OC||||CA", "P"),
        ("", "ORC|RE", ""),
    ],
)
def test_the_status_of_a_report(status: str, orc: str, said: str) -> None:
    assert ordered((25, status), orc=orc).status == said


@pytest.mark.parametrize(
    ("field", "test", "code"),
    [
        ("K^Potassium^L", "Potassium", "K"),
        ("^^^K^Potassium^L", "Potassium", "K"),
        ("K", "K", "K"),
        ("^Potassium", "Potassium", ""),
        ("2823-3^^LN^K^Potassium^L", "Potassium", "2823-3"),
        ("^^^^^^^^Potassium in serum", "Potassium in serum", ""),
        ("", "Creatinine", "tt-0003-01"),
        ("K^" + "x" * 150, "x" * 150, "K"),
    ],
)
def test_what_was_tested(field: str, test: str, code: str) -> None:
    report = ordered((4, field))
    assert (report.test, report.code) == (test, code)


@pytest.mark.parametrize(
    ("field", "codes"),
    [
        ("K^Potassium^L", (Code("K", "Potassium", "L"),)),
        (
            "2823-3^Potassium^LN^K^Kalium^L",
            (Code("2823-3", "Potassium", "LN"), Code("K", "Kalium", "L")),
        ),
        ("^^^K^Potassium^L", (Code("K", "Potassium", "L"),)),
        ("K^^L^^^^^^Potassium", (Code("K", "", "L"), Code("", "Potassium"))),
        ("", ()),
    ],
)
def test_what_a_value_is_of(field: str, codes: tuple[Code, ...]) -> None:
    raw = hl7.result(f"OBX|1|NM|{field}|1.2|7|mmol/L^^UCUM|3.5&-&5.1|H~A|||F")
    [observation] = reported(raw).observations
    assert observation.codes == codes
    assert (observation.sub_id, observation.unit, observation.range) == (
        "1.2",
        "mmol/L",
        "3.5&-&5.1",
    )
    assert observation.flags == ("H", "A")


def test_values_before_the_first_order_are_the_patients_own() -> None:
    raw = hl7.message(
        hl7.header("ORU^R01^ORU_R01", version="2.8.2"),
        hl7.pid(),
        "OBX|1|NM|8302-2^Height^LN||170|cm|||||F",
        "OBR|1|P1|F1|K^Potassium^L",
        hl7.obx("6.9", "HH"),
    )
    own, ordered_ = reports(raw)
    assert (own.test, own.code, own.placer, own.filler) == ("Height", "8302-2", None, None)
    assert [o.value for o in own.observations] == ["170"]
    assert [o.value for o in ordered_.observations] == ["6.9"]


def test_values_without_any_order() -> None:
    [report] = reports(hl7.message(hl7.header("ORU^R01"), hl7.pid(), hl7.obx("6.9", "HH")))
    assert (report.test, report.observations[0].flags) == ("Creatinine", ("HH",))
    assert unreadable(hl7.message(hl7.header("ORU^R01"), hl7.obx())).place == "PID"


def test_a_visit_counts_wherever_it_stands() -> None:
    raw = hl7.message(
        hl7.header("ORU^R01"), hl7.pid(), "ORC|RE", "PV1|1|I|CARD", "OBR|1|||K", hl7.obx(),
        "SPM|1", "OBR|2|||N", hl7.obx(), hl7.pid(number="2"), "OBR|1|||K", "PV1|1|I|RENAL",
    )  # fmt: skip
    assert [report.visit.ward for report in reports(raw)] == ["CARD", "CARD", "RENAL"]


def test_a_bare_obx_is_no_value() -> None:
    assert [o.value for o in reported(hl7.result("OBX", "OBX|2", hl7.obx("7"))).observations] == [
        "7"
    ]


def test_nothing_is_left_out() -> None:
    values = [hl7.obx(str(n), "HH", status=s) for n, s in enumerate("FPCDWXIRSU")]
    report = reported(hl7.result(*values))
    assert "".join(o.status for o in report.observations) == "FPCDWXIRSU"


def test_s08_a_direction_mark_gets_into_no_value() -> None:
    raw = hl7.result(hl7.obx("\u202e9.6", "H\u200bH", unit="mmol\u200f/L"))
    [observation] = reported(raw).observations
    assert (observation.value, observation.flags, observation.unit) == ("9.6", ("HH",), "mmol/L")


def test_s03_the_only_patient_of_a_message_may_come_last() -> None:
    start, order = hl7.header("ORU^R01"), "OBR|1|P1|F1|K^Potassium"
    report = reported(hl7.message(start, hl7.pv1(), order, hl7.obx("1"), hl7.pid()))
    assert (report.patient.number, report.visit.ward) == ("MRN-9", "CARD")
    assert [value.value for value in report.observations] == ["1"]
    two = hl7.message(start, order, hl7.obx("1"), hl7.pid(), hl7.pid(number="MRN-1"))
    assert unreadable(two).place == "PID"


@pytest.mark.parametrize("bare", ["PV1", "PV1|1", "OBR", "OBR|2"])
def test_s02_a_name_alone_takes_nothing_away(bare: str) -> None:
    raw = hl7.message(hl7.header("ORU^R01"), hl7.pid(), hl7.pv1(), "OBR|1|P1", hl7.obx("1"), bare)
    assert reported(raw).visit.ward == "CARD"


def test_s08_a_range_of_two_parts_is_kept_whole() -> None:
    [value] = reported(hl7.result("OBX|1|NM|K^Potassium||7.9|mmol/L|3.5~5.1")).observations
    assert value.range == "3.5~5.1"


def test_a_long_name_in_the_place_of_a_code_is_read() -> None:
    assert ordered((4, "x" * 150)).test == "x" * 150
