"""People: numbers with their authorities, clinicians, phones, signs of death."""

from datetime import datetime

import pytest

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import RIYADH, admitted, reported, scheduled, unread, unreadable
from wards.feeds.content import Clinician, Id, PatientSpec, Unread


def person(*fields: tuple[int, str], kind: str = "ADT^A04") -> bytes:
    """A registration whose PID has these fields by number."""
    pid = [""] * 41
    pid[0], pid[3], pid[5] = "PID", "1", "Haddad^Layla"
    for number, value in fields:
        pid[number] = value
    return hl7.message(hl7.header(kind, version="2.7"), "EVN", "|".join(pid))


def patient(*fields: tuple[int, str]) -> PatientSpec:
    return admitted(person(*fields)).patient


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        (
            [(3, "MR77^^^H^MR~111-22-3333^^^USA&2.16&ISO^SS")],
            [Id("MR77", "H", "MR"), Id("111-22-3333", "USA", "SS")],
        ),
        ([(3, "77^5^M11^&1.2.3&ISO^mr")], [Id("77", "1.2.3", "MR")]),
        ([(3, "77^^^hosp^MR~77^^^HOSP^MR")], [Id("77", "HOSP", "MR")]),
        ([(3, '0000~^^^A^MR~UNKNOWN~""~007')], [Id("007")]),
        ([(3, ""), (2, "22^^^B^PI"), (4, "44")], [Id("22", "B", "PI")]),
        ([(3, "00000"), (4, "44^^^C")], [Id("44", "C")]),
        ([(3, "7\u200b7^^^\u202eH")], [Id("77", "H")]),
    ],
)
def test_s03_numbers_keep_their_authority_and_type(
    fields: list[tuple[int, str]], ids: list[Id]
) -> None:
    assert patient(*fields).ids == tuple(ids)


def test_s03_no_number_is_no_patient() -> None:
    assert unreadable(person((3, "000~UNKNOWN"))).place == "PID-3"


@pytest.mark.parametrize(
    ("field", "who"),
    [
        ("C006^Prasad^Priya", [Clinician((Id("C006"),), "Priya", "Prasad")]),
        (
            "C006^A^B~123^A^B^^^^^^NPI",
            [Clinician((Id("C006"), Id("123", "NPI")), "B", "A")],
        ),
        ("C006~C006^A^B", [Clinician((Id("C006"),), "B", "A")]),
        (
            "C006^A^B~C007^C^D",
            [Clinician((Id("C006"),), "B", "A"), Clinician((Id("C007"),), "D", "C")],
        ),
        ("90410^^^^^^^^^^^^MD", [Clinician((Id("90410", "", "MD"),))]),
        ("^A^B", [Clinician((), "B", "A")]),
        ("00000^&van&Hoek^P", [Clinician((), "P", "van Hoek")]),
        ("C006&x^A&&&^B^^^^^^H&1.2&ISO^^^^NPI", [Clinician((Id("C006", "H", "NPI"),), "B", "A")]),
        ("^^~\"\"", []),
    ],
)  # fmt: skip
def test_s03_clinicians_have_all_their_numbers(field: str, who: list[Clinician]) -> None:
    raw = hl7.message(
        hl7.header("ORU^R01"), hl7.pid(), "OBR|1|||K" + "|" * 24 + field, hl7.obx("1")
    )
    assert reported(raw).copies == tuple(who)
    attending = admitted(hl7.admission(attending=field)).visit.attending
    assert attending == (who[0] if who else None)


def test_a_clinician_without_a_number_has_no_code() -> None:
    assert Clinician((), "B", "A").code == ""
    assert Clinician((), "B", "A").is_named
    assert not Clinician((Id("C006"),)).is_named


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (["AIP|1|A|D1^A^B", "PV1||||||||D2^C^D"], "D1"),
        (["AIP|1|A|90410^^^^^^^^^^^^MD", "PV1||||||||D2^C^D"], None),
        (["AIP|1|A|90410^^^^^^^^^^^^MD", "PV1|||||||D2^C^D"], "D2"),
        (["AIP|1|A|1", "AIP|2|A|D3^E^F", "PV1|||||||D2^C^D"], "D3"),
        (["AIG|1|A|username", "AIP|1|A|90410", "PV1||||"], "username"),
        (["AIG|1|A|MRI-1|ROOM", "AIP|1|A|90410"], "90410"),
        (["PV1||||||||D8^G^H|D9^I^J"], "D9"),
        (["PV1||||||||D8^G^H"], "D8"),
        ([], ""),
    ],
)
def test_s03_who_sees_the_patient(segments: list[str], code: str | None) -> None:
    raw = hl7.message(
        hl7.header("SIU^S12"),
        "SCH|P1^A|F1^B^2.16^ISO||||||||||^^^202701051200",
        hl7.pid(),
        *segments,
    )
    thing = scheduled(raw)
    assert thing.ids == (Id("F1", "B"), Id("P1", "A"))
    expected = "90410" if code is None else code
    assert (thing.provider.code if thing.provider else "") == expected


