"""What the style sheets keep to: icons, tokens, nothing dead, nothing that a browser lacks."""

from tests import icons


def test_the_sprite_has_every_icon_in_use_and_no_other() -> None:
    used, drawn = icons.in_use(), icons.in_sprite()
    assert used - drawn == set(), "python -m tests.icons <tarball> draws the sprite anew"
    assert drawn - used == set(), "nobody shows these any more"
