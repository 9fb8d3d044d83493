"""What a message says: segments and values."""

from datetime import date, datetime

import pytest

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import RIYADH, admitted, reported, said, unreadable
from wards.feeds.content import Clinician, Id, Report
from wards.feeds.refusals import Code, Failed
from wards.hl7.segments import MAX_SEPARATORS


def test_an_admission() -> None:
    thing = admitted(hl7.admission(language="ar"))
    patient, visit = thing.patient, thing.visit
    assert (patient.number, patient.first_name, patient.last_name) == ("MRN-9", "Layla", "Haddad")
    assert (patient.date_of_birth, patient.gender) == (date(1980, 2, 29), "F")
    assert (patient.phone, patient.language) == ("+966 50 555 0101", "ar")
    assert (visit.ward, visit.bed, visit.number) == ("CARD", "C-01", "V1")
    assert visit.attending == Clinician((Id("C006"),), "Priya", "Prasad")
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
    assert (creatinine.flags, potassium.flags) == (("HH",), ())
    assert creatinine.range == "49-92"


@pytest.mark.parametrize(
    ("flag", "flags"),
    [
        ("HH", ("HH",)),
        ("hh", ("hh",)),
        ("N~H", ("N", "H")),
        ("CRIT^Critical^L", ("CRIT",)),
        ("^Critical", ("Critical",)),
        ("H*", ("H*",)),
        ("", ()),
        ('""', ()),
    ],
)
def test_flags_are_told_as_they_were_sent(flag: str, flags: tuple[str, ...]) -> None:
    assert reported(hl7.result(hl7.obx("1", flag))).observations[0].flags == flags


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("NM", "98.00", "98.00"),
        ("SN", ">^300", ">300"),
        ("SN", "^1^:^128", "1:128"),
        ("CE", "260385009^Negative^SCT", "Negative"),
        ("CWE", "POS", "POS"),
        ("ST", "one~two", "one; two"),
        ("TX", "one~two", "one\ntwo"),
        ("ST", "10^5 & more^", "10^5 & more"),
        ("XCN", "C006^Prasad^Priya", "C006 Prasad Priya"),
        ("CWE", "^^^K^Potassium^L", "Potassium"),
        ("CWE", "^^^^^^^^As written", "As written"),
        ("TX", "no growth\\.br\\after 48 h", "no growth\nafter 48 h"),
        ("ED", "^application^pdf^Base64^JVBERi0", "(document)"),
        ("", "", ""),
        ("NM", '""', ""),
        ("FT", "x" * 4000, "x" * 999 + "…"),
    ],
)
def test_values_by_type(kind: str, value: str, text: str) -> None:
    assert reported(hl7.result(hl7.obx(value, type=kind))).observations[0].value == text


def test_withdrawn_values_keep_their_status() -> None:
    raw = hl7.result(hl7.obx("9", "HH", status="W"), hl7.obx("8", "HH", status="d"), hl7.obx("7"))
    assert [(o.value, o.status) for o in reported(raw).observations] == [
        ("9", "W"),
        ("8", "D"),
        ("7", "F"),
    ]


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
    assert observation.flags == ("H",)


def test_escape_sequences() -> None:
    name = r"A\F\B\S\C\T\D\R\E\E\F\X4142\\H\bold\N\\Zx\^Zoe"
    assert admitted(hl7.admission(name=name)).patient.last_name == "A|B^C&D~E\\FABbold\\Zx\\"


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
