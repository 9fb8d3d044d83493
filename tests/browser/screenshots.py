"""Pictures of every page of a running demo: `python -m tests.browser.screenshots [address] [few]`.

Everything goes to var/screenshots/ (English and Arabic, light and dark, phone and desk); the few
that the README and docs/design.md show go to docs/images/, and with `few` only these are taken. The
address is that of `make run`, http://localhost:8000 unless given. Signs in with the demo's own
buttons, so it needs DEMO.
"""

import sys
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from tests import chromium
from tests.processes import ROOT

KEPT, ALL = ROOT / "docs/images", ROOT / "var/screenshots"
DESK, PHONE, ZOOMED = (1440, 900), (375, 812), (320, 700)


class Look(NamedTuple):
    language: str
    theme: str
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size[0]}"


class Medium(NamedTuple):
    """Not a screen as most have it."""

    name: str = ""
    print: bool = False
    forced: bool = False


SCREEN = Medium()
PAPER = Medium("paper", print=True)
FORCED = Medium("forced", forced=True)


class Shot(NamedTuple):
    """A page: its name, who looks, where, and what they open first."""

    name: str
    user: str
    path: str
    do: Callable[[Page], None] = lambda page: None
    medium: Medium = SCREEN


def open_bell(page: Page) -> None:
    page.locator("#bell").click()
    page.locator("#bell-list .notes").wait_for()


def open_account(page: Page) -> None:
    page.locator("#user-button").click()


def open_menu(page: Page) -> None:
    """The navigation, where it is folded away."""
    button = page.locator(".topbar [data-bs-target='#sidebar']")
    if button.is_visible():
        button.click()
        page.wait_for_timeout(400)


def to_my_ward(page: Page) -> None:
    """The board of the ward with the critical result."""
    page.goto(str(page.locator(".ward-card a").last.get_attribute("href")))


def to_discharge(page: Page) -> None:
    to_my_ward(page)
    page.wait_for_load_state("networkidle")
    page.locator("[id^=stay-menu]").first.click()
    page.locator(".dropdown-menu.show button").nth(1).click()
    page.locator("#dialog-title").wait_for()


def to_a_patient(page: Page) -> None:
    page.locator(".person .patient-name").first.click()
    page.locator("#chart").wait_for()


def to_wishes(page: Page) -> None:
    to_a_patient(page)
    page.locator("a[href^='/notifications/preferences/']").click()
    page.locator(".wishes").first.wait_for()


