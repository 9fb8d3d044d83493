"""The editor of templates: what it saves, what it refuses, and what it says meanwhile."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import MessageTemplate, TemplateVersion
from messaging.rendering.drafts import WORDS
from tests import factories
from tests.cast import Cast

LIST = "/notifications/templates/"
HTMX = {"hx-request": "true"}


@pytest.fixture
def template(floor: Cast) -> MessageTemplate:
    return MessageTemplate.objects.get(code="appointment_confirmed", channel="sms")


def url(page: str, template: MessageTemplate) -> str:
    return reverse(f"messaging:template{page}", args=[template.pk])


def fields(template: MessageTemplate) -> dict[str, Any]:
    version = TemplateVersion.objects.filter(template=template).order_by("-number")[0]
    words = {name: getattr(version, name) for name in WORDS}
    return words | {
        "name": template.name,
        "category": template.category,
        "version": version.number,
    }


def edit(client: Client, template: MessageTemplate, **changed: Any) -> Any:
    return client.post(url("_edit", template), fields(template) | changed)


class TestEditing:
    def test_it_begins_with_the_words_of_today(
        self, dana: Client, template: MessageTemplate
    ) -> None:
        response = dana.get(url("_edit", template))
        form = response.context["form"]
        assert form["body_ar"].value().startswith("السيد/ة {first_name}، تم تأكيد")
        assert "channel" not in form.fields, "what asks for it goes by code and channel"
        assert "code" not in form.fields

    def test_saving_writes_a_version(
        self, dana: Client, floor: Cast, template: MessageTemplate
    ) -> None:
        response = edit(dana, template, body_en="  See you on {date}.\r\nBye \r\n")
        assert response["Location"] == url("", template)
        version = TemplateVersion.objects.get(template=template, number=2)
        assert version.body_en == "See you on {date}.\nBye"
        assert version.created_by == floor.dana

    def test_mistakes_come_back_with_the_words(
        self, dana: Client, template: MessageTemplate
    ) -> None:
        response = edit(dana, template, body_ar="{frist_name}")
        assert response.status_code == 422
        page = response.content.decode()
        assert "{frist_name} is not known. Do you mean {first_name}?" in page
        assert 'data-wrong="frist_name" data-right="first_name"' in page
        assert 'aria-invalid="true"' in page
        assert not TemplateVersion.objects.filter(template=template, number=2).exists()

    def test_somebody_else_was_quicker(self, dana: Client, template: MessageTemplate) -> None:
        mine = fields(template)
        edit(dana, template, body_en="Theirs")
        response = dana.post(url("_edit", template), mine | {"body_en": "Mine"})
        assert response.status_code == 422
        page = response.content.decode()
        assert "Somebody else has changed this template meanwhile" in page
        assert "Mine" in page

    def test_an_sms_has_no_subject(self, dana: Client, template: MessageTemplate) -> None:
        edit(dana, template, subject_en="Subject", body_en="New")
        assert TemplateVersion.objects.get(template=template, number=2).subject_en == ""


class TestCreating:
    GIVEN = {
        "name": "Open day",
        "category": "marketing",
        "channel": "whatsapp",
        "code": "open_day",
        "body_en": "Come!",
    }

    def test_it_is_there(self, dana: Client, floor: Cast) -> None:
        response = dana.post(f"{LIST}create/", self.GIVEN)
        made = MessageTemplate.objects.get(code="open_day")
        assert response["Location"] == url("", made)
        assert (made.channel, made.is_active) == ("whatsapp", True)

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"code": "patient_admitted", "channel": "sms"}, "There is a template with the code"),
            ({"code": "Open day"}, "Small letters, digits and underscores only."),
            ({"channel": "push"}, "Select a valid choice"),
            ({"channel": "email"}, "An e-mail needs a subject."),
            ({"body_en": " \n"}, "Write the text in one language at least."),
            ({"body_en": "{{name}}"}, "a brace stands alone at"),
            ({"body_en": "a" * 10_000}, "At most 5,000 characters fit; these are 10,000."),
        ],
    )
    def test_what_is_refused_says_why(
        self, dana: Client, floor: Cast, wrong: dict[str, str], sentence: str
    ) -> None:
        response = dana.post(f"{LIST}create/", self.GIVEN | wrong)
        assert response.status_code == 422
        assert sentence in response.content.decode()


class TestChecking:
    def check(self, client: Client, query: str = "", **words: str) -> str:
        response = client.post(f"{LIST}check/{query}", words, headers=HTMX)
        assert response.status_code == 200
        return str(response.content.decode())

    def test_it_says_what_is_wrong_and_keeps_nothing(self, dana: Client, floor: Cast) -> None:
        before = TemplateVersion.objects.count()
        page = self.check(dana, code="patient_x", channel="sms", body_ar="{frist_name}")
        assert 'id="findings-ar" hx-swap-oob="true"' in page
        assert "Do you mean {first_name}?" in page
        assert TemplateVersion.objects.count() == before

    def test_the_meter(self, dana: Client, floor: Cast) -> None:
        factories.create_delivered(floor.hospital, cost="0.0900", currency="SAR", parts=2)
        page = self.check(dana, code="x", channel="sms", body_en="a" * 160, body_ar="م" * 71)
        assert "1 SMS" in page
        assert "GSM-7 · 160 characters · 0.0450 SAR" in page
        assert "UCS-2 · 71 characters · 0.0900 SAR" in page

    def test_it_knows_the_template_that_is_edited(
        self, dana: Client, template: MessageTemplate
    ) -> None:
        query = f"?template={template.pk}"
        assert "{bed_number} has no value" in self.check(dana, query, body_en="{bed_number}")
        assert "preview-sms" in self.check(dana, query, body_en="Hi")

    def test_another_hospitals_template(self, dana: Client, floor: Cast) -> None:
        other = factories.create_template(floor.other_hospital)
        assert dana.post(f"{LIST}check/?template={other.pk}").status_code == 404

    def test_it_takes_as_many_queries_for_any_words(self, dana: Client, floor: Cast) -> None:
        self.check(dana, channel="sms")
        with CaptureQueriesContext(connection) as captured:
            self.check(dana, channel="sms", body_en="{x} {y} " * 50, body_ar="{z}" * 50)
        assert len(captured) <= 5
