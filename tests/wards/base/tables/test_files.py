"""Files as spreadsheets, phones and other systems save them; `tests/data/files` holds some."""

import io
from contextlib import suppress
from pathlib import Path

import pytest

from wards.base.csv_rows import Row, check, read
from wards.base.tables.refusals import FileRefused, Unmatched
from wards.operations import assignments, imports

FILES = Path("tests/data/files")
LAYOUT = imports.LAYOUT
HEADER = ",".join(LAYOUT.columns)
G1 = ["g1", "Ali", "Saleh", "ali.g1@example.org", "0501234567", "1980-05-15", "M"]
G2 = ["g2", "Ali", "Saleh", "ali.g2@example.org", "0501234567", "1980-05-15", "M"]
ALI = ",".join(G1)


def rows(content: bytes | str) -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    found = list(read(io.BytesIO(data), LAYOUT))
    assert check(io.BytesIO(data), LAYOUT).total == len(found)
    return found


def refusal(content: bytes | str) -> FileRefused:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(FileRefused) as refused:
        check(io.BytesIO(data), LAYOUT)
    return refused.value


@pytest.mark.parametrize("path", sorted(FILES.glob("11*.csv")), ids=lambda path: path.stem)
def test_the_cases_are_read(path: Path) -> None:
    found = [row.cells for row in rows(path.read_bytes())]
    assert found == ([G1, G2] if path.name.startswith(("11e", "11f")) else [G1])


@pytest.mark.parametrize("name", ["01-assign-leading-zero-lost", "02-assign-bed-number-is-taken"])
def test_keys_of_a_row_are_what_they_were(name: str) -> None:
    (path,) = FILES.glob(f"{name}*")
    with path.open("rb") as file:
        (row,) = read(file, assignments.LAYOUT)
    assert row.cells[:2] in (["25", "CARD/C-06"], ["1000026", "8"])


def test_a_file_that_was_opened_in_another_encoding_and_saved_names_its_rows() -> None:
    """Case 10: our own error file, through a spreadsheet that took it for Windows-1256."""
    (row,) = rows((FILES / "10-error-file-opened-without-bom-and-saved.csv").read_bytes())
    assert row.wrong.startswith("“ظ„ظٹظ„ظ‰” was opened in another encoding than it is in")


class TestSeparators:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("first", ["", "sep={}\n", '"sep={}"\r\n', "SEP={}\n"])
    def test_each_is_found_or_declared(self, separator: str, first: str) -> None:
        text = f"{HEADER}\n{ALI}\n".replace(",", separator)
        (row,) = rows(first.format(separator) + text)
        assert row == Row(3 if first else 2, G1)

    def test_what_stands_in_quotes_separates_nothing(self) -> None:
        text = f'{HEADER}\n"g;1";"Ali, the first";Saleh;a@example.org;;;\n'.replace(
            HEADER, HEADER.replace(",", ";")
        )
        assert rows(text)[0].cells[:3] == ["g;1", "Ali, the first", "Saleh"]

    def test_of_headings_that_nobody_knows(self) -> None:
        refused = refusal("Vorname;Nachname;Anschrift, Ort\nJo;Do;A, B\nMo;Po;C, D\n")
        assert isinstance(refused, Unmatched)
        assert refused.names == ("Vorname", "Nachname", "Anschrift, Ort")
        assert refused.guess == (None, None, None)
        assert refused.samples[0] == ("Jo", "Do", "A, B")


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
    def test_ends_of_every_system(self, end: str) -> None:
        assert [row.cells for row in rows(end.join([HEADER, ALI, ALI, ""]))] == [G1, G1]

    def test_breaks_within_quotes(self) -> None:
        for within in ("\n", "\r\n", "\r"):
            (row,) = rows(f'{HEADER}\r\ng1,"Ali{within}Omar",Saleh,a@example.org,,,\r\n')
            assert row.cells[1] == "Ali Omar"

    def test_a_dos_file_ends_with_a_sign_of_its_own(self) -> None:
        assert rows(f"{HEADER}\r\n{ALI}\r\n\x1a")[0].cells == G1


class TestBlanks:
    def test_rows_and_columns_that_are_empty(self) -> None:
        text = f"\n,,,,,,,,\n{HEADER},,\n\n{ALI},,\n,,,,,,,,\n  , ,,,,,,,\n{ALI},,\n"
        assert [row.line for row in rows(text)] == [5, 8]

    def test_a_column_without_a_name_but_with_values_is_asked_about(self) -> None:
        refused = refusal(f"{HEADER},\n{ALI},Tuesday\n")
        assert isinstance(refused, Unmatched)
        assert refused.guess[-1] is None

    def test_what_stands_behind_the_last_column_is_wrong(self) -> None:
        found = rows(f"{HEADER},,,\n{ALI},,,\n" * 1 + f"{ALI},,,\n" * 20 + f"{ALI},,x,\n")
        assert found[-1].wrong == "10 cells instead of 7."
        assert not any(row.wrong for row in found[:-1])


