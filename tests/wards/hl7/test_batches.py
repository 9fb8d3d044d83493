"""What comes in one frame, cut into its messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import admitted
from wards.feeds.content import Unread
from wards.hl7.batches import messages_of
from wards.hl7.framing import Frame

ONE, TWO = hl7.admission(control_id="1"), hl7.admission(control_id="2")
FHS, BHS = b"FHS|^~\\&|PAS|RAWDAH\r", b"BHS|^~\\&|PAS|RAWDAH\r"


def test_a_message_is_itself() -> None:
    batch = messages_of(ONE)
    assert batch.messages == (ONE,)
    assert batch.is_one


@pytest.mark.parametrize(
    "raw",
    [
        FHS + BHS + ONE + TWO + b"BTS|2\rFTS|1\r",
        BHS + ONE + TWO + b"BTS|2",
        FHS + ONE + TWO + b"FTS|1\r",
        b"\r\n" + BHS + b" " + ONE + b"\r\n" + TWO + b"BTS\r",
        ONE + TWO,
        b"\xef\xbb\xbf" + FHS + ONE + TWO,
        FHS + BHS + ONE + b"BTS|1\r" + BHS + TWO + b"BTS|1|comment\rFTS|2\r",
    ],
)
def test_s15_each_message_of_a_batch_is_one(raw: bytes) -> None:
    for text in (raw, raw.replace(b"\r", b"\n"), raw.replace(b"\r", b"\r\n")):
        batch = messages_of(text)
        assert batch.unread == ()
        assert [admitted(message).visit.number for message in batch.messages] == ["V1", "V1"]


def test_s15_one_that_is_no_message_sinks_no_other() -> None:
    batch = messages_of(BHS + ONE + b"MSH|broken\rPID\r" + TWO + b"BTS|3\r")
    assert [message[:10] for message in batch.messages] == [ONE[:10], b"MSH|broken", TWO[:10]]
    assert batch.unread == ()


@pytest.mark.parametrize(
    ("trailer", "place", "value"),
    [
        (b"BTS|3\r", "BTS-1", "3 counted, 2 came"),
        (b"BTS|2\rFTS|4\r", "FTS-1", "4 counted, 1 came"),
    ],
)
def test_counts_that_differ_are_told(trailer: bytes, place: str, value: str) -> None:
    batch = messages_of(FHS + BHS + ONE + TWO + trailer)
    assert len(batch.messages) == 2
    assert batch.unread == (Unread(place, value),)


@pytest.mark.parametrize("raw", [b"", FHS + BHS + b"BTS|0\rFTS|1\r", b"GET / HTTP/1.1", b"MSH"])
def test_what_has_no_message_is_handed_on_to_be_refused(raw: bytes) -> None:
    assert messages_of(raw).messages == (raw,)


@given(st.binary(max_size=200), st.lists(st.sampled_from([ONE, TWO, BHS, b"BTS|1\r"]), max_size=5))
def test_no_message_is_lost(noise: bytes, parts: list[bytes]) -> None:
    batch = messages_of(b"\r".join([*parts, noise]))
    together = b"\r".join(batch.messages)
    assert all(part.strip() in together for part in parts if part in (ONE, TWO))


@pytest.mark.parametrize("message", [b"", b"\r", b"\r\n\r\n", b"  \t\r", b"\0", b"\x0b\r"])
def test_a_frame_that_only_keeps_a_connection_alive(message: bytes) -> None:
    assert Frame(message).is_empty
    assert not Frame(message + b"MSH").is_empty