@pytest.mark.parametrize(
    ("fields", "phone"),
    [
        ([(13, "+966 50 555 0101")], "+966 50 555 0101"),
        ([(13, "^PRN^CP^^966^50^1234567")], "+966501234567"),
        ([(13, "^PRN^PH^^00966^050^1234567^99")], "+966501234567"),
        ([(13, "^PRN^PH^^^050^1234567")], "0501234567"),
        ([(13, "^PRN^CP^^^^+966501234567")], "+966501234567"),
        ([(13, "^^PH^^^^^^^^^0505550101")], "0505550101"),
        ([(13, "(11)4651234X12^PRN^PH~0505550101^PRN^CP")], "0505550101"),
        ([(13, "(11)4651234X12^PRN^PH")], "(11)4651234"),
        ([(13, "114651234 ext. 7")], "114651234"),
        ([(13, "111111^PRN^FX~222222^BPN^BP~333333^EMR~444444^ORN^PH")], "444444"),
        ([(13, "111111^WPN^PH~222222^PRN^PH")], "222222"),
        ([(13, "111111^PRN^FX"), (14, "333333^WPN^PH")], "333333"),
        ([(13, "111111"), (14, "333333^WPN^CP")], "111111"),
        ([(13, "111111^PRN^PH"), (40, "555555^PRS^CP")], "555555"),
        ([(13, "^NET^Internet^layla1234567@example.org")], ""),
        ([(13, "layla1234567@example.org")], ""),
        ([(13, "1" * 33)], ""),
        ([(13, '""')], ""),
        ([(13, "unknown")], ""),
    ],
)
def test_phones_by_use(fields: list[tuple[int, str]], phone: str) -> None:
    assert patient(*fields).phone == phone


@pytest.mark.parametrize(
    ("fields", "email"),
    [
        ([(13, "0505550101~^NET^Internet^a@example.org")], "a@example.org"),
        ([(13, "a@example.org^NET")], "a@example.org"),
        ([(13, "05"), (14, "^NET^X.400^w@example.org")], "w@example.org"),
        (
            [(40, "^NET^Internet^p@example.org"), (14, "^NET^Internet^w@example.org")],
            "p@example.org",
        ),
        ([(13, "^NET^Internet^none")], ""),
    ],
)
def test_mail_addresses(fields: list[tuple[int, str]], email: str) -> None:
    assert patient(*fields).email == email


@pytest.mark.parametrize("sign", ["Y", "y", "YES", "1", "T", "true", "DEAD", "Deceased", "متوفى"])
def test_s06_pid_30_says_so(sign: str) -> None:
    assert patient((30, sign)).deceased


@pytest.mark.parametrize("sign", ["", '""', "N", "NO", "0", "F", "U"])
def test_s06_pid_30_says_no(sign: str) -> None:
    assert not patient((30, sign)).deceased


def test_s06_a_time_of_death_says_so() -> None:
    dead = patient((29, "202611261030"), (30, "N"))
    assert (dead.deceased, dead.died_at) == (True, datetime(2026, 11, 26, 10, 30, tzinfo=RIYADH))
    assert not patient((29, "00000000")).deceased
    odd = person((29, "26/11/2026"))
    assert (admitted(odd).patient.deceased, admitted(odd).patient.died_at) == (True, None)
    assert unread(odd) == [Unread("PID-29", "99/99/9999")]
    for never in ("99991231", "31.12.9999", "00.00.0000", "N", "alive"):
        assert not patient((29, never)).deceased


@pytest.mark.parametrize("name", ["~Haddad^Layla", '""^""~Haddad^Layla', "^^^~Haddad^Layla~X^Y"])
def test_the_first_name_that_is_one(name: str) -> None:
    told = patient((5, name))
    assert (told.last_name, told.first_name) == ("Haddad", "Layla")
