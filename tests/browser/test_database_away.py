"""A dialog while the database is away: why is said, and what was filled in is kept."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.conftest import StartWeb
from tests.database import database_away

AWAY = "Wardbell does not reach its database"
MAY_BE_SAVED = "may be saved or not"


def test_a_dialog_while_the_database_is_away(
    committed: None, cast: Cast, visit: Visit, start_web: StartWeb
) -> None:
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/", web=start_web())
    noor.page.wait_for_load_state("networkidle")
    admit = noor.bed("C-01").get_by_role("button", name="Admit")
    admit.click()
    dialog = noor.page.get_by_role("dialog")
    dialog.get_by_role("searchbox", name="Patient").fill("pat")
    dialog.get_by_role("radio", name="Pat Patel").check()
    dialog.get_by_label("Reason").fill("Chest pain")
    with database_away():
        dialog.get_by_role("button", name="Admit").click()
        expect(noor.toast(AWAY)).to_contain_text(MAY_BE_SAVED)
        expect(dialog.get_by_label("Reason")).to_have_value("Chest pain")
        noor.toast(AWAY).get_by_role("button", name="Close").click()
        dialog.get_by_role("button", name="Close").last.click()
        expect(dialog).to_be_hidden()
        admit.click()
        expect(noor.toast(AWAY)).not_to_contain_text(MAY_BE_SAVED)
        expect(dialog).to_be_hidden()
        expect(admit).to_be_focused()
