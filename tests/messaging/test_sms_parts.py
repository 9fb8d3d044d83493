"""How many SMS a text takes, against the tables of 3GPP TS 23.038."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.sms_parts import ALPHABET, EXTENSION, Segments, count, foreign

GSM, UCS = "GSM-7", "UCS-2"


def test_the_alphabet_has_every_code_but_the_escape() -> None:
    assert len(ALPHABET) == 127
    assert not ALPHABET & EXTENSION


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "parts"),
    [
        ("", GSM, 0, 0),
        ("Hello", GSM, 5, 1),
        ("@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ", GSM, 28, 1),
        ("¤¡ÄÖÑÜ§¿äöñüà", GSM, 13, 1),
        ("€", GSM, 2, 1),
        ("€[]{}\\~^|", GSM, 18, 1),
        ("\f\r\n", GSM, 4, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("€" * 80, GSM, 160, 1),
        ("€" * 80 + "a", GSM, 161, 2),
        # 153 is odd: a pair does not fit into the last septet, 76 pairs go into a part.
        ("€" * 152, GSM, 304, 2),
        ("€" * 153, GSM, 306, 3),
        ("a" * 152 + "€" + "a" * 151, GSM, 305, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
        ("ç", UCS, 1, 1),
        ("`", UCS, 1, 1),
        ("\t", UCS, 1, 1),
        ("It’s", UCS, 4, 1),
        ("م" * 70, UCS, 70, 1),
        ("م" * 71, UCS, 71, 2),
        ("م" * 134, UCS, 134, 2),
        ("م" * 135, UCS, 135, 3),
        ("a" * 69 + "م", UCS, 70, 1),
        ("🙂", UCS, 2, 1),
        ("🙂" * 35, UCS, 70, 1),
        ("🙂" * 36, UCS, 72, 2),
        # 67 is odd, too: 33 go into a part.
        ("🙂" * 66, UCS, 132, 2),
        ("🙂" * 67, UCS, 134, 3),
        ("م" * 66 + "🙂" + "م" * 66, UCS, 134, 3),
        ("{م}", UCS, 3, 1),  # nothing counts twice there but what lies beyond the first plane
    ],
)
def test_count(text: str, encoding: str, characters: int, parts: int) -> None:
    assert count(text)[:3] == (encoding, characters, parts)


@pytest.mark.parametrize(
    ("text", "room"), [("", 160), ("a" * 160, 0), ("a" * 161, 145), ("م", 69), ("م" * 71, 63)]
)
def test_the_room_that_is_left(text: str, room: int) -> None:
    assert count(text).room == room


def test_what_makes_a_text_dearer_is_named() -> None:
    assert foreign("It’s 5 €, isn’t it… ^") == ["’", "…"]
    assert foreign("Plain [text]") == []


def packed(text: str) -> Segments:
    """The same, said in another way: encode, then cut."""
    if foreign(text):
        pieces = [letter.encode("utf-16-be") for letter in text]
        sizes, alone, joined = [len(piece) // 2 for piece in pieces], 70, 67
    else:
        sizes, alone, joined = [1 + (letter in EXTENSION) for letter in text], 160, 153
    if sum(sizes) <= alone:
        cuts = [sum(sizes)] if sizes else []
        return Segments(UCS if foreign(text) else GSM, sum(sizes), len(cuts), alone - sum(sizes))
    cuts = [0]
    for size in sizes:
        cuts = [*cuts, size] if cuts[-1] + size > joined else [*cuts[:-1], cuts[-1] + size]
    return Segments(UCS if foreign(text) else GSM, sum(sizes), len(cuts), joined - cuts[-1])


@given(st.text("ab€^ é", max_size=700) | st.text("aم🙂{", max_size=300))
def test_any_text(text: str) -> None:
    assert count(text) == packed(text)