class TestTitles:
    def test_above_the_header(self) -> None:
        text = f"Patients of November,,,,,,\nprinted 27 Nov,,,,,,\n,,,,,,\n{HEADER}\n{ALI}\n"
        assert rows(text) == [Row(5, G1)]

    def test_above_headings_that_nobody_knows(self) -> None:
        refused = refusal("List,,\n\nVorname,Nachname,Mail-Adr\nJo,Do,j@example.org\n")
        assert isinstance(refused, Unmatched)
        assert refused.names[0] == "Vorname"
        assert "Line 3" in str(refused)


class TestHeadings:
    @pytest.mark.parametrize(
        "header",
        [
            "Patient ID,First Name,Last Name,E-mail,Phone Number,Date of Birth,Sex",
            "PATIENT_ID,FIRST-NAME,Last.Name,EMAIL ADDRESS,Mobile,DOB,GENDER",
            "MRN,Given name,Surname,mail,Cell Phone,Birth Date,Sex",
            "رقم الملف,الاسم الاول,اسم العائله,البريد الالكتروني,رقم الجوال,تاريخ الميلاد,الجنس",
            "رقم الهوية,الاسم الأول,اللقب,الإيميل,الموبايل,تاريخ الولادة,النوع",
            "\u200fرقم المريض\u200f, الاسم\u00a0الأول ,العائلة:,البريد,الهاتف*,تاريخ الميلاد,الجنس",
            "patient_id,first_name,last_name,e\u200bmail\u200e,phone\u00a0,date_of_birth,\u202agender\u202c",
            '"patient\nid","first\r\nname",last_name,email,phone,date_of_birth,gender',
        ],
    )
    def test_in_the_usual_words_of_two_languages(self, header: str) -> None:
        assert rows(f"{header}\n{ALI}\n")[0].cells == G1

    def test_those_of_our_own_exports(self) -> None:
        text = (
            "First Name,Last Name,Email,Phone,Ward,Bed Number,Admission Date,Days Admitted,Reason\n"
            "Ali,Saleh,ali@example.org,'+966501234567,Cardiology,C-01,2026-11-26 10:30,2,Pain\n"
        )
        assert rows(text)[0].cells == [
            "",
            "Ali",
            "Saleh",
            "ali@example.org",
            "+966501234567",
            "",
            "",
        ]
        left_out = check(io.BytesIO(text.encode()), LAYOUT).left_out
        assert left_out == ("Ward", "Bed Number", "Admission Date", "Days Admitted", "Reason")

    @pytest.mark.parametrize(
        ("header", "guess", "why"),
        [
            (f"{HEADER},Wert", (*LAYOUT.columns, None), "unknown: Wert."),
            (
                f"{HEADER},Mobile",
                (*LAYOUT.columns[:4], None, *LAYOUT.columns[5:], None),
                "twice: phone.",
            ),
            (
                "ID,First name,Last name,E-mail",
                (None, "first_name", "last_name", "email"),
                "unknown: ID.",
            ),
            ("Name,Email,Phone", ("", "email", "phone"), "missing: first_name, last_name."),
        ],
    )
    def test_where_there_is_doubt_somebody_is_asked(
        self, header: str, guess: tuple[str | None, ...], why: str
    ) -> None:
        refused = refusal(f"{header}\n{'x,' * header.count(',')}x\n")
        assert isinstance(refused, Unmatched)
        assert refused.guess == guess
        assert why in str(refused)

    def test_what_somebody_said_is_followed(self) -> None:
        text = b"Kennung;Vor;Nach;Mail-Adr;Ort\n1;Jo;Do;j@example.org;Ulm\n"
        said = ("patient_id", "first_name", "last_name", "email", "")
        (row,) = read(io.BytesIO(text), LAYOUT, said)
        assert row.cells == ["1", "Jo", "Do", "j@example.org", "", "", ""]
        assert check(io.BytesIO(text), LAYOUT, said).left_out == ("Ort",)

    def test_values_are_no_header(self) -> None:
        for line in (ALI, "1;Jo;Do;j@example.org"):
            assert not isinstance(refusal(f"{line}\n{line}\n"), Unmatched)


