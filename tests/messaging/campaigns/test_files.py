"""Files for bulk sends as spreadsheets and other systems save them."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from messaging.campaigns.texts import Words
from messaging.channels import Channel
from messaging.models import Campaign
from messaging.reasons import Reason
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import create_campaign, included, reasons
from tests.workbooks import workbook
from wards.base.csv_rows import Unmatched

pytestmark = pytest.mark.usefixtures("unscoped")
BILL = [Words(body_en="{name}: {amount} is due.", body_ar="{name}: المبلغ {amount}")]


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def town(riyadh: Cast) -> Cast:
    return riyadh


def bill(town: Cast, file: str, **given: Any) -> Campaign:
    how = {"audience": Campaign.Audience.FILE, "variants": BILL, "source": file} | given
    return create_campaign(town.dana, **how)


CASES = Path("tests/data/files")
MAIL = [Words(subject_en="Bill", body_en="Dear {name}, hello.")]


def test_addresses_are_cleaned_or_named_in_words_that_show_what_cannot_be_seen(town: Cast) -> None:
    """Cases 04 and 04c."""
    rows = [
        (CASES / name).read_text().splitlines()
        for name in (
            "04-optout-bypassed-zwsp.csv",
            "04c-bulk-list-addresses-taken-that-are-none.csv",
        )
    ]
    file = "\n".join([*rows[0], *rows[1][1:], ""])
    campaign = bill(town, file, channels=[Channel.EMAIL], variants=MAIL)
    assert [each.address for each in included(campaign)] == ["khalid.0025@example.org"]
    found = reasons(campaign)
    assert found[3] == Reason.DUPLICATE, "the same mailbox"
    assert "a typographic apostrophe after “o”" in found[4]


@pytest.mark.parametrize("name", ["#N/A", "#REF!", "NULL", "nan", "None"])
def test_what_stands_for_nothing_is_no_name(town: Cast, name: str) -> None:
    """Case 15: nobody is called so in a message; it is said, and they are left out."""
    file = f"phone,name,amount\n0550000001,{name},1\n0550000002,Null,2\n"
    campaign = bill(town, file, variants=[Words(body_en="Dear {name}: {amount}")])
    assert [each.body for each in included(campaign)] == ["Dear Null: 2"]
    assert reasons(campaign) == {2: f"{Reason.NO_VALUE}: name"}


def test_lists_as_spreadsheets_save_them(town: Cast) -> None:
    book = workbook(("A", [["Due"], ["الجوال", "الاسم", "المبلغ"], [550000002, "عمر", 80]]))
    words = [Words(body_en="{name}: {المبلغ}", body_ar="{name}: {المبلغ}")]
    for source in (book, "sep=;\nالجوال;الاسم;المبلغ\n966550000002.0;عمر;80\n".encode("utf-16")):
        (one,) = included(bill(town, io.BytesIO(source), variants=words))  # type: ignore[arg-type]
        assert (one.address, one.body) == ("+966550000002", "عمر: 80")


def test_the_names_of_our_own_exports_make_a_whole_name(town: Cast) -> None:
    file = "First Name,Last Name,Phone,Ward\nOmar,Farouk,'+966550000002,Renal\n"
    words = [Words(body_en="{patient_name}, {first_name}: {ward}")]
    (one,) = included(bill(town, file, variants=words))
    assert one.body == "Omar Farouk, Omar: Renal"


def test_columns_are_asked_for_once(town: Cast) -> None:
    file = "Handy;Wer;Betrag\n0550000002;Omar;80\n"
    with pytest.raises(Unmatched) as doubt:
        bill(town, file)
    assert doubt.value.names == ("Handy", "Wer", "Betrag")
    said = {"columns": ["phone", "name", "amount"]}
    (one,) = included(bill(town, file, parameters=said))
    assert one.body == "Omar: 80 is due."
    (again,) = included(bill(town, file.replace("80", "90")))
    assert again.body == "Omar: 90 is due."


def test_columns_may_be_spelled_otherwise_in_the_words(town: Cast) -> None:
    """Case 15."""
    words = [Words(body_en="See you at {Clinic}, {NAME}.")]
    (one,) = included(bill(town, "phone,Clinic,name\n0550000002,Renal,Omar\n", variants=words))
    assert one.body == "See you at Renal, Omar."


def test_what_of_a_workbook_is_not_read_is_said(town: Cast, client: Client) -> None:
    book = workbook(("People", [["phone", "name", "line"], [550000002, "Omar", 7]]), ("More", []))
    words = [Words(body_en="{name}")]
    campaign = bill(town, io.BytesIO(book), variants=words)  # type: ignore[arg-type]
    assert campaign.parameters == {"read": {"sheet": "People"}}
    factories.sign_in(client, town.dana)
    page = client.get(f"/notifications/bulk/{campaign.pk}/").content.decode()
    assert "the sheet “<bdi>People</bdi>” is read" in page
