"""Who ordered and who attends: never somebody else, and nobody made of a bare number."""

import pytest

from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import send
from wards.models import Event, Feed, FeedNote, Identifier, Role, User

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


def ordered_by(orderer: str) -> User | None:
    """Who hears of a critical result that this OBR-16 ordered."""
    assert send(hl7.result(hl7.obx("9", "HH"), attending="", obr_orderer=orderer)) == "AA"
    return Event.objects.latest("id").provider


def notes() -> list[str]:
    return [str(note) for note in FeedNote.objects.order_by("id")]


def test_s03_by_our_own_code(floor: Cast) -> None:
    for orderer in (
        "C006",
        "C006^Prasad^Priya",
        "C006^PRASAD^P^^^Dr",
        "C006^Patel^Priya",
        "C006^A^B",
    ):
        assert ordered_by(orderer) == floor.priya
    assert ordered_by("C006^Prasad^Priya^^^^^^RAWDAH") == floor.priya
    assert not notes()


def test_s03_any_of_several_codes(floor: Cast) -> None:
    Identifier.objects.create(
        hospital=floor.hospital, of="clinician", authority="NPI", value="77", user=floor.priya
    )
    assert ordered_by("X1^Prasad^Priya^^^^^^LAB~77^Prasad^Priya^^^^^^NPI") == floor.priya
    assert ordered_by("X1^^^^^^^^LAB") == floor.priya, "the new code is learnt"


@pytest.mark.parametrize("code", ["C006", "C006^^^^^^^^RAWDAH", "77"])
def test_s03_our_own_code_counts_whatever_the_name(floor: Cast, code: str) -> None:
    """People marry and systems spell; that the name is another is shown with the feed."""
    Identifier.objects.create(hospital=floor.hospital, of="clinician", value="77", user=floor.priya)
    value, *rest = code.split("^^^", 1)
    orderer = "^".join([f"{value}^Woolfson^Kathleen", *rest])
    assert ordered_by(f"{orderer}~X1^Woolfson^Kathleen^^^^^^LAB") == floor.priya
    assert notes() == [f"OBR-16: {value} under another name"]
    assert ordered_by("X1^^^^^^^^LAB") is None, "who X1 is has nobody said"
    assert not User.objects.filter(last_name="Woolfson").exists()


def test_s03_anothers_code_under_a_name_that_contradicts_it_is_nobody(floor: Cast) -> None:
    Identifier.objects.create(
        hospital=floor.hospital, of="clinician", authority="LAB", value="77", user=floor.priya
    )
    assert ordered_by("77^Woolfson^Kathleen^^^^^^LAB") is None
    assert notes() == ["OBR-16: 77^LAB"]
    assert ordered_by("77^A^B^^^^^^LAB") == floor.priya, "letters alone say nothing"
    assert not User.objects.filter(last_name="Woolfson").exists()


def test_s03_the_same_code_of_another_authority_is_somebody_else(floor: Cast) -> None:
    kathleen = ordered_by("C006^Woolfson^Kathleen^^^^^^LAB")
    assert kathleen is not None
    assert (kathleen.code, kathleen.role) == ("LAB:C006", Role.PROVIDER)
    assert ordered_by("C006^^^^^^^^LAB") == kathleen
    assert ordered_by("C006") == floor.priya


def test_s03_a_code_without_authority_before_is_recognised_by_the_name(floor: Cast) -> None:
    assert ordered_by("C006^Prasad^Priya^^^^^^DRNBR") == floor.priya
    assert ordered_by("C006^^^^^^^^DRNBR") == floor.priya


@pytest.mark.parametrize("orderer", ["D99", "D99^^^^^^^^LAB", "C006^^^^^^^^LAB", "^Saleh^Huda"])
def test_s03_nobody_is_made_of_a_bare_number(floor: Cast, orderer: str) -> None:
    before = User.objects.count()
    assert ordered_by(orderer) is None
    assert User.objects.count() == before
    [note] = notes()
    assert "Saleh" not in note, "notes name nobody"


def test_s02_a_result_goes_on_where_clinicians_are_not_created(floor: Cast) -> None:
    Feed.objects.update(creates_people=False)
    assert ordered_by_known("D77^Saleh^Huda") is None
    assert notes() == ["OBR-16: D77"]


def ordered_by_known(orderer: str) -> User | None:
    raw = hl7.result(hl7.obx("9", "HH"), number="MRN-1", attending="", obr_orderer=orderer)
    assert send(raw) == "AA"
    return Event.objects.latest("id").provider


def test_s03_two_people_with_the_codes_of_one_message_are_nobody(floor: Cast) -> None:
    factories.create_user(floor.hospital, Role.PROVIDER, code="C007")
    assert ordered_by("C006^Prasad^Priya~C007^Prasad^Priya") is None


def test_what_is_not_understood_again_is_counted(floor: Cast) -> None:
    for _ in range(3):
        assert ordered_by("D99") is None
    assert FeedNote.objects.get().count == 3


def test_s02_a_result_makes_no_ward(floor: Cast) -> None:
    assert send(hl7.admission()) == "AA"
    raw = hl7.result(hl7.obx("9", "HH"), place="NOWHERE")
    assert send(raw) == "AA"
    assert Event.objects.latest("id").ward == floor.cardiology, "where the patient is"
    assert notes() == ["PV1-3: NOWHERE"]


@pytest.mark.parametrize(
    "place", ["CARD", "cardiology", "CARDIOLOGY ", "أمراض القلب", "امراض القلب"]
)
def test_s02_a_ward_is_found_by_code_else_by_name(floor: Cast, place: str) -> None:
    assert send(hl7.result(place=place, charset="UNICODE UTF-8")) == "AA"
    assert Event.objects.get().ward == floor.cardiology
    assert not notes()


def test_s02_a_name_of_two_wards_is_none(floor: Cast) -> None:
    factories.create_ward(floor.hospital, "CARDIOLOGY")
    assert send(hl7.result(place="Cardiology")) == "AA"
    assert Event.objects.get().ward is None
