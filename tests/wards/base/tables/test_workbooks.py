"""Workbooks: read as a person sees them, and never unpacked to more than a list can be."""

import io
import re
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from pytest_django.fixtures import Settings

from tests.workbooks import rebuilt, saved, workbook
from wards.base.csv_rows import Row, check, read
from wards.base.tables import books, workbooks
from wards.base.tables.refusals import FileRefused
from wards.operations import imports

LAYOUT = imports.LAYOUT
HEADER = LAYOUT.columns
ALI = ("g1", "Ali", "Saleh", "ali@example.org", "0501234567", "1980-05-15", "M")
SHEET = "xl/worksheets/sheet1.xml"


def rows(data: bytes) -> list[Row]:
    return list(read(io.BytesIO(data), LAYOUT))


def refusal(data: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        check(io.BytesIO(data), LAYOUT)
    return str(refused.value)


def one(*cells: Any, formats: dict[int, str] | None = None) -> list[str]:
    """A row of these cells, with these number formats of some, as it is read."""

    def change(book: Any) -> None:
        for place, format in (formats or {}).items():
            book.active.cell(2, place).number_format = format

    (row,) = rows(workbook(("A", [HEADER, cells]), change=change))
    return row.cells


class TestCells:
    def test_texts(self) -> None:
        assert one(*ALI) == list(ALI)
        assert one("g1", "ليلى\u200f", "A\n B", *ALI[3:])[1:3] == ["ليلى", "A B"]

    def test_numbers_are_their_digits(self) -> None:
        assert one(25, "A", "B", "", 966501234567)[::4] == ["25", "966501234567", ""][:2]
        assert one(25.0, "A", "B", "", 501234567.0)[0] == "25"
        assert one(2.5)[0] == "2.5"

    def test_zeros_and_plus_that_the_format_shows(self) -> None:
        cells = one(25, "A", "B", "", 966501234567, formats={1: "0000", 5: "\\+0"})
        assert (cells[0], cells[4]) == ("0025", "+966501234567")

    def test_digits_that_the_spreadsheet_has_lost_are_not_made_up(self) -> None:
        assert one(12345678901234567890)[0] == "1.234568E+19"

    def test_dates_with_and_without_a_time(self) -> None:
        assert one("", "", "", "", "", date(1980, 5, 15))[5] == "1980-05-15"
        assert one("", "", "", "", "", datetime(1980, 5, 15))[5] == "1980-05-15"
        assert one("", "", "", "", "", datetime(1980, 5, 15, 13, 5))[5] == "1980-05-15 13:05:00"
        assert one("", "", "", "", "", 29356, formats={6: "dd/mm/yyyy"})[5] == "1980-05-15"
        assert one("", "", "", "", "", 29356)[5] == "29356", "a bare number says nothing"

    def test_days_counted_from_1904(self) -> None:
        def change(book: Any) -> None:
            book.epoch = datetime(1904, 1, 1)

        (row,) = rows(workbook(("A", [HEADER, (*ALI[:5], date(1980, 5, 15), "M")]), change=change))
        assert row.cells[5] == "1980-05-15"

    def test_yes_no_and_errors(self) -> None:
        assert one(True, "#N/A")[:2] == ["TRUE", "#N/A"]

    def test_rows_and_columns_that_are_empty(self) -> None:
        blank: tuple[Any, ...] = ()
        found = rows(
            workbook(("A", [blank, ("List",), (None, *HEADER), blank, (None, *ALI), blank]))
        )
        assert found == [Row(5, list(ALI))]

    def test_short_rows_are_the_rule(self) -> None:
        assert rows(workbook(("A", [HEADER, ALI[:4]])))[0] == Row(2, [*ALI[:4], "", "", ""])

    def test_a_formula_without_its_result_is_named(self) -> None:
        data = workbook(("A", [HEADER, (*ALI[:4], '="05"&"01234567"')]))
        assert refusal(data).startswith("Row 2 has a formula without its result")

    def test_a_formula_with_its_result_is_that(self) -> None:
        data = workbook(("A", [HEADER, (*ALI[:4], "=1+1")]))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = archive.read(SHEET)
        text = re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>501234567</v>", text)
        assert rows(rebuilt(data, {SHEET: text}))[0].cells[4] == "501234567"


class TestSheets:
    def test_the_first_that_can_be_seen_and_has_something(self) -> None:
        def change(book: Any) -> None:
            book["secret"].sheet_state = "hidden"

        data = workbook(
            ("secret", [HEADER, ("x",)]), ("empty", []), ("people", [HEADER, ALI]), ("more", [ALI]),
            change=change,
        )  # fmt: skip
        assert rows(data) == [Row(2, list(ALI))]
        reading = check(io.BytesIO(data), LAYOUT).reading
        assert (reading.sheet, reading.others) == ("people", ("empty", "more"))

    def test_rows_that_a_filter_hides_are_counted(self) -> None:
        def change(book: Any) -> None:
            book.active.row_dimensions[3].hidden = True

        data = workbook(("A", [HEADER, ALI, ALI, ALI]), change=change)
        checked = check(io.BytesIO(data), LAYOUT)
        assert (checked.total, checked.reading.hidden) == (3, 1)

    def test_none_that_can_be_seen(self) -> None:
        data = workbook(("A", [HEADER, ALI]))
        book = zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml")
        hidden = book.replace(b'state="visible"', b'state="hidden"')
        assert hidden != book
        assert "no sheet that can be seen" in refusal(rebuilt(data, {"xl/workbook.xml": hidden}))


def sheet(body: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """A workbook whose sheet has this in it."""
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    text = b"<worksheet %s>%s<sheetData>%s</sheetData>%s</worksheet>" % (space, before, body, after)
    return rebuilt(workbook(("A", [HEADER, ALI])), {SHEET: text})


class TestBombs:
    """Each would take gigabytes; here it takes next to nothing, and is refused."""

    def refused(self, data: bytes, why: str) -> None:
        assert len(data) < 2_000_000
        tracemalloc.start()
        words = refusal(data)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert why in words
        assert peak < 60_000_000

    def test_zeros(self, settings: Settings) -> None:
        settings.BULK_MAX_BYTES = 1024 * 1024
        data = workbook(("A", [HEADER, ALI]))
        self.refused(rebuilt(data, {SHEET: b"<a>" + b" " * 20_000_000}), "unpacks to more")
        self.refused(rebuilt(data, {"xl/media/a.png": b"\0" * 20_000_000}), "unpacks to more")

    def test_one_endless_cell(self) -> None:
        self.refused(
            sheet(b"<row><c><v>" + b"7" * 90_000_000 + b"</v></c></row>"), "unpacks to more"
        )

    def test_one_endless_row(self) -> None:
        self.refused(sheet(b"<row>" + b"<c/>" * 20_000_000 + b"</row>"), "more than 1000")

    def test_wide_rows(self) -> None:
        self.refused(sheet(b'<row><c r="XFD1"><v>1</v></c></row>' * 9), "more than 1000 columns")

    def test_endless_rows(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbooks, "MOST_ELEMENTS", 50_000)
        settings.BULK_MAX_ROWS = 10_000
        self.refused(sheet(b"<row/>" * 9_000_000), "more than 10000 rows")
        self.refused(sheet(b"<x/>" * 9_000_000), "unpacks to more")

    def test_endless_texts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(books, "MOST_TEXTS", 10_000)
        text = b"<sst>" + b"<si/>" * 9_000_000 + b"</sst>"
        data = workbook(("A", [HEADER, ALI]))
        self.refused(rebuilt(data, {"xl/sharedStrings.xml": text}), "unpacks to more")

    def test_endless_looks(self) -> None:
        self.refused(sheet(b"", after=b"<x/>" * 9_000_000), "is empty")
        styles = {"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 9_000_000}
        self.refused(rebuilt(workbook(("A", [HEADER, ALI])), styles), "unpacks to more")

    def test_entities(self) -> None:
        laughs = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
        data = workbook(("A", [HEADER, ALI]))
        for encoded in (laughs, laughs.decode().encode("utf-16")):
            self.refused(rebuilt(data, {SHEET: encoded}), "damaged")
        self.refused(rebuilt(data, {"xl/workbook.xml": laughs}), "damaged")

    def test_more_parts_than_a_workbook_has(self) -> None:
        parts = {f"xl/x{n}.xml": b"<a/>" for n in range(1100)}
        self.refused(rebuilt(workbook(("A", [HEADER, ALI])), parts), "unpacks to more")


class TestOthers:
    @pytest.mark.parametrize(
        ("part", "words"),
        [
            ("content.xml", "LibreOffice (.ods)"),
            ("word/document.xml", "Word"),
            ("xl/workbook.bin", "Excel (.xlsb)"),
            ("patients.csv", "This is an archive (ZIP): unpack it"),
        ],
    )
    def test_what_else_is_a_zip_is_named(self, part: str, words: str) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(part, "x")
        assert words in refusal(file.getvalue())

    def test_whatever_is_broken_no_fault_gets_out(self) -> None:
        data = workbook(("A", [HEADER, ALI]))
        for place in range(0, len(data), 23):
            for broken in (data[:place], data[:place] + b"\xff" * 3 + data[place + 3 :]):
                with suppress(FileRefused):
                    rows(b"PK\x03\x04" + broken[4:])

    def test_parts_that_make_no_sense(self) -> None:
        data = workbook(("A", [HEADER, ALI]))
        for name in zipfile.ZipFile(io.BytesIO(data)).namelist():
            for content in (b"", b"<a/>", b"not xml", b'<a r="x"><row r="x"/></a>'):
                with suppress(FileRefused):
                    rows(rebuilt(data, {name: content}))


def test_memory_stays_flat() -> None:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(HEADER)
    for _ in range(1500):
        page.append(ALI)
    data = saved(book)
    peaks = []
    for most in (300, 1500):
        tracemalloc.start()
        for number, _row in enumerate(read(io.BytesIO(data), LAYOUT)):
            if number > most:
                break
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 300_000
