"""A stay is what all that was said of it amounts to, in whatever order it was said (rule S4)."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import moved
from wards.hl7 import mapping
from wards.hl7.timeline import What, course
from wards.models import Admission, Bed, Feed, StayFact

DAY = datetime(2026, 11, 20, tzinfo=UTC)
PLACES = ("CARD^^C-01", "CARD^^C-02", "RENAL^^R-01", "ICU9^^I-99", "CARD")


def fact(what: str, hour: float, place: str = "CARD^^C-01", **fields: Any) -> StayFact:
    ward, _room, bed = [*place.split("^"), "", ""][:3]
    at = DAY + timedelta(hours=hour)
    return StayFact(
        **{"what": what, "at": at, "visit": "V1", "ward": ward, "bed": bed, "status": "home"}
        | fields
    )


def message(what: str, hour: int, place: str = "CARD^^C-01", **fields: Any) -> bytes:
    """An ADT message of the day at this hour of Riyadh, with a control id of its own."""
    since = fields.pop("since", "")
    raw = moved(what, place=place, since=since, **fields)
    return raw.replace(b"EVN||20261120101400", f"EVN||20261120{hour:02}0000".encode())


@some.composite
def told(draw: some.DrawFn) -> list[tuple[str, int, str]]:
    """What a hospital system may tell of one stay, in order: event, hour, place."""
    place = some.sampled_from(PLACES)
    story = [("A01", 1, draw(place))]
    state = "in"
    for hour in range(2, draw(some.integers(3, 14))):
        if state == "in":
            what = draw(some.sampled_from(["A02", "A02", "A08", "A12", "A03", "A11"]))
        elif state == "gone":
            what = draw(some.sampled_from(["A13", "A08"]))
        else:
            what = draw(some.sampled_from(["A01", "A08"]))
        state = {"A03": "gone", "A11": "never", "A13": "in", "A01": "in"}.get(what, state)
        story.append((what, hour, draw(place)))
    return story


class TestCourse:
    """Pure: the same facts, the same course."""

    @settings(max_examples=300, deadline=None)
    @given(told(), some.randoms(use_true_random=False), some.integers(0, 3))
    def test_s04_the_order_of_facts_does_not_matter(
        self, story: list[tuple[str, int, str]], chance: random.Random, repeated: int
    ) -> None:
        in_order = course([fact(*each) for each in story])
        shuffled = story * (1 + repeated)
        chance.shuffle(shuffled)
        assert course([fact(*each) for each in shuffled]) == in_order

    def test_s04_of_one_time_the_order_of_arrival_counts(self) -> None:
        here, there = fact("A02", 3, "RENAL"), fact("A02", 3, "CARD")
        begun = fact("A01", 1, "ICU9")
        assert course([begun, here, there]).place == ("CARD", "")
        assert course([begun, there, here]).place == ("RENAL", "")

    def test_s04_a_beginning_without_a_time_is_the_beginning(self) -> None:
        begun = fact("A01", 15, "CARD", is_timed=False)
        assert course([begun, fact("A02", 11, "RENAL")]).place == ("RENAL", "")

    @pytest.mark.parametrize(
        ("facts", "is_open"),
        [
            ("A01", True),
            ("A02", True),
            ("A08", False),
            ("A03 A01", False),
            ("A01 A03 A01", False),
            ("A01 A03 A02", False),
            ("A01 A03 A13", True),
            ("A01 A11", False),
            ("A01 A11 A02", False),
            ("A01 A11 A01", True),
            ("A11 A01", True),
            ("A01 A03 A11 A13", True),
        ],
    )
    def test_s04_an_ended_visit_is_opened_by_taking_its_end_back_alone(
        self, facts: str, is_open: bool
    ) -> None:
        reached = course([fact(what, hour) for hour, what in enumerate(facts.split())])
        assert reached.is_open is is_open

    def test_what_people_here_did_stands_above_what_was_said_before(self) -> None:
        by_hand = fact(What.BY_HAND, 5, "RENAL", begin=DAY, status="")
        facts = [fact("A01", 1), fact("A03", 4), by_hand, fact("A02", 3, "ICU9")]
        reached = course(facts)
        assert (reached.is_open, reached.place) == (True, ("RENAL", ""))


def state() -> list[Any]:
    """Everything that can be seen of the stays of Layla Haddad, and which beds are taken."""
    stays = Admission.objects.filter(patient__number="MRN-9").order_by("visit_number")
    seen: list[Any] = [
        (
            stay.visit_number,
            stay.ward.code,
            stay.bed.number if stay.bed else "",
            stay.admitted_at,
            stay.discharged_at,
            stay.discharge.status if stay.discharged_at else "",
            stay.reason,
        )
        for stay in stays.select_related("ward", "bed", "discharge")
    ]
    taken = Bed.objects.filter(status=Bed.Status.OCCUPIED).order_by("pk")
    return [*seen, *taken.values_list("ward__code", "number")]


def play(cast: Cast, messages: Sequence[bytes]) -> list[Any]:
    """The state after these messages, on a hospital that knew nothing of the patient."""
    feed = Feed.objects.get(hospital=cast.hospital)
    with transaction.atomic():
        for raw in messages:
            mapping.apply(hl7.said(raw), feed)
        reached = state()
        assert_beds_true()
        transaction.set_rollback(True)
    return reached


def assert_beds_true() -> None:
    """A bed is occupied if and only if an open stay is in it."""
    inside = Admission.objects.filter(discharged_at=None).exclude(bed=None)
    occupied = Bed.objects.filter(status=Bed.Status.OCCUPIED)
    assert {*inside.values_list("bed", flat=True)} == {*occupied.values_list("pk", flat=True)}


STORIES = {
    "usual": ["A01 1 CARD^^C-01", "A02 2 RENAL^^R-01", "A08 3 RENAL^^R-01", "A03 5 RENAL^^R-01"],
    "open": ["A01 1 CARD^^C-01", "A02 2 RENAL^^R-01", "A08 3 CARD^^C-02"],
    "back": ["A01 1 CARD^^C-01", "A03 2 CARD", "A13 3 CARD", "A02 4 RENAL^^R-01"],
    "never": ["A01 1 CARD^^C-01", "A02 2 RENAL^^R-01", "A11 3 RENAL"],
    "again": ["A01 1 CARD^^C-01", "A11 2 CARD", "A01 3 RENAL^^R-01", "A02 4 CARD^^C-02"],
    "stayed": ["A01 1 CARD^^C-01", "A02 2 RENAL^^R-01", "A12 3 CARD", "A03 4 CARD", "A08 6 CARD"],
    "anew": [  # the second beginning is later than the end that is taken back last
        "A01 1 ICU9^^I-99",
        "A03 2 CARD",
        "A13 3 CARD",
        "A11 4 CARD",
        "A01 5 CARD^^C-02",
        "A02 6 RENAL^^R-01",
    ],
    "late": [  # the end may come after the transfer, and is believed only when it is taken back
        "A01 1 RENAL^^R-01",
        "A03 2 CARD",
        "A08 3 ICU9^^I-99",
        "A13 4 CARD",
        "A02 5 CARD^^C-01",
        "A12 6 CARD",
    ],
    "long": [
        "A01 1 CARD^^C-01",
        "A02 2 RENAL^^R-01",
        "A08 3 RENAL^^R-01",
        "A02 4 CARD^^C-02",
        "A12 5 RENAL",
        "A03 6 RENAL",
        "A13 7 RENAL",
        "A02 8 CARD^^C-01",
        "A03 9 CARD",
    ],
}


def test_s04_an_end_that_comes_after_a_later_transfer(floor: Cast) -> None:
    """What was said while the stay was over stays without effect, however late that is heard."""
    in_order = messages_of("late")
    begun, gone, elsewhere, back, on, off = in_order
    expected = play(floor, in_order)
    assert play(floor, [begun, on, gone, elsewhere, back, off]) == expected
    assert play(floor, [on, off, gone, back, begun, elsewhere]) == expected
    assert play(floor, [begun, on, gone, gone, elsewhere, back, off, gone]) == expected


def messages_of(story: str, **fields: Any) -> list[bytes]:
    said = (line.split() for line in STORIES[story])
    return [message(what, int(hour), place, **fields) for what, hour, place in said]


# Without a visit number, what happens after the end of a stay is of another one.
ONCE = ("usual", "open", "never", "stayed")


@pytest.mark.parametrize(
    ("story", "visit"), [*((story, "V1") for story in STORIES), *((story, "") for story in ONCE)]
)
def test_s04_a_hundred_orders_end_in_the_same_state(floor: Cast, story: str, visit: str) -> None:
    expected = play(floor, messages_of(story, visit=visit))
    assert expected
    chance = random.Random(story)
    for _ in range(8):
        shuffled = messages_of(story, visit=visit)
        shuffled += chance.sample(messages_of(story, visit=visit), 2)
        chance.shuffle(shuffled)
        assert play(floor, shuffled) == expected, [raw[60:70] for raw in shuffled]


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],  # each takes a while: a failing one is shown as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=told(), chance=some.randoms(use_true_random=False))
def test_s04_whatever_the_story(
    floor: Cast, story: list[tuple[str, int, str]], chance: random.Random
) -> None:
    expected = play(floor, [message(*each) for each in story])
    shuffled = [message(*each) for each in story + story[1:3]]
    chance.shuffle(shuffled)
    assert play(floor, shuffled) == expected
