"""MSH-18: what a message says it is in, and what it really is in."""

import pytest

from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import admitted, unread, unreadable
from wards.feeds.content import Unread
from wards.feeds.refusals import Code, Rejected
from wards.hl7.charsets import codec_of, decode
from wards.hl7.header import read


@pytest.mark.parametrize(
    ("charset", "encoding", "name"),
    [
        ("", "ascii", "Haddad"),
        ("ASCII", "utf-8", "حداد"),  # not so, but many do it
        ("", "latin-1", "Müller"),  # neither
        ("UNICODE UTF-8", "utf-8", "حداد"),
        ("unicode utf-8", "utf-8", "حداد"),
        ("8859/6", "iso8859-6", "حداد"),
        ("8859/1", "latin-1", "Müller"),
        ("8859/1~8859/6", "latin-1", "Müller"),
    ],
)
def test_character_sets(charset: str, encoding: str, name: str) -> None:
    raw = hl7.admission(charset=charset, name=f"{name}^Layla").decode().encode(encoding)
    assert admitted(raw).patient.last_name == name


def test_hex_escapes_are_in_the_character_set_of_the_message() -> None:
    raw = hl7.admission(charset="UNICODE UTF-8", name=r"M\XC3BC\ller^Zoe")
    assert admitted(raw).patient.last_name == "Müller"


def test_characters_that_are_not_of_the_declared_set() -> None:
    raw = hl7.admission(charset="UNICODE UTF-8", name="Müller^Z").decode().encode("latin-1")
    refusal = unreadable(raw)
    assert isinstance(refusal, Rejected)
    assert "UNICODE UTF-8" in refusal.reason
    assert "M�ller" in read(raw)[1]


def test_an_unknown_character_set() -> None:
    refusal = unreadable(hl7.admission(charset="EBCDIC", name="Müller^Z"))
    assert (refusal.status, refusal.code, refusal.place) == (
        "AR",
        Code.TABLE_VALUE_NOT_FOUND,
        "MSH-18",
    )


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *((name, "") for name in ("", "ASCII", "us-ascii", "ISO IR6", "ISO_IR 6")),
        *((name, "utf-8") for name in ("UTF8", "utf-8", "UNICODE UTF-8", "Unicode", "ISO_IR 192")),
        *((name, "iso8859-1") for name in ("8859/1", "ISO-8859-1", "ISO8859_1", "latin1")),
        *((name, "iso8859-6") for name in ("8859/6", "ISO8859-6", "iso_8859-6:1987", "ISO_IR 127")),
        *((name, "iso8859-15") for name in ("8859/15", "ISO-8859-15", "ISO8859P15")),
        *((name, "cp1256") for name in ("WINDOWS-1256", "CP1256", "cp-1256", "1256")),
        ("Cp1252", "cp1252"),
        ("UNICODE UTF-16", "utf-16"),
        *((name, None) for name in ("EBCDIC", "8859/12", "8859/99", "CP1259", "hex", "ISO IR87")),
    ],
)  # fmt: skip
def test_names_of_character_sets(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("charset", ["UNICODE UTF-16", ""])
def test_utf_16(codec: str, charset: str) -> None:
    raw = hl7.admission(charset=charset, name="حداد^ليلى").decode().encode(codec)
    if codec == "utf-16-be":
        raw = "\ufeff".encode(codec) + raw
    assert admitted(raw).patient.last_name == "حداد"


def test_a_byte_order_mark_and_blank_lines_before_a_message() -> None:
    for before in (b"\xef\xbb\xbf", b"\r\n\r\n", b" \t\n", b"\xef\xbb\xbf\r\n"):
        assert admitted(before + hl7.admission()).patient.last_name == "Haddad"


@pytest.mark.parametrize(
    ("charset", "encoding", "name"),
    [
        ("8859/1", "utf-8", "حداد"),
        ("WINDOWS-1252", "utf-8", "Müller"),
        ("8859/1", "cp1256", "الحدادي"),
        ("", "cp1256", "الحدادي"),
        ("UNICODE UTF-8", "cp1256", "الحدادي"),
        ("8859/6", "cp1256", "الشريف"),
        ("", "iso8859-6", "القحطاني"),
        ("WINDOWS-1256", "iso8859-6", "القحطاني"),
        ("8859/6", "utf-8", "القحطاني"),
        ("", "cp1252", "O’Müller"),
    ],
)
def test_s08_what_is_named_wrongly_is_read_where_it_is_certain_and_noted(
    charset: str, encoding: str, name: str
) -> None:
    raw = hl7.admission(charset=charset, name=f"{name}^Layla").decode().encode(encoding)
    assert admitted(raw).patient.last_name == name
    named = charset or "(empty)"
    assert unread(raw) == [Unread("MSH-18", f"{named}, but it is in {encoding}")]


@pytest.mark.parametrize("charset", ["", "8859/1", "UNICODE UTF-8"])
@pytest.mark.parametrize("encoding", ["cp1256", "iso8859-6"])
def test_s08_arabic_that_could_be_of_two_sets_is_refused(charset: str, encoding: str) -> None:
    raw = hl7.admission(charset=charset, name="محمد^Layla").decode().encode(encoding)
    refusal = unreadable(raw)
    assert (refusal.status, refusal.place) == ("AR", "MSH-18")


def test_s08_arabic_beside_western_words_is_not_guessed() -> None:
    raw = hl7.admission(name="القحطاني^Layla", attending="C1^M\xfcller^A")
    mixed = raw.decode().encode("cp1256")
    assert unreadable(mixed).place == "MSH-18"


def test_signs_are_no_letters() -> None:
    raw = hl7.result(hl7.obx("37", unit="°C µ")).decode().encode("latin-1")
    assert decode(raw, "").text.count("°C µ") == 1


@pytest.mark.parametrize("encoding", ["cp1256", "iso8859-6", "utf-8"])
def test_arabic_as_it_is_named(encoding: str) -> None:
    raw = hl7.admission(charset=encoding, name="محمد^ليلى").decode().encode(encoding)
    assert admitted(raw).patient.last_name == "محمد"
    assert unread(raw) == []


def test_a_name_nobody_knows_does_no_harm_to_ascii() -> None:
    raw = hl7.admission(charset="EBCDIC")
    assert admitted(raw)
    assert unread(raw) == [Unread("MSH-18", "EBCDIC, but it is in utf-8")]
    assert isinstance(unreadable(hl7.admission(charset="ISO IR87", name="A\x1b$B^Z")), Rejected)


def test_s08_signs_alone_are_the_same_in_all_windows_sets() -> None:
    raw = hl7.admission(charset="UNICODE UTF-8", name="37°^Z").decode().encode("cp1252")
    assert admitted(raw).patient.last_name == "37°"
