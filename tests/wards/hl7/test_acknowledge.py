"""Which answers a sender asks for, and how they look."""

import pytest

from tests.wards.hl7 import messages as hl7
from wards.feeds.refusals import Failed, NotAccepted, Rejected, missing
from wards.hl7.acknowledge import Mode, acknowledge, is_due, is_enhanced
from wards.hl7.header import Header, read

AE = missing("PID-3", "patient number")
AR = Rejected(AE.code, "not for us", "MSH-9")


def header(commit: str = "", application: str = "") -> Header:
    raw = hl7.admission().replace(b"|P|2.5.1|||||", f"|P|2.5.1|||{commit}|{application}|".encode())
    return read(raw)[0]


def test_original_mode_has_one_answer() -> None:
    for asked in (header(), header('""', '""')):
        assert not is_enhanced(asked)
        for refusal in (None, AE, AR):
            assert is_due(asked, Mode.APPLICATION, refusal)
            assert not is_due(asked, Mode.COMMIT, refusal)


@pytest.mark.parametrize(
    ("wish", "on_success", "on_error"),
    [
        ("AL", True, True),
        ("NE", False, False),
        ("ER", False, True),
        ("SU", True, False),
        ("al", True, True),
        ("??", True, True),
    ],
)
def test_enhanced_mode_answers_as_asked(wish: str, on_success: bool, on_error: bool) -> None:
    for mode, asked in ((Mode.COMMIT, header(wish)), (Mode.APPLICATION, header("", wish))):
        assert is_enhanced(asked)
        assert is_due(asked, mode) is on_success
        assert is_due(asked, mode, AE) is on_error
        other = Mode.COMMIT if mode is Mode.APPLICATION else Mode.APPLICATION
        assert not is_due(asked, other)


@pytest.mark.parametrize(
    ("mode", "refusal", "code"),
    [
        (Mode.COMMIT, None, "CA"),
        (Mode.COMMIT, AE, "CE"),
        (Mode.COMMIT, AR, "CR"),
        (Mode.APPLICATION, None, "AA"),
        (Mode.APPLICATION, AE, "AE"),
        (Mode.APPLICATION, AR, "AR"),
    ],
)
def test_codes(mode: Mode, refusal: NotAccepted | None, code: str) -> None:
    asked = header("AL", "AL")
    text = acknowledge(asked, refusal, mode=mode)
    msh, msa, *err = (line.split("|") for line in text.split("\r")[:-1])
    assert msa[:3] == ["MSA", code, asked.control_id]
    assert bool(err) is (refusal is not None)
    assert msh[14:16] == ["NE", "NE"]


def test_an_answer_in_original_mode_asks_for_nothing() -> None:
    text = acknowledge(header(), Failed(AE.code, "a|b^c", "PID-3"))
    assert text.split("\r")[0].count("|") == 11
    assert "a\\F\\b\\S\\c" in text


def test_the_character_set_is_told_again() -> None:
    asked = read(hl7.admission(charset="UNICODE UTF-8"))[0]
    assert acknowledge(asked).split("\r")[0].split("|")[17] == "UNICODE UTF-8"