def to_booking(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.locator("#book").click()
    page.locator("#find").fill("gr")
    page.locator(".found-item").first.click()


def to_a_rehearsal(page: Page) -> None:
    """A file with errors, before anything is written."""
    good = "\n".join(f"N{n},Nadia,Rahman {n},n{n}@example.org,,1980-05-15,F" for n in range(30))
    bad = "N50,Ben,,ben@example.org,,,M\nN51,ليلى,حداد,n1@example.org,+966 55 123 4567,1990-07-10,F"
    text = f"patient_id,first_name,last_name,email,phone,date_of_birth,gender\n{bad}\n{good}\n"
    file: FilePayload = {"name": "new.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files(".drop-input", files=[file])
    page.locator("#check-file").click()
    page.locator("[data-figure=failed]").wait_for()


def to_the_wall(page: Page) -> None:
    to_my_ward(page)
    page.goto(f"{page.url}?display=wall")


def to_a_message(page: Page) -> None:
    page.locator(".message .patient-name").first.click()
    page.locator("#message").wait_for()


def to_the_editor(page: Page) -> None:
    """With a typing error in the Arabic words."""
    page.locator(".template .patient-name").nth(1).click()
    page.locator(".page-head a.btn-primary").click()
    words = page.locator("#id_body_ar")
    words.fill(words.input_value().replace("{first_name}", "{frist_name}"))
    page.locator("[data-wrong]").wait_for()


def to_a_comparison(page: Page) -> None:
    """Two texts to all patients, half written."""
    page.locator(".choice").first.click()
    page.locator("[name=compare]").check()
    for letter, text in (("a", "Dear {first_name}, we are open."), ("b", "{first_name}, come in!")):
        page.locator(f"#id_{letter}-origin_1").check()
        page.locator(f"#id_{letter}-body_en").fill(text)
    page.locator("#previews .bubble").nth(1).wait_for()


def to_a_preview(page: Page) -> None:
    """Of a text to all patients."""
    page.goto("/notifications/bulk/new/")
    page.locator(".choice").first.click()
    page.locator("[name=channels][value=email]").uncheck()
    page.locator("#id_a-origin_1").check()
    page.locator("#id_a-body_en").fill("Dear {first_name}, our clinic is open on Saturdays now.")
    page.locator("#id_a-body_ar").fill("السيد/ة {first_name}، عيادتنا تعمل الآن أيام السبت.")
    page.locator("#save").click()
    page.locator("[data-figure=included]").wait_for()


def to_a_bulk_send_under_way(page: Page) -> None:
    to_a_preview(page)
    page.wait_for_load_state("networkidle")
    page.locator("#send-bulk").click()
    page.locator("#dialog .btn-primary").click()
    page.locator("[data-figure=arrived]").wait_for()


def ring(page: Page) -> None:
    """Toasts as they come, without an event in the hospital."""
    for level, title, message in [
        ("success", "Samuel Adeyemi has arrived", "10:05. Financially cleared. Consent verified."),
        ("critical", "Critical: Urea and electrolytes for Helena Costa", "Creatinine 348 µmol/L"),
    ]:
        page.evaluate(
            """(alert) =>
                 window.wardbell.dispatchEvent(new CustomEvent("alerts", { detail: [alert] }))""",
            {"id": len(title), "level": level, "title": title, "message": message, "link": "/"},
        )


SHOTS = [
    Shot("sign-in", "", "/accounts/login/"),
    Shot("wards", "manager", "/wards/"),
    Shot("board", "nurse", "/wards/", to_my_ward),
    Shot("wall", "nurse", "/wards/", to_the_wall),
    Shot("arrivals", "frontdesk", "/arrivals/"),
    Shot("my-appointments", "provider", "/arrivals/"),
    Shot("discharge", "nurse", "/wards/", to_discharge),
    Shot("patients", "frontdesk", "/patients/"),
    Shot("patient", "frontdesk", "/patients/?stay=in", to_a_patient),
    Shot("preferences", "frontdesk", "/patients/?stay=in", to_wishes),
    Shot("book", "frontdesk", "/arrivals/", to_booking),
    Shot("roster", "manager", "/roster/"),
    Shot("bulk-rehearsal", "manager", "/hospital/bulk/import-patients/", to_a_rehearsal),
    Shot("bulk-assign", "manager", "/hospital/bulk/assign-patients/"),
    Shot("bulk-discharge", "manager", "/hospital/bulk/discharge/"),
    Shot("bulk-reports", "manager", "/hospital/bulk/export-report/"),
    Shot("bulk-history", "manager", "/hospital/bulk/operations/"),
    Shot("dashboard", "frontdesk", "/notifications/"),
    Shot("analytics", "manager", "/notifications/analytics/"),
    Shot("bulk-sends", "frontdesk", "/notifications/bulk/"),
    Shot("bulk-new", "frontdesk", "/notifications/bulk/new/", to_a_comparison),
    Shot("bulk-preview", "frontdesk", "/notifications/bulk/", to_a_preview),
    Shot("bulk-sending", "frontdesk", "/notifications/bulk/", to_a_bulk_send_under_way),
    Shot("prices", "manager", "/notifications/prices/"),
    Shot("messages", "frontdesk", "/notifications/messages/"),
    Shot("message", "frontdesk", "/notifications/messages/", to_a_message),
    Shot("templates", "frontdesk", "/notifications/templates/"),
    Shot("editor", "frontdesk", "/notifications/templates/?channel=sms", to_the_editor),
    Shot("history", "nurse", "/inbox/"),
    Shot("history-empty", "pharmacist", "/inbox/"),
    Shot("dropdown", "nurse", "/inbox/", open_bell),
    Shot("toasts", "nurse", "/wards/", ring),
    Shot("account", "nurse", "/wards/", open_account),
    Shot("phones", "frontdesk", "/notifications/phone/"),
    Shot("menu", "nurse", "/wards/", open_menu),
    Shot("sign-out", "nurse", "/accounts/logout/"),
    Shot("password", "nurse", "/accounts/password/change/"),
    Shot("not-found", "nurse", "/nowhere/"),
    Shot("forbidden", "frontdesk", "/wards/"),
    Shot("board-on-paper", "nurse", "/wards/", to_my_ward, PAPER),
    Shot("history-forced", "nurse", "/inbox/", medium=FORCED),
]
# Name in docs/images -> the picture it is.
CHOSEN = {
    "sign-in": ("sign-in", Look("en", "light", DESK)),
    "board": ("board", Look("en", "light", DESK)),
    "arrivals": ("arrivals", Look("en", "light", DESK)),
    "history": ("history", Look("en", "light", DESK)),
    "dropdown": ("dropdown", Look("en", "dark", DESK)),
    "arabic-dark": ("board", Look("ar", "dark", DESK)),
    "roster": ("roster", Look("en", "light", DESK)),
    "bulk": ("bulk-rehearsal", Look("en", "light", DESK)),
    "template": ("editor", Look("en", "light", DESK)),
    "bulk-send": ("bulk-preview", Look("en", "light", DESK)),
    "dashboard": ("dashboard", Look("en", "light", DESK)),
    "analytics": ("analytics", Look("ar", "dark", DESK)),
    "sandbox": ("phones", Look("en", "light", DESK)),
    "phone": ("arrivals", Look("en", "light", PHONE)),
    "design-messages": ("messages", Look("en", "light", DESK)),
    "design-form": ("bulk-new", Look("en", "dark", DESK)),
    "design-zoomed": ("history", Look("ar", "light", ZOOMED)),
    "design-paper": ("board-on-paper", Look("en", "light", DESK)),
    "design-forced": ("history-forced", Look("en", "dark", DESK)),
}
LOOKS = [
    *(Look(*look) for look in product(("en", "ar"), ("light", "dark"), (DESK, PHONE))),
    Look("ar", "light", ZOOMED),
]


def take(browser: Browser, address: str, look: Look, shots: list[Shot]) -> None:
    """The given pages in one look; each user signs in once."""
    for user, medium in dict.fromkeys((shot.user, shot.medium) for shot in shots):
        context = browser.new_context(
            base_url=address,
            viewport={"width": look.size[0], "height": look.size[1]},
            color_scheme="dark" if look.theme == "dark" else "light",
            forced_colors="active" if medium.forced else "none",
        )
        page = context.new_page()
        page.goto("/accounts/login/")
        if user:
            page.locator(f"button[data-username={user}]").click()
            page.wait_for_url(lambda url: "/accounts/login" not in url)
        # Overrides the user's own choice for this browser only: the demo's people stay as they are.
        context.add_cookies([{"name": "django_language", "value": look.language, "url": address}])
        for shot in (shot for shot in shots if (shot.user, shot.medium) == (user, medium)):
            page.emulate_media(media="screen")
            page.goto(shot.path)
            shot.do(page)
            page.emulate_media(media="print" if medium.print else "screen")
            page.wait_for_timeout(600)
            path = ALL / f"{shot.name}-{look}.png"
            page.screenshot(path=path)
            for name, chosen in CHOSEN.items():
                if chosen == (shot.name, look):
                    (KEPT / f"{name}.png").write_bytes(path.read_bytes())
        context.close()


def main(address: str = "http://localhost:8000", how_many: str = "all") -> None:
    for folder in (KEPT, ALL):
        folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find_or_get(playwright), args=chromium.FLAGS
        )
        for look in LOOKS:
            few = [shot for shot in SHOTS if (shot.name, look) in CHOSEN.values()]
            take(browser, address, look, few if how_many == "few" or look.size == ZOOMED else SHOTS)
        browser.close()
    for picture in sorted(KEPT.glob("*.png")):
        print(f"{picture.stat().st_size // 1024:5} KB  {picture.relative_to(ROOT)}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
