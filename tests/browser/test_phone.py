"""A message rings on the phone page, live; its patient answers STOP, and hears no more."""

import re

from django_scopes import scope
from playwright.sync_api import expect

from messaging.models import NotificationPreference
from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.browser.test_accessibility import check, looks
from tests.cast import Cast
from tests.messaging.outbox import queue_message
from tests.processes import Web, wait_for
from wards.models import Language, Patient, User

NUMBER, OTHER = "+966501234567", "+966507654321"


def say(cast: Cast, patient: Patient, body: str, **fields: object) -> None:
    queue_message(cast.hospital, **{"patient": patient, "address": NUMBER, "body": body} | fields)


def test_it_rings_and_is_answered(web: Web, cast: Cast, visit: Visit, elsewhere: Elsewhere) -> None:
    layla = factories.create_patient(cast.hospital, phone="050 123 4567")
    page = visit(cast.dana, "/notifications/phone/", web=web).page
    expect(page.locator("#phones .empty")).to_be_visible()

    elsewhere(say, cast, layla, "Your appointment is at 10:30.")
    expect(page.locator(".bubble")).to_contain_text("Your appointment is at 10:30.")
    expect(page.locator(".thread")).to_contain_text(NUMBER)

    page.locator("#answer").fill("Thank you!")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.is-answer")).to_have_text(re.compile("Thank you!"))

    page.get_by_role("button", name="STOP").click()
    expect(page.locator(".bubble.is-answer")).to_have_count(2)
    with scope(hospital=cast.hospital.pk):
        wait_for(
            lambda: NotificationPreference.objects.filter(patient=layla, sms=False).exists(),
            what="the webhook tells, and SMS are off",
        )


def test_threads_by_keyboard(web: Web, cast: Cast, visit: Visit, elsewhere: Elsewhere) -> None:
    for number, body in ((NUMBER, "For the first"), (OTHER, "For the second")):
        elsewhere(say, cast, cast.patient, body, address=number)
    page = visit(cast.dana, "/notifications/phone/", web=web).page
    expect(page.locator(".thread")).to_have_count(2)
    page.locator(".thread", has_text=NUMBER).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bubble")).to_contain_text("For the first")
    expect(page).to_have_url(re.compile(r"\?message=\d+$"))
    assert "966" not in page.url, "no number of a patient in an address"
    page.reload()
    expect(page.locator(".bubble")).to_contain_text("For the first")


@looks
def test_it_is_accessible(
    web: Web, cast: Cast, visit: Visit, elsewhere: Elsewhere, language: str, theme: str, width: int
) -> None:
    User.objects.update(theme=theme)
    elsewhere(say, cast, cast.patient, "موعدك الساعة 10:30.", language=Language.ARABIC)
    letter = {"channel": "email", "address": "bounced@sandbox.example", "subject": "Your stay"}
    elsewhere(say, cast, cast.patient, "Welcome.", **letter)
    profile = {"viewport": {"width": width, "height": 900}, "locale": language}
    page = visit(cast.dana, "/notifications/phone/", web=web, **profile).page
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".thread")).to_have_count(2)
    for number in (0, 1):
        page.locator(".thread").nth(number).click()
        expect(page.locator(".thread").nth(number)).to_have_attribute("aria-current", "true")
        check(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
