"""A feed takes back what it said (A11, A12, A13), and that again: whatever was told by then."""

from contextlib import nullcontext

import pytest

from inbox import fanout
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.inbox.withdrawing import GONE, nobody_told, shown, waiting
from tests.wards.hl7.messages import header, message, pid, pv1, send

pytestmark = pytest.mark.django_db(transaction=True)
ADMITTED, STAYS = "Pat Patel admitted to Cardiology", "Pat Patel stays in Cardiology after all"


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def adt(trigger: str, minute: int, place: str) -> bytes:
    """What patient administration says of Pat's visit, a minute after the other."""
    fields = {"number": "MRN-1", "visit": "V1", "place": place}
    return message(
        header(f"ADT^{trigger}"), f"EVN||2026112010{minute:02}00", pid(**fields), pv1(**fields)
    )


CARDIOLOGY, RENAL, SPARE = "CARD^^C-01", "RENAL^^R-01", "CARD^^C-02"
# What a feed says, and what Noor (Cardiology) and Omar (Renal) have in sight then.
COURSES = {
    "A12 twice": (
        [("A01", CARDIOLOGY), ("A02", RENAL), ("A02", SPARE), ("A12", RENAL), ("A12", CARDIOLOGY)],
        [ADMITTED, STAYS],
        [STAYS],
    ),
    "A11 after A02": (
        [("A01", CARDIOLOGY), ("A02", RENAL), ("A11", RENAL)],
        ["Pat Patel was not admitted to Renal Ward after all"],
        ["Pat Patel was not admitted to Renal Ward after all"],
    ),
    "A01 after A11": (
        [("A01", CARDIOLOGY), ("A11", CARDIOLOGY), ("A01", CARDIOLOGY)],
        [ADMITTED],
        [],
    ),
    "A13, then gone": (
        [("A01", CARDIOLOGY), ("A03", CARDIOLOGY), ("A13", CARDIOLOGY), ("A03", CARDIOLOGY)],
        [ADMITTED, STAYS, "Pat Patel discharged from Cardiology"],
        [],
    ),
    "A11 after A13": (
        [("A01", CARDIOLOGY), ("A03", CARDIOLOGY), ("A13", CARDIOLOGY), ("A11", CARDIOLOGY)],
        [GONE],
        [],
    ),
}


@pytest.mark.parametrize("waits", [False, True], ids=["told at once", "told together"])
@pytest.mark.parametrize("course", COURSES)
def test_s05_what_a_feed_takes_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, course: str, waits: bool
) -> None:
    said, noor, omar = COURSES[course]
    if waits and course == "A11 after A02":
        noor = []  # who had not heard of it has nothing to hear
    with nobody_told(monkeypatch) if waits else nullcontext():
        for minute, (trigger, place) in enumerate(said):
            assert send(adt(trigger, minute, place)) == "AA"
    fanout.dispatch(waiting())
    assert shown(cast.noor) == noor
    assert shown(cast.omar) == omar
    assert_mailboxes_consistent()
