"""The words a hospital begins with."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from messaging import rendering, sms_parts
from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.models import MessageTemplate, TemplateVersion
from messaging.rendering import placeholders
from messaging.rendering.drafts import Draft
from messaging.templates import default_templates
from tests import factories
from wards.models import Hospital, Language

# SPEC section 2's table, written down once more: what each code needs to be said on.
SMS, MAIL, ANY = {"sms"}, {"email"}, {"sms", "whatsapp", "email"}
CODES = {
    "patient_admitted": SMS | MAIL,
    "patient_transferred": MAIL,
    "patient_discharged": SMS | MAIL,
    "appointment_confirmed": ANY,
    "appointment_rescheduled": ANY,
    "appointment_cancelled": ANY,
    "appointment_reminder_due": ANY,
    "appointment_completed": MAIL,
    "appointment_follow_up_due": SMS | MAIL,
    "appointment_no_show": MAIL,
    "test_result_ready": ANY,
    "billing_invoice_created": ANY,
    "billing_payment_reminder": ANY,
    "billing_payment_received": ANY,
    "telemedicine_scheduled": ANY,
    "appointment_booked_staff": MAIL,
    "appointment_rescheduled_staff": MAIL,
    "appointment_cancelled_staff": MAIL,
}
ENTRIES = default_templates.entries()
each_entry = pytest.mark.parametrize(
    "entry", ENTRIES, ids=[f"{entry['code']}-{entry['channel']}" for entry in ENTRIES]
)


def draft(entry: dict[str, str], hospital: Hospital) -> Draft:
    made = default_templates._version(TemplateVersion, MessageTemplate(pk=1), entry)
    words = {name: getattr(made, name) for name in ("subject_en", "body_en")}
    words |= {name: getattr(made, name) for name in ("subject_ar", "body_ar")}
    return Draft(hospital, entry["code"], entry["channel"], **words)


@pytest.fixture
def hospital() -> Hospital:
    return Hospital(
        name="Rawdah General Hospital",
        name_ar="مستشفى الروضة العام",
        phone="+966 11 555 0100",
    )


class TestWords:
    def test_every_row_of_the_table_has_them(self) -> None:
        found: dict[str, set[str]] = {}
        for entry in ENTRIES:
            found.setdefault(entry["code"], set()).add(entry["channel"])
        assert found == CODES
        assert len(ENTRIES) == sum(len(channels) for channels in CODES.values()), "each once"

    @each_entry
    def test_the_editor_has_nothing_to_say_about_them(
        self, entry: dict[str, str], hospital: Hospital
    ) -> None:
        assert draft(entry, hospital).findings == []
        assert entry["category"] in Topic.values
        assert entry["channel"] in PATIENT_CHANNELS

    @each_entry
    def test_they_are_about_the_same_in_both_languages(
        self, entry: dict[str, str], hospital: Hospital
    ) -> None:
        sides = draft(entry, hospital).sides
        english, arabic = (sides[language].names for language in Language.values)
        assert {name: set(names) for name, names in english.items()} == {
            name: set(names) for name, names in arabic.items()
        }

    @each_entry
    def test_what_rings_says_nothing_of_what_somebody_has(self, entry: dict[str, str]) -> None:
        if entry["channel"] in (Channel.SMS, Channel.WHATSAPP):
            used = set(rendering.placeholders_in(entry["en"] + entry["ar"]))
            assert not used & {"reason", "ward_name", "bed_number", "admission_date"}

    @each_entry
    def test_sms_are_short(self, entry: dict[str, str], hospital: Hospital) -> None:
        """One GSM-7 part or two with usual names, never more than three."""
        if entry["channel"] != Channel.SMS:
            return
        for language, usual in (("en", 2), ("ar", 3)):
            values = placeholders.samples(hospital, language)
            counted = sms_parts.count(rendering.render(entry[language], values))
            assert counted.parts <= usual
            assert counted.encoding == ("GSM-7" if language == "en" else "UCS-2")
            assert draft(entry, hospital).sides[language].segments.parts <= 3

    def test_whom_the_category_is_for(self) -> None:
        for entry in ENTRIES:
            assert entry["code"].endswith("_staff") == (entry["category"] == Topic.STAFF)


@pytest.mark.django_db
class TestInstalling:
    @pytest.mark.parametrize(
        ("language", "name"), [("en", "Admission"), ("ar", "الدخول إلى المستشفى")]
    )
    def test_a_new_hospital_has_them(self, language: str, name: str) -> None:
        hospital = factories.create_hospital(language=language)
        with scope(hospital=hospital.pk):
            template = MessageTemplate.objects.get(code="patient_admitted", channel="sms")
            (version,) = TemplateVersion.objects.filter(template=template)
            assert MessageTemplate.objects.count() == len(ENTRIES)
        assert template.name == name
        assert (version.number, version.created_by) == (1, None)
        assert version.variables == ["first_name", "hospital_name", "hospital_phone"]

    def test_changing_the_hospital_installs_nothing(self) -> None:
        hospital = factories.create_hospital()
        with scope(hospital=hospital.pk):
            TemplateVersion.objects.all().delete()
            MessageTemplate.objects.all().delete()
            hospital.save()
            assert not MessageTemplate.objects.exists()

    def test_what_was_deleted_does_not_come_back(self) -> None:
        hospital = factories.create_hospital()
        with scope(hospital=hospital.pk):
            own = MessageTemplate.objects.filter(code="patient_admitted")
            own.filter(channel="sms").update(deleted_at=timezone.now())
            TemplateVersion.objects.filter(template__channel="email").delete()
            MessageTemplate.objects.filter(channel="email").delete()
        mails = sum(entry["channel"] == "email" for entry in ENTRIES)
        assert default_templates.install(hospital) == mails
        assert default_templates.install(hospital) == 0
        with scope(hospital=hospital.pk):
            assert not own.filter(channel="sms", deleted_at=None).exists()

    def test_the_migration_gives_them_to_hospitals_that_exist(self) -> None:
        hospitals = [factories.create_hospital(), factories.create_hospital("Other Hospital")]
        with scopes_disabled():
            TemplateVersion.objects.all().delete()
            MessageTemplate.objects.all().delete()
            migration = import_module("messaging.migrations.0004_starter_templates")
            migration.install(apps, None)
            for hospital in hospitals:
                own = MessageTemplate.objects.filter(hospital=hospital)
                assert own.count() == len(ENTRIES)
