"""Templates and messages as the front desk meets them: mistakes, a test, what becomes of it."""

import pytest
from django_scopes import scope
from playwright.sync_api import APIResponse, Dialog, Route, expect

from messaging.models import Message, MessageTemplate
from messaging.statuses import Status
from messaging.templates import actions
from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.browser.test_accessibility import LOOKS, check
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.processes import Web
from wards.models import User

LIST, SENT = "/notifications/templates/", "/notifications/messages/"
BOUNCED = "+12025550104"  # the carrier's number of nobody


@pytest.fixture
def template(committed: None, cast: Cast) -> MessageTemplate:
    with scope(hospital=cast.hospital.pk):
        return MessageTemplate.objects.get(code="appointment_confirmed", channel="sms")


def test_a_typing_error_in_arabic(cast: Cast, template: MessageTemplate, visit: Visit) -> None:
    """It is flagged at once, kept from being saved, mended by a click, tried out, switched off."""
    page = visit(cast.dana, LIST).page
    page.get_by_label("Find a template").fill("confirmed:")
    page.get_by_label("SMS", exact=True).check()
    expect(page.locator(".template")).to_have_count(1)
    page.locator(".template").get_by_role("link").click()
    page.get_by_role("link", name="Edit", exact=True).click()

    words = page.locator("#id_body_ar")
    words.fill(words.input_value().replace("{first_name}", "{frist_name}"))
    flagged = page.locator("#findings-ar li[data-tone=error]")
    expect(flagged).to_contain_text("{frist_name} is not known. Do you mean {first_name}?")
    expect(page.locator("#findings-en li")).to_have_count(0)
    expect(page.locator("[data-language=ar] .mirror .is-unknown")).to_have_text("{frist_name}")
    expect(page.locator("#unsaved")).to_be_visible()

    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator("#id_body_ar")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_body_ar")).to_have_value(words.input_value())
    page.get_by_role("button", name="Correct it").click()
    expect(page.locator("#findings-ar li")).to_have_count(0)
    expect(page.locator("#previews [lang=ar] .bubble")).to_contain_text("ليلى")
    page.locator("#id_body_en").press_sequentially(" Bye.")
    expect(page.locator("#previews [lang=en] .bubble")).to_contain_text("Bye.")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".page-head .facts")).to_contain_text("version 2")

    page.get_by_role("button", name="Try it out…").click()
    page.get_by_label("Your phone number").fill("12")
    page.get_by_role("button", name="Send the test").click()
    expect(page.locator(".field-error")).to_be_visible()
    page.get_by_label("Your phone number").fill("+966 50 123 4567")
    page.get_by_label("Arabic", exact=True).check()
    page.get_by_role("button", name="Send the test").click()
    expect(page.locator("#message [data-status]")).to_have_attribute("data-status", "queued")
    expect(page.locator("#message .bubble")).to_contain_text("السيد/ة ليلى")

    page.goto(f"{LIST}?q=confirmed:&channel=sms")
    switch = page.get_by_role("switch")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    template.refresh_from_db()
    assert not template.is_active


def test_news_that_come_while_a_list_is_being_fetched_are_shown(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    """What is on its way was read before them, and nothing tells of them a second time."""
    page = visit(cast.dana, LIST).page
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        held.append((route, route.fetch()))
        page.evaluate("document.documentElement.dataset.held = 'yes'")

    page.route(f"**{LIST}", hold, times=1)
    page.evaluate("htmx.trigger('#templates', 'refresh')")
    expect(page.locator("[data-held=yes]")).to_have_count(1)
    elsewhere(factories.create_template, cast.hospital, name="Aa, the first")
    page.evaluate("htmx.trigger(document.body, 'wb-changed')")
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.get_by_text("Aa, the first")).to_be_visible()


def test_placeholders_are_inserted_where_one_is(
    cast: Cast, template: MessageTemplate, visit: Visit
) -> None:
    page = visit(cast.dana, f"{LIST}{template.pk}/edit/").page
    words = page.locator("#id_body_en")
    words.fill("On , then.")
    words.evaluate("field => field.setSelectionRange(3, 3)")
    page.locator("#insert-en").press("Enter")
    menu = page.locator(".placeholders.show")
    expect(menu.get_by_role("button")).to_have_count(8)  # what an appointment brings
    menu.locator("[data-insert=date]").press("Enter")
    expect(words).to_have_value("On {date}, then.")
    expect(words).to_be_focused()
    page.keyboard.type("!")
    expect(words).to_have_value("On {date}!, then.")
    expect(page.locator("[data-language=en] .mirror .is-known")).to_have_text("{date}")
    expect(page.locator("#findings-en li").first).to_contain_text("is missing here")


def test_a_new_e_mail(committed: None, cast: Cast, visit: Visit) -> None:
    page = visit(cast.dana, f"{LIST}create/").page
    expect(page.locator("#id_subject_en")).to_be_hidden()
    page.get_by_label("E-mail", exact=True).check()
    page.get_by_label("Name").fill("Open day")
    page.get_by_label("Code").fill("open_day")
    page.locator("#id_body_en").fill("Come and see <b>us</b>!")
    expect(page.locator("#findings-en")).to_contain_text("An e-mail needs a subject.")
    page.locator("#id_subject_en").fill("Open day at {hospital_name}")
    expect(page.locator("#previews .mail-subject").first).to_have_text("Open day at Rawdah General")
    expect(page.locator("#previews .mail-body").first).to_have_text("Come and see <b>us</b>!")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Open day", exact=True)).to_be_visible()


