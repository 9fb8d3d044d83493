"""Three files of a real town: Excel's in Arabic, a Mac's, a phone book's; matched by hand once."""

import pytest
from django_scopes import scopes_disabled
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import check
from tests.cast import Cast
from tests.conftest import StartProcess
from wards.models import ColumnMatch, Patient, User

IMPORT = "/hospital/bulk/import-patients/"
EXCEL = (
    "\ufeffقائمة المرضى;;;;;;\r\n\r\n"
    "رقم الملف;الاسم الأول;اسم العائلة;البريد الإلكتروني;رقم الجوال;تاريخ الميلاد;الجنس\r\n"
    "0025;ليلى;حداد;layla@example.org;٠٥٠١٢٣٤٥٦٧;15/05/1980;أنثى\r\n"
    "0026;\u200fعمر\u200f;فاروق;omar@example.org;966501234568.0;١٩٧٥-٠١-٠٢;ذكر\r\n"
    ";;;;;;\r\n"
).encode()
MAC = (
    "Patient ID,First Name,Last Name,Email,Phone,Date of Birth,Gender\r"
    "0027,José,Müller,jose@example.org,+966 50 123 4569,1990-07-10 00:00:00,Male\r"
    '0028,"Ann\rMary",Lee,ann@example.org,,,F\r'
).encode()
BOOK = (
    "Given Name,Family Name,Handy,Post,Group Membership\r\n"
    "Sara,Dosari,\u202a+966 50 123 4570\u202c,<sara@example.org>,* myContacts\r\n"
).encode()
ROWS = {
    "0025": ("ليلى حداد", "layla@example.org", "0501234567", "1980-05-15", "F"),
    "0026": ("عمر فاروق", "omar@example.org", "966501234568", "1975-01-02", "M"),
    "0027": ("José Müller", "jose@example.org", "+966 50 123 4569", "1990-07-10", "M"),
    "0028": ("Ann Mary Lee", "ann@example.org", "", "None", "F"),
    "": ("Sara Dosari", "sara@example.org", "+966 50 123 4570", "None", "U"),
}


def payload(content: bytes) -> FilePayload:
    return {"name": "list.csv", "mimeType": "text/csv", "buffer": content}


def upload(page: Page, content: bytes) -> None:
    page.goto(IMPORT)
    page.set_input_files(".drop-input", files=[payload(content)])
    page.get_by_role("button", name="Check the file").click()


def confirm(page: Page, button: str) -> None:
    expect(page.locator("[data-figure=failed]")).to_have_text("0")
    page.get_by_role("button", name=button).click()
    status = page.locator("#operation [data-status]")
    expect(status).to_have_attribute("data-status", "completed")


def test_every_row_of_three_files_is_where_it_belongs(
    committed: None, cast: Cast, visit: Visit, start_process: StartProcess
) -> None:
    start_process("worker", WORKERS="1")
    page = visit(cast.mona, IMPORT).page
    upload(page, EXCEL)
    confirm(page, "Import 2 patients")
    upload(page, MAC)
    confirm(page, "Import 2 patients")
    upload(page, BOOK)
    expect(page.get_by_role("heading", name="What are the columns of this file?")).to_be_visible()
    expect(page.locator("#columns")).to_contain_text("+966 50 123 4570")
    expect(page.get_by_label("Given Name")).to_have_value("first_name")
    expect(page.get_by_label("Group Membership")).to_have_value("")
    page.get_by_label("Handy").select_option(label="Phone")
    page.get_by_role("button", name="Check the file").press("Enter")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("E-mail")
    page.get_by_label("Post").select_option(label="E-mail")
    page.get_by_role("button", name="Check the file").press("Enter")
    expect(page.locator("#operation")).to_contain_text("Columns that are left out:")
    confirm(page, "Import 1 patient")
    with scopes_disabled():
        people = Patient.objects.filter(
            hospital=cast.hospital, email__in=[r[1] for r in ROWS.values()]
        )
        found = {
            who.number: (str(who), who.email, who.phone, str(who.date_of_birth), who.gender)
            for who in people
        }
        assert found == ROWS
        assert ColumnMatch.objects.count() == 1
    upload(page, BOOK.replace(b"sara@", b"nora@"))
    confirm(page, "Import 1 patient")


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", "light", 1440), ("ar", "dark", 375)]
)
def test_everybody_can_match_columns(
    committed: None, cast: Cast, visit: Visit, language: str, theme: str, width: int
) -> None:
    """axe finds nothing, a phone does not scroll sideways, the keyboard reaches all."""
    User.objects.update(theme=theme, language=language)
    page = visit(cast.mona, viewport={"width": width, "height": 900}).page
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    page.goto(IMPORT)
    page.set_input_files(".drop-input", files=[payload(BOOK)])
    page.locator("#check-file").click()
    expect(page.locator("#columns select")).to_have_count(5)
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("#columns select").first.focus()
    for place in range(1, 5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == f"column-{place}"
