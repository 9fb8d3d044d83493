"""Writing templates: versions, refusals, and what is recorded."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Message, MessageLog, MessageTemplate, TemplateVersion
from messaging.statuses import Status
from messaging.templates import actions
from tests.cast import Cast
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event


def create(floor: Cast, **more: Any) -> MessageTemplate:
    given = {
        "code": "open_day",
        "name": "Open day",
        "category": "marketing",
        "channel": "sms",
        "body_en": "Come to {hospital_name}!",
    }
    return actions.create_template(hospital=floor.hospital, by=floor.dana, **{**given, **more})


def change(template: MessageTemplate, **more: Any) -> MessageTemplate:
    given = {
        "seen": 1,
        "name": template.name,
        "category": template.category,
        "body_en": "Come to {hospital_name}!",
    }
    return actions.change_template(template=template, **{**given, **more})


def newest(template: MessageTemplate) -> TemplateVersion:
    return TemplateVersion.objects.filter(template=template).order_by("-number")[0]


def recorded(kind: Kind) -> list[dict[str, Any]]:
    return [event.data for event in Event.objects.filter(kind=kind).order_by("pk")]


class TestCreating:
    def test_it_has_its_first_version(self, floor: Cast) -> None:
        template = create(floor)
        version = newest(template)
        assert template.is_active
        assert (version.number, version.created_by) == (1, floor.dana)
        assert version.variables == ["hospital_name"]
        (data,) = recorded(Kind.TEMPLATE_CREATED)
        about = {"template": template.pk, "code": "open_day", "channel": "sms"}
        assert data == {**about, "version": 1}

    def test_a_code_is_there_once_a_channel(self, floor: Cast) -> None:
        create(floor)
        create(floor, channel="whatsapp")
        with pytest.raises(Refused, match="There is a template with the code open_day for SMS"):
            create(floor)
        assert MessageTemplate.objects.filter(code="open_day").count() == 2

    def test_after_one_was_deleted_it_is_free(self, floor: Cast) -> None:
        actions.delete_template(template=create(floor), by=floor.alice)
        assert create(floor).is_active

    def test_words_with_mistakes_are_refused(self, floor: Cast) -> None:
        for words in (
            {"body_en": "{{x}}"},
            {"body_en": ""},
            {"code": "patient_x", "body_en": "{x}"},
        ):
            with pytest.raises(Refused):
                create(floor, **words)
        assert not MessageTemplate.objects.filter(name="Open day").exists()

    def test_only_an_e_mail_has_a_subject(self, floor: Cast) -> None:
        template = create(floor, subject_en="{{ broken")
        assert newest(template).subject_en == ""
        change(template, subject_en="Other")
        assert newest(template).number == 1


class TestChanging:
    def test_other_words_are_a_new_version(self, floor: Cast) -> None:
        template = create(floor)
        change(template, body_en="Come on {date}!", body_ar="زورونا {date}!", by=floor.alice)
        version = newest(template)
        assert (version.number, version.created_by) == (2, floor.alice)
        assert (version.body_en, version.variables) == ("Come on {date}!", ["date"])
        assert TemplateVersion.objects.get(template=template, number=1).body_en.startswith(
            "Come to"
        )
        (data,) = recorded(Kind.TEMPLATE_CHANGED)
        assert (data["version"], data["changed"]) == (2, ["words"])

    def test_another_name_is_not(self, floor: Cast) -> None:
        template = change(create(floor), name="Visit us", category="care")
        template.refresh_from_db()
        assert (template.name, template.category) == ("Visit us", "care")
        assert newest(template).number == 1
        (data,) = recorded(Kind.TEMPLATE_CHANGED)
        assert data["changed"] == ["name", "category"]

    def test_the_same_is_nothing(self, floor: Cast) -> None:
        template = change(create(floor))
        assert newest(template).number == 1
        assert recorded(Kind.TEMPLATE_CHANGED) == []

    def test_of_two_who_edit_the_second_is_told(self, floor: Cast) -> None:
        template = create(floor)
        change(template, body_en="One")
        with pytest.raises(Refused, match="Somebody else has changed this template meanwhile"):
            change(template, body_en="Two")
        assert newest(template).body_en == "One"

    def test_mistakes_are_refused_and_nothing_is_half_done(self, floor: Cast) -> None:
        template = create(floor)
        with pytest.raises(Refused):
            change(template, name="Other", body_en="{")
        template.refresh_from_db()
        assert template.name == "Open day"

    def test_one_that_was_deleted(self, floor: Cast) -> None:
        template = create(floor)
        actions.delete_template(template=template)
        for verb in (
            lambda: change(template, body_en="New"),
            lambda: actions.switch_template(template=template, on=True),
            lambda: actions.delete_template(template=template),
            lambda: actions.send_test(
                template=template, address="+966501234567", language="en", by=floor.dana
            ),
        ):
            with pytest.raises(Refused, match="deleted"):
                verb()


class TestSwitching:
    def test_off_and_on(self, floor: Cast) -> None:
        template = create(floor)
        for on in (False, False, True):
            actions.switch_template(template=template, on=on, by=floor.dana)
            template.refresh_from_db()
            assert template.is_active == on
        assert [data["on"] for data in recorded(Kind.TEMPLATE_SWITCHED)] == [False, True]


class TestDeleting:
    def test_its_versions_stay(self, floor: Cast) -> None:
        template = create(floor)
        actions.delete_template(template=template, by=floor.alice)
        template.refresh_from_db()
        assert template.deleted_at
        assert not template.is_active
        assert newest(template).number == 1
        assert len(recorded(Kind.TEMPLATE_DELETED)) == 1


class TestTryingOut:
    def test_it_goes_the_way_of_all_messages(self, floor: Cast) -> None:
        template = MessageTemplate.objects.get(code="appointment_confirmed", channel="sms")
        sent = actions.send_test(
            template=template, address="+966501234567", language="ar", by=floor.dana
        )
        message = Message.objects.get(pk=sent)
        assert message.status == Status.QUEUED
        assert message.due_at
        assert (message.user, message.patient, message.key) == (floor.dana, None, "")
        assert (message.address, message.language) == ("+966501234567", "ar")
        assert message.body.startswith("السيد/ة ليلى، تم تأكيد موعدكم في Rawdah General")
        assert "+966 11 555 0100" in message.body
        assert message.parts > 1
        assert message.version == newest(template)
        assert [step.status for step in MessageLog.objects.filter(message=message)] == ["queued"]
        (data,) = recorded(Kind.TEMPLATE_TESTED)
        assert data["message"] == sent
        assert "+966501234567" not in str(data)

    def test_as_often_as_one_likes(self, floor: Cast) -> None:
        template = create(floor)
        for _ in range(2):
            actions.send_test(template=template, address="+9665", language="en", by=floor.dana)
        assert Message.objects.count() == 2

    def test_columns_of_a_file_are_named(self, floor: Cast) -> None:
        template = create(floor, channel="email", subject_en="Hi", body_en="Your {colour} car")
        pk = actions.send_test(template=template, address="d@x.org", language="ar", by=floor.dana)
        message = Message.objects.get(pk=pk)
        assert (message.subject, message.body, message.parts) == ("Hi", "Your [colour] car", 0)
        assert message.language == "en", "there are no Arabic words"

    def test_a_patient_name_that_is_no_name(self, floor: Cast) -> None:
        floor.hospital.name = "<script>alert(1)</script> & {patient_name}"
        floor.hospital.save()
        pk = actions.send_test(
            template=create(floor), address="+9665", language="en", by=floor.dana
        )
        body = Message.objects.get(pk=pk).body
        assert body == "Come to <script>alert(1)</script> & {patient_name}!"


def test_each_verb_takes_a_handful_of_queries(floor: Cast) -> None:
    template = create(floor)
    with CaptureQueriesContext(connection) as captured:
        change(template, body_en="New words")
    assert len(captured) <= 10
