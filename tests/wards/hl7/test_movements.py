"""ADT: what ends a stay, places and beds, and two numbers of one person."""

import pytest

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import admitted, merged, unreadable
from wards.feeds.content import Id, Move, PatientVisit
from wards.hl7.movements import bed_name
from wards.models import Discharge, Feed


def discharged(code: str, kind: str = "ADT^A03") -> bytes:
    pv1 = ["PV1", "1", "I", "CARD", *[""] * 32, code]
    return hl7.message(hl7.header(kind), "EVN||20261120101400", hl7.pid(), "|".join(pv1))


@pytest.mark.parametrize(
    "code",
    ["20", "40", "41", "42", "020", "EXP", "exp", "Expired", "DIED", "DEATH", "DEC", "DECEASED",
     "MOR", "متوفى", "وفاة", "EXP^Expired^L", "9^Patient expired", "X^الوفاة", "^^^20^Expired^H"],
)  # fmt: skip
def test_s06_a_discharge_code_says_so(code: str) -> None:
    stay = admitted(discharged(code))
    assert stay.disposition == Discharge.Status.DECEASED
    assert stay.disposition_code == code.split("^", maxsplit=1)[0]
    assert stay.patient.deceased
    assert admitted(discharged(code, "ADT^A08")).patient.deceased
    assert not admitted(discharged(code, "ADT^A13")).patient.deceased


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", Discharge.Status.HOME),
        ("1", Discharge.Status.HOME),
        ("01^Home", Discharge.Status.HOME),
        ("2", Discharge.Status.TRANSFERRED),
        ("07", Discharge.Status.AGAINST_ADVICE),
        ("D", Discharge.Status.HOME),
        ("X^Wishes after death certificate", Discharge.Status.HOME),
    ],
)
def test_all_others_live(code: str, status: str) -> None:
    assert admitted(discharged(code)).disposition == status
    assert not admitted(discharged(code)).patient.deceased


@pytest.mark.parametrize(
    ("place", "visit"),
    [
        ("5W^501^A", PatientVisit("5W", "501", "A")),
        ("5W&501&A", PatientVisit("5W", "501", "A")),
        ("5W&1.2.3&ISO", PatientVisit("5W")),
        ("5W&1.2.3&ISO^501&x^A&y^HOSP^^^B1", PatientVisit("5W", "501", "A")),
        ("^^^HOSP", PatientVisit()),
        ("5W^^Bed 6", PatientVisit("5W", "", "Bed 6")),
    ],
)
def test_places(place: str, visit: PatientVisit) -> None:
    raw = hl7.message(hl7.header("ADT^A08"), hl7.pid(), f"PV1|1|I|{place}")
    assert admitted(raw).visit == visit


@pytest.mark.parametrize(
    ("room", "bed", "auto", "room_bed", "alone"),
    [
        ("501", "A", "501-A", "501-A", "A"),
        ("501", "12", "501-12", "501-12", "12"),
        ("501", "C-01", "C-01", "501-C-01", "C-01"),
        ("501", "501B", "501B", "501-501B", "501B"),
        ("501", "Window", "501-Window", "501-Window", "Window"),
        ("Main", "Bed 124", "Bed 124", "Main-Bed 124", "Bed 124"),
        ("501", "Bed A", "501-Bed A", "501-Bed A", "Bed A"),
        ("501", "001", "501-001", "501-001", "001"),
        ("", "A", "A", "A", "A"),
        ("501", "", "", "", ""),
    ],
)
def test_s03_a_bed_letter_is_a_bed_of_its_room(
    room: str, bed: str, auto: str, room_bed: str, alone: str
) -> None:
    visit = PatientVisit("5W", room, bed)
    assert bed_name(visit, Feed.Beds.AUTO) == auto
    assert bed_name(visit, Feed.Beds.ROOM_BED) == room_bed
    assert bed_name(visit, Feed.Beds.BED) == alone


@pytest.mark.parametrize("kind", ["A18", "A30", "A34", "A36", "A39", "A40"])
def test_s03_several_pairs_of_numbers_in_one_merge(kind: str) -> None:
    raw = hl7.message(
        hl7.header(f"ADT^{kind}"),
        "EVN",
        "PID|1||R1^^^H^MR||A^B",
        "MRG|T1^^^H^MR~T2^^^H^MR|||V9",
        "PV1|1|I",
        "PID|2||R2^^^H^MR||C^D",
        "MRG||||T3^^^H",
    )
    one, two = merged(raw)
    assert (one.survivor.number, one.retired) == ("R1", (Id("T1", "H", "MR"), Id("T2", "H", "MR")))
    assert (two.survivor.number, two.retired) == ("R2", (Id("T3", "H"),))
    assert one.retired_visit is None


@pytest.mark.parametrize("kind", ["A35", "A41", "A42"])
def test_s03_a_merge_of_visits_is_not_one_of_people(kind: str) -> None:
    pv1 = "PV1|1|I" + "|" * 17 + "V2^^^H"
    raw = hl7.message(
        hl7.header(f"ADT^{kind}"), "PID|1||R1" + "|" * 15 + "ACC", "MRG|R1||ACC9||V1^^^H", pv1
    )
    [merge] = merged(raw)
    assert (merge.retired, merge.retired_visit) == ((Id("R1"),), Id("V1", "H"))
    assert merge.surviving_visit == Id("V2", "H")
    [by_account] = merged(raw.replace(b"||V1^^^H", b"").replace(pv1.encode(), b"NTE"))
    assert (by_account.retired_visit, by_account.surviving_visit) == (Id("ACC9"), Id("ACC"))


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        (["MRG|T1"], "PID"),
        (["PID|1||R1"], "MRG"),
        (["PID|1||R1", "MRG"], "MRG-1"),
        ([], "PID"),
    ],
)
def test_half_a_merge(segments: list[str], place: str) -> None:
    assert unreadable(hl7.message(hl7.header("ADT^A40"), *segments)).place == place


@pytest.mark.parametrize(
    ("kind", "move"),
    [
        ("A05", Move.REGISTERED),
        ("A06", Move.ADMITTED),
        ("A28", Move.REGISTERED),
        ("A31", Move.UPDATED),
    ],
)
def test_events_that_say_the_same(kind: str, move: Move) -> None:
    stay = admitted(hl7.moved(kind))
    assert stay.move is move
    assert (stay.visit == PatientVisit()) is (kind in ("A28", "A31"))
