"""What a message says: segments and values."""

from datetime import UTC, date, datetime

import pytest

from tests.wards import hl7_messages as hl7
from tests.wards.hl7_messages import RIYADH, admitted, reported, said, unreadable
from wards.hl7.refusals import Code, Failed
from wards.hl7.said import Clinician, Report
from wards.hl7.segments import MAX_SEPARATORS
from wards.hl7.values import parse_date, parse_time


def test_an_admission() -> None:
    thing = admitted(hl7.admission(language="ar"))
    patient, visit = thing.patient, thing.visit
    assert (patient.number, patient.first_name, patient.last_name) == ("MRN-9", "Layla", "Haddad")
    assert (patient.date_of_birth, patient.gender) == (date(1980, 2, 29), "F")
    assert (patient.phone, patient.language) == ("+966 50 555 0101", "ar")
    assert (visit.ward, visit.bed, visit.number) == ("CARD", "C-01", "V1")
    assert visit.attending == Clinician("C006", "Priya", "Prasad")
    assert visit.admitted_at == datetime(2026, 11, 20, 10, tzinfo=RIYADH)


def test_without_a_time_of_admission_it_is_that_of_the_event() -> None:
    visit = admitted(hl7.admission(since="")).visit
    assert visit.admitted_at == datetime(2026, 11, 20, 10, 14, tzinfo=RIYADH)


def test_the_reason_of_an_admission() -> None:
    raw = hl7.admission() + b"PV2|||CP^Chest pain\r"
    assert admitted(raw).visit.reason == "Chest pain"


def test_a_result() -> None:
    report = reported(hl7.result(hl7.obx("310.5", "HH"), hl7.obx("4", test="K^Potassium", unit="")))
    assert report.test == "Urea and electrolytes"
    assert report.visit.ward == "CARD"
    creatinine, potassium = report.observations
    assert (creatinine.code, creatinine.name) == ("tt-0003-01", "Creatinine")
    assert (creatinine.value, creatinine.unit) == ("310.5", "umol/L")
    assert (creatinine.flag, potassium.flag) == (Flag.CRITICAL, Flag.NORMAL)


@pytest.mark.parametrize(
    ("flag", "meaning"),
    [
        *((flag, Flag.CRITICAL) for flag in ("HH", "LL", "AA", "hh", "H~HH", "A~LL")),
        *((flag, Flag.ABNORMAL) for flag in ("H", "L", "A", ">", "<", "HU", "LU", "N~H")),
        *((flag, Flag.NORMAL) for flag in ("", "N", '""', "S", "R", "XYZ")),
    ],
)
def test_flags(flag: str, meaning: Flag) -> None:
    assert reported(hl7.result(hl7.obx("1", flag))).observations[0].flag is meaning


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("NM", "98.00", "98.00"),
        ("SN", ">^300", ">300"),
        ("SN", "^1^:^128", "1:128"),
        ("CE", "260385009^Negative^SCT", "Negative"),
        ("CWE", "POS", "POS"),
        ("ST", "one~two", "one two"),
        ("TX", "no growth\\.br\\after 48 h", "no growth\nafter 48 h"),
        ("ED", "^application^pdf^Base64^JVBERi0", "(document)"),
        ("", "", ""),
        ("NM", '""', ""),
        ("FT", "x" * 400, "x" * 250),
    ],
)
def test_values_by_type(kind: str, value: str, text: str) -> None:
    assert reported(hl7.result(hl7.obx(value, type=kind))).observations[0].value == text


def test_withdrawn_values_are_left_out() -> None:
    raw = hl7.result(hl7.obx("9", "HH", status="W"), hl7.obx("8", "HH", status="D"), hl7.obx("7"))
    assert [o.value for o in reported(raw).observations] == ["7"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"orderer": "D2^B^B", "obr_orderer": "D1^A^A"}, "D1"),
        ({"orderer": "D2^B^B"}, "D2"),
        ({}, "C006"),
    ],
)
def test_who_ordered(fields: dict[str, str], code: str) -> None:
    provider = reported(hl7.result(**fields)).provider
    assert provider is not None
    assert provider.code == code


def test_several_orders_and_several_patients_in_one_message() -> None:
    raw = hl7.message(
        hl7.header("ORU^R01"),
        hl7.pid(number="1"),
        hl7.pv1(place="CARD", attending=""),
        "ORC|RE|||||||||||D1^A^A",
        "OBR|1|||A^First",
        hl7.obx("1"),
        "NTE|1||a note",
        hl7.obx("2"),
        "OBR|2|||B^Second",
        hl7.pid(number="2"),
        "OBR|1|||C^Third",
        hl7.obx("3"),
    )
    reports = [thing for thing in said(raw) if isinstance(thing, Report)]
    assert [(r.patient.number, r.test, [o.value for o in r.observations]) for r in reports] == [
        ("1", "First", ["1", "2"]),
        ("1", "Second", []),
        ("2", "Third", ["3"]),
    ]
    assert [r.provider.code if r.provider else None for r in reports] == ["D1", "D1", None]
    assert [r.visit.ward for r in reports] == ["CARD", "CARD", ""]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r", "\n\n"])
