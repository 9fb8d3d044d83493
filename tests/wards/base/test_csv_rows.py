"""Files as they come: each that cannot be read says why, and on which line."""

import io
import tracemalloc

import pytest
from pytest_django.fixtures import Settings

from wards.base.csv_rows import FileRefused, Row, check, guard, read, unguard
from wards.operations import assignments, imports

LAYOUT = imports.LAYOUT
HEADER = ",".join(LAYOUT.columns)
JOHN = "001,John,Doe,john@example.com,555-0001,1980-05-15,M"


def rows(content: bytes | str) -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    return list(read(io.BytesIO(data), LAYOUT))


def refusal(content: bytes | str) -> str:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(FileRefused) as refused:
        check(io.BytesIO(data), LAYOUT)
    return str(refused.value)


class TestFilesThatCanBeRead:
    def test_the_sample_is_one(self) -> None:
        for layout in (imports.LAYOUT, assignments.LAYOUT):
            assert check(io.BytesIO(layout.sample.encode()), layout).total == 3

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
    def test_with_and_without_a_byte_order_mark(self, mark: bytes, end: str) -> None:
        found = rows(mark + end.join([HEADER, JOHN, JOHN]).encode())
        assert found == [Row(2, JOHN.split(",")), Row(3, JOHN.split(","))]

    def test_arabic_names(self) -> None:
        assert rows(f"{HEADER}\n3,ليلى,حداد,l@example.com,,,F\n")[0].cells[1:3] == ["ليلى", "حداد"]

    def test_columns_in_another_order_and_optional_ones_missing(self) -> None:
        found = rows("Email, last_name ,first_name\nj@example.com,Doe,John\n")
        assert found == [Row(2, ["", "John", "Doe", "j@example.com", "", "", ""])]

    def test_our_own_error_file(self) -> None:
        """Corrected and uploaded again; what was guarded is what it was."""
        header = f"line,error,{HEADER}"
        found = rows(f"{header}\n7,Bad.,1,'=SUM(A1),Doe,j@example.com,'+966551234567,,\n")
        assert found[0].cells[1] == "=SUM(A1)"
        assert found[0].cells[4] == "+966551234567"

    def test_lines_are_counted_as_an_editor_does(self) -> None:
        found = rows(f'{HEADER}\n\n1,"John\nJack",Doe,a@b.co,,,\n\n{JOHN}\n')
        assert [row.line for row in found] == [3, 6]

    def test_a_row_with_other_cells_is_a_row_error(self) -> None:
        found = rows(f"{HEADER}\n{JOHN}\n1,2,3\n{JOHN},8\n")
        assert [row.wrong for row in found] == [
            "", "3 cells instead of 7.", "8 cells instead of 7.",
        ]  # fmt: skip

    def test_a_row_of_1000_columns(self) -> None:
        row = rows(f"{HEADER}\n{','.join(['x'] * 1000)}\n")[0]
        assert row.wrong == "1000 cells instead of 7."
        assert len(row.cells) == 7


WRONG_HEADER = f"The first line names the columns, separated by commas: {HEADER}"


class TestFilesThatCannot:
    def test_an_empty_one(self) -> None:
        assert refusal("") == "The file is empty."

    def test_no_rows(self) -> None:
        assert refusal(HEADER) == "The file has a header but no rows."

    def test_no_header(self) -> None:
        assert refusal(JOHN) == f"The file has no header. {WRONG_HEADER}"

    @pytest.mark.parametrize(
        ("header", "what"),
        [
            ("first_name,last_name", "Line 1: missing: email."),
            (f"{HEADER},age", "Line 1: unknown: age."),
            (f"{HEADER},email", "Line 1: twice: email."),
        ],
    )
    def test_a_wrong_header(self, header: str, what: str) -> None:
        assert refusal(f"{header}\n{JOHN}\n") == f"{what} {WRONG_HEADER}"

    def test_a_header_of_1000_columns_is_not_repeated_in_full(self) -> None:
        assert len(refusal(HEADER + "".join(f",c{n}" for n in range(1000)))) < 300

    @pytest.mark.parametrize("rest", ["", f"{JOHN}\n" * 5000], ids=["at the end", "long before"])
    def test_a_quote_that_is_never_closed(self, rest: str) -> None:
        text = f'{HEADER}\n{JOHN}\n2,"Jane,Doe,jane@example.com,,,\n{rest}'
        assert refusal(text) == "Line 3: a quotation mark is opened and never closed."

    def test_a_quote_within_quotes(self) -> None:
        assert refusal(f'{HEADER}\n1,"Jo"hn",Doe,a@b.co,,,\n').startswith("Line 2: inside")

    def test_nul_bytes(self) -> None:
        assert refusal(f"{HEADER}\n{JOHN}\n1,Jo\0hn,Doe,a@b.co,,,\n").startswith("Line 3 has a NUL")

    def test_a_line_without_end(self) -> None:
        data = io.BytesIO(f"{HEADER}\n".encode() + b"x" * 50_000_000)
        tracemalloc.start()
        with pytest.raises(FileRefused, match="Line 2 is longer"):
            check(data, LAYOUT)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 5_000_000

    @pytest.mark.parametrize(
        ("begin", "program"),
        [(b"\xd0\xcf\x11\xe0", "Excel"), (b"%PDF-1.7", "PDF")],
    )
    def test_something_else_that_is_called_csv(self, begin: bytes, program: str) -> None:
        assert refusal(begin + b"\0" * 100).startswith(f"This is a file of {program}")


@pytest.mark.parametrize("cell", ["=1+1", "+966", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_calculate_is_guarded(cell: str) -> None:
    assert guard(cell) == f"'{cell}"
    assert unguard(guard(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("A;=HYPERLINK(0)", "A;'=HYPERLINK(0)"),
        ("A; =1", "A; '=1"),
        ('A;"=1', "A;\"'=1"),
        ("A\t@SUM(1)", "A\t'@SUM(1)"),
        ("first\n+1;-2", "first\n'+1;'-2"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_a_formula_behind_what_ends_a_cell_elsewhere(cell: str, guarded: str) -> None:
    assert guard(cell) == guarded
    assert unguard(guarded) == cell


def test_no_file_has_more_rows_than_files_may(settings: Settings) -> None:
    settings.BULK_MAX_ROWS = 3
    header = ",".join(LAYOUT.columns)
    assert check(io.BytesIO((header + "\n" + "x\n" * 3).encode()), LAYOUT).total == 3
    with pytest.raises(FileRefused, match="more than 3 rows"):
        check(io.BytesIO((header + "\n" + "x\n" * 4).encode()), LAYOUT)


@pytest.mark.parametrize("cell", ["", "x=1", "a;b", "1;2", "O'Neil", "'quoted'", "1980-05-15"])
def test_other_text_is_left_alone(cell: str) -> None:
    assert guard(cell) == cell
    assert unguard(cell) == cell
