"""What we write opens in a spreadsheet, calculates nothing, and comes back the same."""

import csv
import io
from collections.abc import Sequence

import openpyxl
import pytest

from wards.base.csv_rows import Layout, guard, read
from wards.base.tables.writing import BOM, workbook_of

HEADER = ("patient_id", "first_name", "last_name", "phone", "chief_complaint", "Total Beds")
LAYOUT = Layout(HEADER[:5], (), ())
ROWS = (
    ("0025", "ليلى", "حداد", "+966501234567", "Chest pain,\nsince “noon”", "3"),
    ("1E5", "=1+1", "@SUM(A1)", "+966 50 123 4567", "A;=HYPERLINK(0)", "12.5"),
    ("-1", "O'Neil", "<b>&amp;", "0501234567", "a\n+1;-2", "7"),
    ("12345678901234567890", "Ægir", "'quoted'", "966501234567", 'She said "no"', "0"),
)


def written(rows: Sequence[Sequence[str]] = ROWS) -> io.BytesIO:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([map(guard, row) for row in rows])
    return io.BytesIO(f"{BOM}{text.getvalue()}".encode())


def made(*, rtl: bool = False, rows: Sequence[Sequence[str]] = ROWS) -> io.BytesIO:
    with workbook_of(written(rows), rtl=rtl) as file:
        return io.BytesIO(file.read())


def came_back(file: io.BytesIO) -> list[tuple[str, ...]]:
    return [tuple(row.cells) for row in read(file, LAYOUT, (*HEADER[:5], ""))]


def test_both_come_back_the_same() -> None:
    expected = [row[:5] for row in ROWS]
    assert came_back(written()) == expected
    assert came_back(made()) == expected


@pytest.mark.parametrize("separator", [";", "\t"])
def test_also_where_a_spreadsheet_saved_the_csv_its_own_way(separator: str) -> None:
    """In Arabic and German it separates by semicolons, and keeps the apostrophe of a phone."""
    text = io.StringIO()
    rows = csv.reader(io.StringIO(written().getvalue().decode("utf-8-sig")))
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    assert came_back(io.BytesIO(text.getvalue().encode("utf-8-sig"))) == [row[:5] for row in ROWS]


@pytest.mark.parametrize("rtl", [True, False])
def test_another_program_reads_the_workbook(rtl: bool) -> None:
    sheet = openpyxl.load_workbook(made(rtl=rtl)).active
    assert sheet is not None
    assert bool(sheet.sheet_view.rightToLeft) == rtl
    header, *rows = sheet.iter_rows()
    assert [cell.value for cell in header] == list(HEADER)
    assert rows[0][3].value == "+966501234567", "a number of a phone is whole, without apostrophe"
    assert [row[5].value for row in rows] == [3, 12.5, 7, 0], "counts can be added up"
    for row in rows:
        assert {cell.data_type for cell in row[:5]} == {"s"}, "no formula"
        assert {cell.number_format for cell in row[:5]} == {"@"}, "nor will it be one when edited"
        assert not [cell for cell in row if str(cell.value).startswith(("=", "@"))]


def test_what_xml_cannot_hold_is_left_out() -> None:
    rows = [("1", "a\x07b\x1f", "c\ufffe", "", "", "")]
    assert came_back(made(rows=rows)) == [("1", "ab", "c", "", "")]


def test_a_table_without_rows() -> None:
    assert list(openpyxl.load_workbook(made(rows=[])).active.values) == [HEADER]  # type: ignore[union-attr]
