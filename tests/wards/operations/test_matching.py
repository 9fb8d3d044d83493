"""Where it is not certain what a file's columns are, somebody is asked, once."""

import csv
import io
import os
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from django.test import Client

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import PATIENTS, upload
from tests.workbooks import saved, workbook
from wards.base import clock, uploads
from wards.models import BulkOperation, ColumnMatch, Patient
from wards.operations import actions

pytestmark = pytest.mark.usefixtures("media")
PAGE = "/hospital/bulk/import-patients/"
GERMAN = "Kennung;Vorname;Nachname;Mail-Adr;Ort\n0025;Jo;Do;jo@example.org;Ulm\n"
SAID = {"column-0": "patient_id", "column-1": "first_name", "column-2": "last_name",
        "column-3": "email", "column-4": ""}  # fmt: skip


@pytest.fixture
def mona(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.mona)


def text(response: HttpResponseBase) -> str:
    return b"".join(response).decode()


def kept(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found
    return found[1]


def newest() -> BulkOperation:
    operation = BulkOperation.objects.order_by("pk").last()
    assert operation is not None
    return operation


def test_it_is_asked_once(mona: Client, floor: Cast) -> None:
    asked = mona.post(PAGE, {"csv_file": upload(GERMAN)})
    page = text(asked)
    assert asked.status_code == 422
    for words in ("Kennung", "Vorname", "jo@example.org", "What are the columns of this file?"):
        assert words in page
    assert not BulkOperation.objects.exists()
    answered = mona.post(PAGE, {"kept": kept(page), **SAID})
    assert answered.status_code == 302
    dry = newest()
    assert dry.parameters["read"] == {"left_out": ["Ort"]}
    actions.run_now(actions.confirm(operation=dry, by=floor.mona))
    jo = Patient.objects.get(email="jo@example.org")
    assert (jo.number, jo.first_name, jo.last_name) == ("0025", "Jo", "Do")
    assert not default_storage.exists(f"waiting/{floor.hospital.pk}-{floor.mona.pk}/{kept(page)}")

    again = GERMAN.replace("jo@", "mo@").replace("0025", "0026").upper().replace("KENN", "kenn")
    assert mona.post(PAGE, {"csv_file": upload(again)}).status_code == 302, "as it was said before"
    assert newest().successful_records == 1


def test_what_cannot_be_is_asked_again(mona: Client) -> None:
    page = text(mona.post(PAGE, {"csv_file": upload(GERMAN)}))
    for said, words in (
        ({"column-3": ""}, "Not chosen yet: E-mail."),
        ({"column-4": "email"}, "“E-mail” is chosen for two columns."),
        ({"column-3": "no such"}, "Not chosen yet: E-mail."),
    ):
        again = mona.post(PAGE, {"kept": kept(page), **SAID, **said})
        assert again.status_code == 422
        assert words in text(again)
        assert kept(text(again)) == kept(page), "the file is kept once"
    assert not ColumnMatch.objects.exists()


def test_one_may_want_to_be_asked(mona: Client) -> None:
    file = upload(f"{PATIENTS}\n1,A,B,a@example.org,,,\n")
    page = text(mona.post(PAGE, {"csv_file": file, "match": "on"}))
    assert page.count("selected") == 7, "what is known is chosen already"


def test_another_hospital_is_asked_for_itself(mona: Client, floor: Cast) -> None:
    page = text(mona.post(PAGE, {"csv_file": upload(GERMAN)}))
    mona.post(PAGE, {"kept": kept(page), **SAID})
    other = factories.sign_in(Client(), floor.zed)
    assert other.post(PAGE, {"csv_file": upload(GERMAN)}).status_code == 422
    assert other.post(PAGE, {"kept": kept(page), **SAID}).status_code == 422, "nor is it theirs"


def test_a_colleague_does_not_find_the_file(mona: Client, floor: Cast) -> None:
    page = text(mona.post(PAGE, {"csv_file": upload(GERMAN)}))
    alice = factories.sign_in(Client(), floor.alice)
    for name in (kept(page), f"../{floor.hospital.pk}-{floor.mona.pk}/{kept(page)}", "", "x"):
        assert "Choose a file first." in text(alice.post(PAGE, {"kept": name, **SAID}))


def test_a_workbook_with_other_sheets_and_hidden_rows_says_so(mona: Client) -> None:
    def change(book: object) -> None:
        book.active.row_dimensions[2].hidden = True  # type: ignore[attr-defined]

    rows = [PATIENTS.split(","), ["1", "A", "B", "a@example.org"]]
    data = workbook(("People", rows), ("Notes", [["x"]]), change=change)
    response = mona.post(PAGE, {"csv_file": upload(data, "patients.xlsx")}, follow=True)
    page = text(response)
    assert "the sheet “<bdi>People</bdi>” is read" in page
    assert "1 row is hidden in the workbook" in page


def test_uploads_that_nobody_came_back_for_are_removed(media: object) -> None:
    name = uploads.keep(ContentFile(b"a,b\n"), "1-2")
    uploads.forget()
    with uploads.kept(name, "1-2") or ContentFile(b"") as file:
        assert file.read() == b"a,b\n"
    long_ago = (clock.now() - timedelta(hours=25)).timestamp()
    os.utime(default_storage.path(f"waiting/1-2/{name}"), (long_ago, long_ago))
    uploads.forget()
    assert uploads.kept(name, "1-2") is None


@pytest.mark.parametrize(
    "path", ["import-patients/sample.csv", "assign-patients/sample.csv", "export/occupancy/"]
)
def test_every_table_is_a_workbook_too(mona: Client, path: str) -> None:
    response = mona.get(f"/hospital/bulk/{path}?as=xlsx")
    assert ".xlsx" in response["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
    plain = text(mona.get(f"/hospital/bulk/{path}"))
    assert plain.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(plain.removeprefix("\ufeff"))))
    found = [["" if c is None else str(c) for c in row] for row in book["Wardbell"].values]
    assert found == rows


def test_the_rows_with_errors_as_a_workbook_are_taken_again(mona: Client, floor: Cast) -> None:
    bad = "=1,Cid,,cid@example.org,+966501234567,1980-05-15,M"
    mona.post(PAGE, {"csv_file": upload(f"{PATIENTS}\n{bad}\n")})
    response = mona.get(f"/hospital/bulk/operations/{newest().pk}/errors.csv?as=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
    sheet = book["Wardbell"]
    assert [cell.value for cell in sheet[1]][:3] == ["line", "error", "patient_id"]
    sheet["E2"] = "Cole"
    again = upload(saved(book), "errors.xlsx")
    mona.post(PAGE, {"csv_file": again})
    actions.run_now(actions.confirm(operation=newest(), by=floor.mona))
    cid = Patient.objects.get(email="cid@example.org")
    assert (cid.number, cid.last_name, cid.phone) == ("=1", "Cole", "+966501234567")
