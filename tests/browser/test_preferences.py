"""What a patient hears, switched by the front desk, by themselves, and from an e-mail."""

from urllib.parse import urlsplit

from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from messaging.contacts import unsubscribing
from messaging.models import NotificationPreference
from tests import factories
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.messaging.people import make_reachable
from wards.models import User


def chosen(cast: Cast) -> NotificationPreference:
    with scopes_disabled():
        return NotificationPreference.objects.get(patient=cast.patient)


def switch(page: Page, name: str) -> None:
    page.get_by_role("switch", name=name, exact=True).click()


def test_the_front_desk_notes_what_a_patient_wishes(
    committed: None, cast: Cast, visit: Visit
) -> None:
    make_reachable(cast)
    page = visit(cast.dana, f"/patients/{cast.patient.pk}/").page
    page.get_by_role("link", name="What they hear").click()
    expect(page.get_by_role("heading", name="What Pat Patel hears from us")).to_be_visible()
    expect(page.get_by_text("+966501234567").first).to_be_visible()
    page.get_by_role("radio", name="SMS", exact=True).check()
    switch(page, "SMS")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("This channel is switched off.")
    page.get_by_role("radio", name="E-mail", exact=True).check()
    expect(page.get_by_role("radio", name="SMS", exact=True)).to_be_hidden()
    switch(page, "News and offers")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("switch", name="SMS", exact=True)).not_to_be_checked()
    expect(page.locator(".trail")).to_contain_text("Dana Dahl")
    made = chosen(cast)
    assert (made.sms, made.preferred_channel, made.marketing) == (False, "email", True)


def test_a_patient_is_warned_before_they_hear_nothing_in_arabic(
    committed: None, cast: Cast, visit: Visit
) -> None:
    make_reachable(cast)
    User.objects.filter(pk=cast.pat.pk).update(language="ar")
    page = visit(cast.pat, "/inbox/", locale="ar").page
    page.get_by_role("link", name="ما يصلني من رسائل").click()
    expect(page.get_by_role("heading", name="ما يصلكم منّا")).to_be_visible()
    warning = page.get_by_text("عند إيقافها جميعًا")
    expect(warning).to_be_hidden()
    for number in range(3):
        page.get_by_role("switch").nth(number).click()
    expect(warning).to_be_visible()
    page.get_by_role("button", name="حفظ").click()
    expect(page.locator(".trail")).to_contain_text("موقوف")
    assert not chosen(cast).email


def test_the_link_in_an_e_mail_asks_and_can_be_taken_back(
    committed: None, cast: Cast, visit: Visit
) -> None:
    message = factories.create_message(cast.patient, channel="email")
    page = visit(None, urlsplit(unsubscribing.url(message)).path).page
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert not chosen(cast).email
    page.get_by_role("button", name="Write me e-mails again").click()
    expect(page.get_by_role("button", name="Unsubscribe")).to_be_visible()
    assert chosen(cast).email
