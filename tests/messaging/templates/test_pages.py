"""The pages of templates: finding them, writing them, trying them out."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.insights import template_usage
from messaging.models import Message, MessageTemplate, TemplateVersion
from messaging.statuses import Status
from messaging.templates import actions
from tests import factories
from tests.cast import Cast
from tests.messaging.templates.test_editor import edit

LIST = "/notifications/templates/"
HTMX = {"hx-request": "true"}


@pytest.fixture
def template(floor: Cast) -> MessageTemplate:
    return MessageTemplate.objects.get(code="appointment_confirmed", channel="sms")


def url(page: str, template: MessageTemplate) -> str:
    return reverse(f"messaging:template{page}", args=[template.pk])


def listed(client: Client, query: str) -> list[tuple[str, str]]:
    rows = client.get(LIST + query).context["rows"]
    return [(template.code, template.channel) for template, _, _ in rows]


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


class TestList:
    def test_filters(self, dana: Client, floor: Cast) -> None:
        assert listed(dana, "?q=we+missed") == [("appointment_no_show", "email")]
        assert listed(dana, "?q=no_show") == [("appointment_no_show", "email")]
        assert listed(dana, "?q=تغيّر+موعدكم&channel=whatsapp") == [
            ("appointment_rescheduled", "whatsapp")
        ]
        assert len(listed(dana, "?category=staff")) == 3
        assert listed(dana, "?state=off") == []
        assert len(listed(dana, "?state=x&channel=x&category=x&page=x")) == 20

    def test_only_the_words_of_today_are_searched(
        self, dana: Client, template: MessageTemplate
    ) -> None:
        edit(dana, template, body_en="Entirely different")
        assert listed(dana, "?q=entirely+different") == [("appointment_confirmed", "sms")]
        assert ("appointment_confirmed", "sms") not in listed(dana, "?q=confirmed:&channel=sms")

    def test_one_that_was_deleted_is_gone(self, dana: Client, template: MessageTemplate) -> None:
        actions.delete_template(template=template)
        assert ("appointment_confirmed", "sms") not in listed(dana, "?q=confirmed")
        assert dana.get(url("", template)).status_code == 404

    def test_how_they_were_used(self, dana: Client, floor: Cast, template: MessageTemplate) -> None:
        version = TemplateVersion.objects.get(template=template)
        for status in (
            Status.READ,
            Status.DELIVERED,
            Status.DELIVERED,
            Status.BOUNCED,
            Status.SENT,
        ):
            factories.create_delivered(floor.hospital, version=version, status=status)
        for status in (Status.SUPPRESSED, Status.CANCELLED):
            factories.create_delivered(floor.hospital, version=version, status=status)
        used = template_usage.of_templates([template.pk])[template.pk]
        assert used == (5, 3, 1, 1)
        assert used.rate == 75
        page = dana.get(f"{LIST}?q=appointment_confirmed&channel=sms").content.decode()
        assert "5 messages" in page
        assert "75% arrived" in page

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, floor: Cast) -> None:
        dana.get(LIST)
        few = queries(dana, f"{LIST}?q=no_show")
        for _ in range(3):
            factories.create_delivered(floor.hospital)
        assert queries(dana, f"{LIST}?q=appointment") == few


class TestPage:
    def test_how_it_reads(self, dana: Client, template: MessageTemplate) -> None:
        page = dana.get(url("", template)).content.decode()
        assert '<b class="filled"><bdi>Layla</bdi></b>' in page
        assert '<b class="filled"><bdi>ليلى</bdi></b>' in page

    def test_markup_in_words_stays_text(self, dana: Client, floor: Cast) -> None:
        floor.hospital.name = "<script>alert(1)</script>"
        floor.hospital.save()
        words = "<b>{hospital_name}</b>"
        for channel in ("sms", "whatsapp", "email"):
            made = factories.create_template(
                floor.hospital,
                channel=channel,
                name="<i>",
                subject_en=words,
                body_en=words,
                subject_ar="ع",
                body_ar=words,
            )
            for page in ("", "_edit", "_test"):
                html = dana.get(url(page, made)).content.decode()
                assert "<script>alert" not in html
                assert "<b>" not in html
                assert "<i>" not in html
            assert "&lt;b&gt;" in dana.get(url("", made)).content.decode()

    def test_its_queries(self, dana: Client, floor: Cast, template: MessageTemplate) -> None:
        dana.get(url("", template))
        few = queries(dana, url("", template))
        for number in range(3):
            edit(dana, template, body_en=f"Words {number}")
        dana.get(url("", template))  # what the edits had to say
        assert queries(dana, url("", template)) == few


class TestSwitch:
    def test_it_says_what_it_did(self, dana: Client, template: MessageTemplate) -> None:
        for sent, on in (({"on": "0"}, False), ({"on": "0"}, False), ({}, True)):
            response = dana.post(url("_toggle", template), sent, headers=HTMX)
            template.refresh_from_db()
            assert template.is_active == on
            assert f'aria-checked="{str(on).lower()}"' in response.content.decode()
            assert "wb-toast" in response["HX-Trigger"]

    def test_without_a_script(self, dana: Client, template: MessageTemplate) -> None:
        response = dana.post(url("_toggle", template), follow=True)
        assert "is off: nothing is sent with it" in response.content.decode()


class TestTrying:
    def test_it_asks_for_ones_own_address(self, dana: Client, floor: Cast) -> None:
        floor.dana.email = "dana@example.org"
        floor.dana.save()
        mail = MessageTemplate.objects.get(code="appointment_confirmed", channel="email")
        form = dana.get(url("_test", mail)).context["form"]
        assert form["address"].value() == "dana@example.org"

    @pytest.mark.parametrize("given", ["050 123 4567", "+966501234567", "٠٥٠١٢٣٤٥٦٧"])
    def test_it_is_sent(
        self, dana: Client, floor: Cast, template: MessageTemplate, given: str
    ) -> None:
        response = dana.post(url("_test", template), {"address": given, "language": "ar"})
        message = Message.objects.get()
        assert response["Location"] == reverse("messaging:message", args=[message.pk])
        assert (message.address, message.user) == ("+966501234567", floor.dana)

    def test_from_the_dialog_one_gets_to_the_message(
        self, dana: Client, template: MessageTemplate
    ) -> None:
        words = {"address": "0501234567", "language": "en"}
        response = dana.post(url("_test", template), words, headers=HTMX)
        sent = Message.objects.get()
        assert response["HX-Redirect"] == reverse("messaging:message", args=[sent.pk])

    @pytest.mark.parametrize(("channel", "given"), [("sms", "12"), ("email", "dana@")])
    def test_an_address_that_is_none(
        self, dana: Client, floor: Cast, channel: str, given: str
    ) -> None:
        template = MessageTemplate.objects.get(code="appointment_confirmed", channel=channel)
        response = dana.post(url("_test", template), {"address": given, "language": "en"})
        assert response.status_code == 422
        assert not Message.objects.exists()


class TestDeleting:
    def test_it_asks_first(self, client: Client, floor: Cast, template: MessageTemplate) -> None:
        factories.sign_in(client, floor.alice)
        assert "Delete “Appointment confirmed” (SMS)?" in (
            client.get(url("_delete", template)).content.decode()
        )
        template.refresh_from_db()
        assert template.deleted_at is None
        response = client.post(url("_delete", template), headers=HTMX)
        assert response["HX-Redirect"] == LIST
        template.refresh_from_db()
        assert template.deleted_at

    def test_the_front_desk_is_not_offered_it(
        self, dana: Client, template: MessageTemplate
    ) -> None:
        assert url("_delete", template) not in dana.get(url("", template)).content.decode()