def test_segments_end_in_any_way(end: str) -> None:
    segments = hl7.admission().decode().split("\r")
    assert admitted(hl7.message(*segments[:-1], end=end)) == admitted(hl7.admission())


def test_a_line_that_is_not_a_segment_belongs_to_the_text_before_it() -> None:
    raw = hl7.result("OBX|1|TX|T^Text||first line\nsecond|||H")
    [observation] = reported(raw).observations
    assert observation.value == "first line\nsecond"
    assert observation.flag is Flag.ABNORMAL


def test_escape_sequences() -> None:
    name = r"A\F\B\S\C\T\D\R\E\E\F\X4142\\H\bold\N\\Zx\^Zoe"
    assert admitted(hl7.admission(name=name)).patient.last_name == "A|B^C&D~E\\FABbold"


@pytest.mark.parametrize("text", ["\\.sp999999999\\", "\\Xzz\\", "\\", "\\\\", "\\X00\\"])
def test_odd_escape_sequences_do_no_harm(text: str) -> None:
    assert admitted(hl7.admission(name=f"Haddad{text}^Zoe")).patient.last_name[:6] == "Haddad"


def test_components_with_subcomponents_and_repetitions() -> None:
    patient = admitted(hl7.admission(name="van Dijk&van&Dijk^Ann~Alias^Other")).patient
    assert (patient.last_name, patient.first_name) == ("van Dijk", "Ann")


def test_the_first_patient_number_there_is() -> None:
    raw = hl7.admission(number="77^^^A~88").replace(b"77^^^A~88", b"~88^^^B")
    assert admitted(raw).patient.number == "88"


def test_phone_and_mail() -> None:
    phone = "^NET^Internet^layla@example.org~^PRN^PH^^^^^^^^^+966505550101"
    patient = admitted(hl7.admission(phone=phone)).patient
    assert (patient.phone, patient.email) == ("+966505550101", "layla@example.org")


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (hl7.message(hl7.header(), hl7.pv1()), "PID"),
        (hl7.message(hl7.header(), hl7.pid()), "PV1"),
        (hl7.admission(number=""), "PID-3"),
        (hl7.admission(place="^^C-01"), "PV1-3"),
        (hl7.message(hl7.header("ORU^R01"), hl7.pid()), "OBR"),
        (hl7.message(hl7.header("ORU^R01"), "OBR|1|||A^First"), "PID"),
    ],
)
def test_what_cannot_be_done_without(raw: bytes, place: str) -> None:
    refusal = unreadable(raw)
    assert isinstance(refusal, Failed)
    assert (refusal.code, refusal.place) == (Code.REQUIRED_FIELD_MISSING, place)


def test_a_value_before_its_order() -> None:
    raw = hl7.message(hl7.header("ORU^R01"), hl7.pid(), hl7.obx())
    assert unreadable(raw).code is Code.SEGMENT_SEQUENCE_ERROR


@pytest.mark.parametrize("field", ["number", "place", "attending", "visit"])
def test_names_of_things_are_not_cut_short(field: str) -> None:
    assert unreadable(hl7.admission(**{field: "x" * 81})).code is Code.DATA_TYPE_ERROR
    assert admitted(hl7.admission(**{field: "x" * 80}))


def test_long_names_of_people_are() -> None:
    assert admitted(hl7.admission(name="x" * 500 + "^Zoe")).patient.last_name == "x" * 120


def test_two_messages_in_one() -> None:
    assert unreadable(hl7.admission() + hl7.admission()).status == "AR"


def test_a_message_made_of_separators_is_not_taken_apart() -> None:
    refusal = unreadable(hl7.admission() + b"OBX" + b"|" * MAX_SEPARATORS)
    assert (refusal.status, refusal.code) == ("AR", Code.DATA_TYPE_ERROR)


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
        ("", None),
        ("00000000", None),
    ],
)
def test_times(value: str, moment: datetime | None) -> None:
    assert parse_time(value, RIYADH) == moment


@pytest.mark.parametrize(
    "value",
    ["yesterday", "20261320", "20260230", "202611202500", "2026-11-20", "0001", "20261120+9"],
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
