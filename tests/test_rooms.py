"""Rooms: everything is in one, and no arrow of imports runs up."""

from pathlib import Path

import pytest

from tests import rooms

FOUND = rooms.arrows()


def test_everything_is_in_a_room() -> None:
    homeless = [module for module, _ in rooms.modules() if not rooms.place(module)]
    assert not homeless, "say in tests/rooms.py which room this is"


def test_rooms_import_only_what_stands_below_them() -> None:
    """So there is no circle either."""
    assert not rooms.upwards(FOUND)


def test_what_a_module_has_on_board_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "import wards.hl7\n\n\ndef late():\n    from messaging import delivery as d\n"
    )
    known = {"wards.hl7", "messaging.delivery", "messaging"}
    assert [*rooms.imported(module, known)] == [(1, "wards.hl7"), (5, "messaging.delivery")]


@pytest.mark.parametrize(
    ("importer", "module"),
    [
        ("wards.models.staff", "wards.events"),
        ("messaging.delivery.reach", "messaging.campaigns.texts"),
        ("wards.base.clock", "wards.models"),
        ("messaging.models", "inbox.models"),
        ("inbox.live.hub", "config.settings"),
    ],
)
def test_an_arrow_that_runs_up_is_seen(importer: str, module: str) -> None:
    arrow = rooms.place(importer), rooms.place(module)
    assert rooms.upwards({arrow: ["this line"]}) == ["this line"]
    assert not rooms.upwards({(arrow[1], arrow[0]): ["this line"]})


def test_the_top_of_messaging_fits_on_a_page() -> None:
    top = {path.name for path in (rooms.ROOT / "messaging").iterdir() if path.name[0] != "_"}
    assert len(top) + 1 <= 24  # with __init__.py


def test_the_picture_is_drawn_from_the_code() -> None:
    page = rooms.PAGE.read_text()
    picture = page.split(rooms.BEGIN)[1].split(rooms.END)[0]
    assert picture == rooms.drawn(), "python -m tests.rooms draws it"
