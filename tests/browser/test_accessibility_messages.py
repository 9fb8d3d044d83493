"""axe finds nothing on any page about messages, in all eight looks; no phone scrolls sideways.

One profile a reader and look visits all their pages. The theme follows the device, which changes
its mind on each page: that is the switch that people's evenings make.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Literal, NamedTuple

import pytest
from django.utils import timezone
from django_scopes import scope
from playwright.sync_api import Page

from messaging.campaigns.actions import Words
from messaging.channels import Channel
from messaging.models import Campaign, Message, MessageLog, MessagingPolicy
from messaging.statuses import Status
from tests import costs, factories
from tests.browser.conftest import Elsewhere, Visit
from tests.browser.test_accessibility import unsubscribe_link, violations
from tests.cast import Cast
from tests.messaging.made_campaigns import (
    create_campaign,
    create_people,
    messages,
    never_quiet,
    send,
)
from wards.models import Patient, User

LOOKS = [("en", 1440), ("ar", 1440), ("en", 375), ("ar", 375)]
# All that another theme changes; the rest was looked at in the first one.
COLOURS = ("color-contrast", "link-in-text-block")
HEIGHTS = {1440: 900, 375: 812}
ONE = Words(body_en="Dear {first_name}, we are open.", body_ar="نحن هنا.", share=50)
OTHER = Words(body_en="Hello {first_name}, come.", body_ar="أهلاً {first_name}.", share=50)
LIST = (
    "phone,first_name\n050 700 0001,Layla\n050 700 0002,Sami\n050 700 0001,Layla\nnone,\n,Nobody\n"
)

Do = Callable[[Page], None]


class Stop(NamedTuple):
    """A page, and what is opened there first."""

    path: str
    do: Do = lambda page: None


Tour = list[tuple[User | None, list[Stop]]]


def dialog(button: str) -> Do:
    """Opens the dialog that a button leads to."""

    def opened(page: Page) -> None:
        page.wait_for_load_state("networkidle")  # what is live has been fetched again
        page.locator(button).first.click()
        page.locator("#dialog-title").wait_for()

    return opened


def write_some(cast: Cast) -> None:
    """A message in every state, of every channel, with reasons, costs and a filter for them."""
    version = factories.create_template(cast.hospital).versions.get()
    now = timezone.now()
    for number, status in enumerate(Status):
        channel = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)[number % 3]
        factories.create_delivered(
            cast.hospital,
            status=status,
            channel=channel,
            version=version,
            reason="30007" if status in (Status.FAILED, Status.BOUNCED) else "",
            sent_at=now - timedelta(minutes=number),
            cost="9.50",
            currency="SAR",
            provider="sandbox",
            country="SA",
        )
    costs.create_filter(cast.dana)
    costs.create_price(cast.hospital, "0.045", country="SA", provider="sandbox")
    costs.create_price(cast.hospital, "0.2")
    MessagingPolicy.objects.filter(hospital=cast.hospital).update(
        monthly_budget=100, budget_currency="SAR"
    )


def send_some(cast: Cast) -> dict[str, Campaign]:
    """A bulk send in every state that has a look of its own."""
    never_quiet(cast)
    create_people(cast.hospital, 6)
    halves = [ONE, OTHER]
    made = {
        "ready": create_campaign(cast.dana, name="Ready", audience="file", source=LIST),
        "waiting": create_campaign(cast.dana, name="Waiting", variants=halves),
        "scheduled": create_campaign(cast.dana, name="Scheduled"),
        "failed": create_campaign(cast.dana, name="Failed"),
        "preparing": create_campaign(cast.dana, name="Preparing", ready=False),
        "sending": send(create_campaign(cast.dana, name="Sending", variants=halves), cast.dana),
        "completed": send(create_campaign(cast.dana, name="Completed", variants=halves), cast.dana),
    }
    for name, campaign in made.items():
        Campaign.objects.filter(pk=campaign.pk).update(status=name)
    Campaign.objects.filter(name="Failed").update(failure="The file cannot be read.")
    later = timezone.now() + timedelta(days=1)
    Campaign.objects.filter(name="Scheduled").update(scheduled_for=later)
    for name in ("sending", "completed"):
        _, second, *others = messages(made[name])
        Message.objects.filter(pk__in=[other.pk for other in others]).update(
            status=Status.DELIVERED, due_at=None
        )
        Message.objects.filter(pk=second.pk).update(
            status=Status.BOUNCED, reason="unknown_subscriber", due_at=None
        )
    return made


@pytest.fixture
def pages(committed: None, cast: Cast, elsewhere: Elsewhere) -> Tour:
    """Every page of the specification's section 4, empty and filled, by who looks at it."""
    elsewhere(write_some, cast)
    campaigns = elsewhere(send_some, cast)
    template = factories.create_template(cast.hospital, name="Open day again")
    message = elsewhere(lambda: MessageLog.objects.filter(status=Status.BOUNCED)[0].message_id)
    root = "/notifications/"
    empty = ["", "messages/", "templates/", "prices/", "analytics/", "bulk/"]
    desk = [
        Stop(""),
        Stop("?days=7"),
        Stop("messages/"),
        Stop("messages/?status=failed"),
        Stop("messages/?q=nothing"),
        Stop("messages/?channel=sms", dialog("#save-filter")),
        Stop(f"messages/{message}/"),
        Stop("templates/"),
        Stop("templates/?q=nothing"),
        Stop(f"templates/{template.pk}/"),
        Stop(f"templates/{template.pk}/", dialog("#test")),
        Stop(f"templates/{template.pk}/edit/"),
        Stop("templates/create/"),
        Stop(f"preferences/{cast.patient.pk}/"),
        Stop("phone/"),
        Stop("analytics/"),
        Stop("bulk/"),
        Stop("bulk/new/"),
        *(Stop(f"bulk/{campaign.pk}/") for campaign in campaigns.values()),
    ]
    managing = [
        Stop("prices/"),
        Stop("prices/?add"),
        Stop("prices/", dialog("[id^=delete-]")),
        Stop("prices/", dialog("#budget")),
    ]
    return [
        (cast.dana, [Stop(root + stop.path, stop.do) for stop in desk]),
        (cast.mona, [Stop(root + stop.path, stop.do) for stop in managing]),
        (cast.zed, [Stop(root + path) for path in empty]),
        (None, [Stop(unsubscribe_link(cast))]),
    ]


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_pages(pages: Tour, cast: Cast, visit: Visit, language: str, width: int) -> None:
    with scope(hospital=cast.hospital.pk):
        Patient.objects.filter(pk=cast.patient.pk).update(language=language)  # who unsubscribes
    profile = {
        "viewport": {"width": width, "height": HEIGHTS[width]},
        "locale": language,
        "color_scheme": "light",
    }
    wrong = []
    for user, stops in pages:
        page = visit(user, stops[0].path, live=False, **profile).page
        for stop in stops:
            response = page.goto(stop.path)
            assert response is not None
            assert response.status == 200, stop.path
            stop.do(page)
            wrong += list(look(page, language, width))
    assert not wrong, "\n".join(wrong)


def look(page: Page, language: str, width: int) -> Iterator[str]:
    """What is wrong with it in light and in dark, and whether it is wider than the phone."""
    themes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        page.wait_for_selector(f"html[data-bs-theme={theme}][lang={language}]")
        if report := violations(page, rules=None if theme == "dark" else COLOURS):
            yield f"{theme}: {report}"
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield f"{page.url} scrolls sideways"