def test_nobody_leaves_unsaved_words_by_accident(
    cast: Cast, template: MessageTemplate, visit: Visit
) -> None:
    page = visit(cast.dana, f"{LIST}{template.pk}/edit/").page
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("#id_body_en").press_sequentially("More")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_timeout(300)  # for a navigation that does not happen
    assert asked == ["beforeunload"]
    assert page.url.endswith("/edit/")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".page-head .facts")).to_contain_text("version 2")
    assert asked == ["beforeunload"], "saving asks nothing"


def test_a_number_keeps_its_order_in_arabic(
    cast: Cast, template: MessageTemplate, visit: Visit
) -> None:
    page = visit(cast.dana, f"{LIST}{template.pk}/").page
    number = page.locator("[lang=ar] .bubble .filled").last
    expect(number).to_have_text("+966 11 555 0100")
    plus, digit = number.evaluate(
        """(element) => [0, 1].map((at) => {
             const range = document.createRange();
             range.setStart(element.firstChild.firstChild, at);
             range.setEnd(element.firstChild.firstChild, at + 1);
             return range.getBoundingClientRect().left;
           })"""
    )
    assert plus < digit, "the plus stands before the first digit"


def test_only_admins_delete_and_are_asked(
    cast: Cast, template: MessageTemplate, visit: Visit
) -> None:
    dana = visit(cast.dana, f"{LIST}{template.pk}/").page
    expect(dana.get_by_role("button", name="Delete…")).to_have_count(0)
    page = visit(cast.alice, f"{LIST}{template.pk}/").page
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “Appointment confirmed” (SMS)?")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Appointment confirmed is deleted.")


def test_messages_move_by_themselves(
    elsewhere: Elsewhere, cast: Cast, template: MessageTemplate, visit: Visit
) -> None:
    page = visit(cast.dana, SENT).page
    expect(page.locator("#messages")).to_contain_text("Nothing has been sent yet")
    page.evaluate("window.here = true")
    sent = elsewhere(
        actions.send_test, template=template, address="+966501234567", language="en", by=cast.dana
    )
    row = page.locator(f"[data-message='{sent}']")
    expect(row).to_contain_text("Dana Dahl")
    row.get_by_role("link").click()
    page.evaluate("window.here = true")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#message [data-status]")).to_have_attribute("data-status", "cancelled")
    expect(page.locator(".timeline")).to_contain_text("Dana Dahl")
    assert page.evaluate("window.here"), "the page was not loaded again"


def test_a_test_arrives_while_one_looks(
    web: Web, carrier: CarrierProcess, cast: Cast, template: MessageTemplate, visit: Visit
) -> None:
    """Through the sender, the carrier and its webhook, and one that bounces again and again."""
    page = visit(cast.dana, f"{LIST}{template.pk}/test/", web=web).page
    page.get_by_label("Your phone number").fill("050 123 4567")
    page.get_by_role("button", name="Send the test").click()
    status = page.locator("#message [data-status]")
    expect(status).to_have_attribute("data-status", "delivered")
    expect(page.locator(".timeline")).to_contain_text("Sending")
    (taken,) = carrier.ledger()
    assert taken["recipient"] == "+966501234567"
    assert taken["body"] == page.locator(".bubble").text_content()

    page.goto(f"{LIST}{template.pk}/test/")
    page.get_by_label("Your phone number").fill(BOUNCED)
    page.get_by_role("button", name="Send the test").click()
    expect(status).to_have_attribute("data-status", "bounced")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".timeline")).to_contain_text("attempt 2")
    expect(status).to_have_attribute("data-status", "bounced")
    assert len(carrier.ledger()) == 3


def test_those_that_failed_are_sent_again(committed: None, cast: Cast, visit: Visit) -> None:
    failed = [factories.create_delivered(cast.hospital, status=Status.FAILED) for _ in range(2)]
    factories.create_delivered(cast.hospital)
    page = visit(cast.dana, SENT).page
    expect(page.locator("input[name=ids]")).to_have_count(2)
    page.get_by_label("Choose all that failed on this page").check()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".alert-toast")).to_contain_text("2 messages are sent again.")
    expect(page.locator("#messages [data-status=queued]")).to_have_count(2)
    with scope(hospital=cast.hospital.pk):
        queued = Message.objects.filter(status=Status.QUEUED)
        assert {message.pk for message in queued} == {message.pk for message in failed}


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_everybody_can_use_them(
    cast: Cast,
    template: MessageTemplate,
    visit: Visit,
    language: str,
    theme: str,
    width: int,
) -> None:
    """axe finds nothing, and a phone does not scroll sideways."""
    User.objects.update(theme=theme, language=language)
    messages = [factories.create_delivered(cast.hospital, status=status) for status in Status]
    with scope(hospital=cast.hospital.pk):
        mail = MessageTemplate.objects.get(code="appointment_confirmed", channel="email")
        chat = MessageTemplate.objects.get(code="appointment_confirmed", channel="whatsapp")
    page = visit(cast.alice, viewport={"width": width, "height": 900}).page
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    paths = [
        *(SENT, f"{SENT}?q=nothing", f"{SENT}{messages[0].pk}/", LIST, f"{LIST}?q=nothing"),
        *(f"{LIST}{each.pk}/{more}" for each in (mail, chat) for more in ("", "edit/")),
        *(f"{LIST}create/", f"{LIST}{mail.pk}/test/", f"{LIST}{mail.pk}/delete/"),
    ]
    for path in paths:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    page.goto(f"{LIST}{template.pk}/edit/")
    page.locator("#id_body_en").fill("{frist_name} {{")
    page.locator("#id_body_ar").fill("{frist_name}")
    expect(page.locator("[data-wrong]")).to_have_count(1)
    page.locator("#insert-en").click()
    check(page)