NAMES = "g1,ليلى,الفقيه,l@example.org,,,\ng2,فاروق,القحطاني,f@example.org,,,\n"
ACCENTS = "g1,José,Müller,j@example.org,,,\n"


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_unicode_in_all_its_forms(self, encoding: str) -> None:
        found = rows(f"{HEADER}\r\n{NAMES}".encode(encoding))
        assert [row.cells[1] for row in found] == ["ليلى", "فاروق"]

    def test_more_marks_than_one(self) -> None:
        assert rows(b"\xef\xbb\xbf" * 3 + f"{HEADER}\n{ALI}\n".encode())[0].cells == G1
        twice = "\ufeff" + f"{HEADER}\n{ALI}\n"
        assert rows(twice.encode("utf-16"))[0].cells == G1

    def test_arabic_windows_where_nothing_else_is_possible(self) -> None:
        found = rows(f"{HEADER}\r\n{NAMES}".encode("cp1256"))
        assert [row.cells[1:3] for row in found] == [["ليلى", "الفقيه"], ["فاروق", "القحطاني"]]

    def test_western_windows_where_all_of_windows_agree(self) -> None:
        assert rows(f"{HEADER}\r\n{ACCENTS}".encode("cp1252"))[0].cells[1:3] == ["José", "Müller"]

    @pytest.mark.parametrize(
        ("names", "encoding"),
        [
            (NAMES, "iso-8859-6"),
            ("g1,ليلى,,l@example.org,,,\n", "cp1256"),  # too little to be sure
            ("g1,Иван,Петров,l@example.org,,,\n", "cp1251"),
            ("g1,Γιώργος,Παππάς,l@example.org,,,\n", "cp1253"),
            ("g1,יוסף,כהן,l@example.org,,,\n", "cp1255"),
            ("g1,王小明,李,l@example.org,,,\n", "gbk"),
            ("g1,山田太郎,鈴木,l@example.org,,,\n", "shift-jis"),
            (ACCENTS, "mac-roman"),
            (ACCENTS, "cp850"),
            ("g1,Muñoz,Peña,l@example.org,,,\n", "cp1252"),  # or the Polish Muńoz
            ("g1,JESÚS,X,l@example.org,,,\n", "cp850"),
        ],
    )
    def test_what_could_be_several_is_refused_with_its_line(
        self, names: str, encoding: str
    ) -> None:
        refused = str(refusal(f"{HEADER}\n{ALI}\n{names}".encode(encoding)))
        assert refused == "Line 3 is not UTF-8: save the file as “CSV UTF-8”."

    def test_a_sign_that_was_cut_in_two(self) -> None:
        data = f"{HEADER}\n{ALI}\ng2,ليلى".encode()[:-1]
        assert str(refusal(data)).startswith("Line 3 is not UTF-8")

    @pytest.mark.parametrize(
        ("garbled", "how"),
        [
            ("ليلى", "cp1256"), ("ليلى", "cp1252"), ("ليلى", "latin-1"), ("ليلى", "mac-roman"),
            ("José", "cp1252"), ("Zoë", "latin-1"), ("“quoted”", "cp1252"),
        ],
    )  # fmt: skip
    def test_letters_that_were_read_as_others_are_named(self, garbled: str, how: str) -> None:
        cell = garbled.encode().decode(how, "replace")
        (bad, good) = rows(f"{HEADER}\ng1,{cell},B,a@example.org,,,\n{ALI}\n")
        assert bad.wrong.startswith(f"“{cell}”")
        assert not good.wrong

    @pytest.mark.parametrize("cell", ["Jos\ufffd", "????", "?? ????"])
    def test_letters_that_are_lost_are_named(self, cell: str) -> None:
        (row,) = rows(f"{HEADER}\ng1,{cell},B,a@example.org,,,\n")
        assert "has lost its letters" in row.wrong

    @pytest.mark.parametrize("cell", ["Why?", "?", "São", "Ünal", "طلاق؟", "کچھ", "café–bar", "ÃO"])
    def test_letters_that_are_right_are_left_alone(self, cell: str) -> None:
        assert not rows(f"{HEADER}\ng1,{cell},B,a@example.org,,,\n")[0].wrong


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1", "Excel (.xls)"),
        (b"<html xmlns:x", "HTML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "XML"),
        (b"{\\rtf1", "Word (RTF)"),
        (b"BEGIN:VCARD\r\nVERSION:3.0", "vCard"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_what_is_no_table_is_named(begin: bytes, kind: str) -> None:
    assert kind in str(refusal(begin + b" " * 100))


def test_s08_cells_come_clean() -> None:
    (row,) = rows(
        f"{HEADER}\n\u200f٠٠٢٥,\u202eAli\u202c  B\u00a0 ,X\x07Y,a@example.org\u200b,٠٥٠١,,\n"
    )
    assert row.cells[:5] == ["0025", "Ali B", "XY", "a@example.org", "0501"]


@pytest.mark.parametrize("cut", range(1, 60))
def test_whatever_is_missing_at_the_end_of_a_file_no_fault_gets_out(cut: int) -> None:
    for encoding in ("utf-8", "utf-16", "cp1256"):
        with suppress(FileRefused):
            rows(f"{HEADER}\r\n{NAMES}".encode(encoding)[:-cut])
