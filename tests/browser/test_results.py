"""A result's page, and its alert that follows it through corrections."""

from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from wards.results.observations import Code, Observation


def measured(potassium: str, flag: str) -> list[Observation]:
    def one(code: str, name: str, value: str, between: str, *flags: str) -> Observation:
        return Observation((Code(code, name),), "", "NM", value, "mmol/L", between, flags)

    return [
        one("K", "Potassium", potassium, "3.5-5.1", flag),
        one("NA", "Sodium", "140", "133-146", "N"),
        one("CL", "Chloride", "1,200", "95-108"),
        Observation((Code("RMK", "Remark"),), "", "ST", "haemolysed, see note"),
    ]


def test_s05_a_page_and_an_alert_follow_a_result(
    cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    stay = elsewhere(
        factories.create_admission, patient=cast.patient, ward=cast.cardiology, bed=cast.bed
    )
    given = {"provider": cast.priya, "filler": "L-4711", "placer": "ORD-12"}
    report = {"test": "Electrolytes", **given}
    first = elsewhere(
        factories.report_result, cast.patient, observations=measured("6.9", "HH"), **report
    )
    noor = visit(cast.noor, f"/results/{first.data['result']}/")
    page = noor.page.locator("#result")
    expect(page).to_contain_text("6.9")
    expect(page).to_contain_text(str(stay.ward))
    page.get_by_role("button", name="Acknowledge").click()
    expect(page).to_contain_text("You have taken it")
    noor.page.reload()
    noor.expect_live("on")
    elsewhere(
        factories.report_result,
        cast.patient,
        observations=measured("4.9", "N"),
        status="C",
        **report,
    )
    expect(noor.toast("Corrected: Electrolytes for Pat Patel")).to_be_visible()
    expect(page).to_contain_text("Potassium from 6.9 to 4.9")
    noor.open_bell()
    expect(noor.panel.locator(".note", has_text="Electrolytes")).to_have_count(1)


def test_two_sizes_two_themes_two_languages_without_overflow(
    cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    event = elsewhere(
        factories.report_result,
        cast.patient,
        test="Electrolytes",
        observations=measured("6.9", "HH"),
        provider=cast.priya,
        ward=cast.cardiology,
    )
    for size in ((375, 812), (1440, 900)):
        for language, scheme in (("en", "light"), ("ar", "dark")):
            noor = visit(
                cast.noor,
                f"/results/{event.data['result']}/",
                viewport={"width": size[0], "height": size[1]},
                color_scheme=scheme,
                locale=language,
            )
            expect(noor.page.locator("#result .value")).to_have_count(4)
            wide = noor.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size[0]
