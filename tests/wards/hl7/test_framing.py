"""MLLP frames out of a stream of bytes, however it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from wards.hl7.framing import HEAD, Deframer, Frame, Oversized, Unframed, framed

LIMIT = 100
plain = st.binary(max_size=LIMIT).map(lambda b: b.replace(b"\x1c", b"").replace(b"\x0b", b""))


def cut(stream: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(stream[:size])
        stream = stream[size:]
    return [*pieces, stream]


def read(pieces: list[bytes], limit: int = LIMIT) -> list[Frame | Oversized | Unframed]:
    deframer = Deframer(limit)
    return [item for piece in pieces for item in deframer.feed(piece)]


@given(st.lists(plain), st.lists(st.integers(1, 40)))
def test_every_message_comes_out_once_and_whole_however_the_stream_is_cut(
    messages: list[bytes], sizes: list[int]
) -> None:
    stream = b"".join(map(framed, messages))
    assert read(cut(stream, sizes)) == [Frame(message) for message in messages]


@given(st.binary(max_size=400), st.lists(st.integers(1, 40)))
def test_what_comes_out_of_any_bytes_does_not_depend_on_the_cuts(
    stream: bytes, sizes: list[int]
) -> None:
    def messages(pieces: list[bytes]) -> list[bytes]:
        return [item.message for item in read(pieces) if isinstance(item, Frame)]

    assert messages(cut(stream, sizes)) == messages([stream])


def test_one_byte_at_a_time() -> None:
    stream = framed(b"MSH|1") + framed(b"MSH|2")
    assert read([bytes([byte]) for byte in stream]) == [Frame(b"MSH|1"), Frame(b"MSH|2")]


def test_the_carriage_return_after_the_end_may_be_missing() -> None:
    assert read([b"\x0bMSH|1\x1c\x0bMSH|2\x1c\n"]) == [Frame(b"MSH|1"), Frame(b"MSH|2")]


def test_a_frame_that_is_too_long_is_told_at_once_and_the_next_one_read() -> None:
    deframer = Deframer(LIMIT)
    assert deframer.feed(b"\x0bMSH|" + b"x" * LIMIT) == [Oversized(b"MSH|" + b"x" * LIMIT)]
    for _ in range(100):
        assert deframer.feed(b"y" * 1000) == []
    assert deframer.feed(b"\x1c\r" + framed(b"MSH|2")) == [Frame(b"MSH|2")]


def test_only_the_head_of_what_is_too_long_is_kept() -> None:
    [item] = read([b"\x0b" + b"x" * (HEAD * 3)], limit=HEAD * 2)
    assert item == Oversized(b"x" * HEAD)


def test_as_long_as_the_limit_is_not_too_long() -> None:
    assert read([framed(b"x" * LIMIT)]) == [Frame(b"x" * LIMIT)]


def test_a_message_given_up_half_way_is_forgotten_when_it_is_sent_again() -> None:
    assert read([b"\x0bMSH|1|half", framed(b"MSH|1|whole")]) == [Frame(b"MSH|1|whole")]


def test_a_vertical_tab_within_a_text_is_kept() -> None:
    assert read([framed(b"MSH|1\rNTE|one\x0btwo")]) == [Frame(b"MSH|1\rNTE|one\x0btwo")]


def test_bytes_between_frames_are_counted_and_ignored() -> None:
    deframer = Deframer(LIMIT)
    assert deframer.feed(b"junk" + framed(b"MSH|1") + b"\r\nmore") == [Frame(b"MSH|1")]
    assert deframer.stray == len(b"junkmore")
    assert not deframer.inside


def test_a_message_without_a_frame_is_noticed() -> None:
    deframer = Deframer(LIMIT)
    assert deframer.feed(b"MSH|^~\\&|PAS") == []
    assert deframer.feed(b"|RAWDAH\rPID|1") == [Unframed(b"MSH|^~\\&|PAS|RAWDAH\rPID|1")]


def test_an_unfinished_frame_is_known_to_be_one() -> None:
    deframer = Deframer(LIMIT)
    deframer.feed(b"\x0bMSH|")
    assert deframer.inside
