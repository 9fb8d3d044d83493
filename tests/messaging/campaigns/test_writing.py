"""Writing a bulk send: to whom, in which words, and what it says while one types."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import Campaign
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import create_campaign, included, page, send, url, work
from wards.models import Patient

LIST = "/notifications/bulk/"
NEW = f"{LIST}new/"
OWN = {"a-origin": "own", "a-body_en": "Dear {first_name}, we are open.", "topic": "care"}


def write(client: Client, **given: Any) -> Campaign:
    """Writes one on the form, and lets the worker look at it."""
    response = client.post(NEW, {"audience": "all", "channels": ["sms"], **OWN, **given})
    assert response.status_code == 302, response.context["form"].errors
    return work(Campaign.objects.latest("pk"))


class TestWriting:
    def test_own_words_to_everybody(self, dana: Client, clinic: Cast) -> None:
        campaign = write(dana, name="Open day")
        assert (campaign.name, campaign.status, campaign.included) == ("Open day", "ready", 5)
        assert {each.body for each in included(campaign)} == {"Dear Layla, we are open."}

    def test_a_name_is_made_where_none_is_given(self, dana: Client, clinic: Cast) -> None:
        given = {"a-origin": "template", "a-code": "appointment_reminder_due"}
        factories.create_appointment(
            patient=Patient.objects.filter(phone__gt="").first(),
            starts_at=timezone.now() + timedelta(days=1),
        )
        day = timezone.localdate() + timedelta(days=1)
        campaign = write(dana, **given, audience="appointments", day=day.isoformat())
        assert campaign.name == f"Appointment reminder · {day}"
        assert (campaign.topic, campaign.channels) == ("reminders", ["sms"])

    def test_tags_and_wards(self, dana: Client, clinic: Cast) -> None:
        Patient.objects.filter(phone="050 0000001").update(tags=["diabetes", "vip"])
        assert ("vip", "vip · 1") in list(dana.get(NEW).context["form"].fields["tags"].choices)
        campaign = write(dana, audience="tags", tags=["vip"])
        assert (campaign.parameters, campaign.included) == ({"tags": ["vip"]}, 1)
        assert "vip" in page(dana, campaign)
        factories.create_admission(
            ward=clinic.cardiology, patient=Patient.objects.get(phone="050 0000002")
        )
        campaign = write(dana, audience="ward", ward=clinic.cardiology.pk)
        assert (campaign.parameters, campaign.included) == ({"ward": clinic.cardiology.pk}, 1)
        assert "Cardiology" in page(dana, campaign)

    def test_a_file_with_its_own_columns(self, dana: Client, clinic: Cast) -> None:
        text = "phone,name,due_date\n0501111111,Ann Lee,1 May\n12,Ben Bloom,2 May\n"
        file = SimpleUploadedFile("invoices.csv", text.encode())
        words = {"a-body_en": "Dear {name}, please pay until {due_date}."}
        campaign = write(dana, audience="file", source=file, **words)
        assert campaign.name == "Own words · invoices.csv"
        html = page(dana, campaign)
        assert "Dear Ann Lee, please pay until 1 May." in html
        assert "There is no such phone number." in html
        assert "Ann Lee" in html

    def test_a_pasted_list_comes_back_when_it_is_changed(self, dana: Client, clinic: Cast) -> None:
        words = {"a-body_en": "We are open."}
        campaign = write(dana, audience="list", people="0501111111, ann@example.com", **words)
        form = dana.get(url("_edit", campaign)).context["form"]
        assert form["people"].value() == "0501111111\nann@example.com"
        dana.post(
            url("_edit", campaign),
            {"audience": "list", "people": "0502222222", "channels": "sms", **OWN, **words},
        )
        campaign = work(campaign)
        assert [each.address for each in campaign.recipients.all()] == ["+966502222222"]

    def test_an_emptied_list_is_no_list(self, dana: Client, clinic: Cast) -> None:
        words = {"a-body_en": "We are open."}
        campaign = write(dana, audience="list", people="0501111111", **words)
        given = {"channels": "sms", **OWN, **words}
        for audience, said in (
            ("list", "Paste a number or an address at least."),
            ("file", "Choose a file first."),
        ):
            response = dana.post(
                url("_edit", campaign), {"audience": audience, "people": "", **given}
            )
            assert said in response.content.decode()
        assert dana.post(url("_edit", campaign), {"audience": "all", **given}).status_code == 302
        assert not work(campaign).source

    def test_what_is_not_shown_is_in_nobodys_way(self, dana: Client, clinic: Cast) -> None:
        given = {"audience": "all", "channels": "sms", **OWN, "a-body_en": "We are open."}
        empty = SimpleUploadedFile("x.csv", b"")
        response = dana.post(NEW, {**given, "source": empty, "day": "9999-12-31"})
        assert response.status_code == 302

    def test_a_file_is_kept_when_only_the_words_change(self, dana: Client, clinic: Cast) -> None:
        file = SimpleUploadedFile("x.csv", b"phone,day\n0501111111,Monday\n")
        campaign = write(dana, audience="file", source=file, **{"a-body_en": "On {day}."})
        again = {"audience": "file", "channels": "sms", **OWN, "a-body_en": "Only on {day}."}
        assert dana.post(url("_edit", campaign), again).status_code == 302
        assert work(campaign).recipients.get().body == "Only on Monday."

    def test_two_texts(self, dana: Client, clinic: Cast) -> None:
        more = {"compare": "on", "share": "30", "b-origin": "own", "b-body_en": "We are open!"}
        campaign = write(dana, **more)
        assert [(v.letter, v.share) for v in campaign.variants.all()] == [("A", 70), ("B", 30)]
        form = dana.get(url("_edit", campaign)).context["form"]
        assert form["share"].value() == 30
        assert form.variants[1]["body_en"].value() == "We are open!"

    def test_a_template_goes_out_by_its_own_channels_only(self, dana: Client, clinic: Cast) -> None:
        factories.create_template(clinic.hospital, code="open_day", category="care")
        given = {"a-origin": "template", "a-code": "open_day"}
        campaign = write(dana, **given, channels=["sms", "email"])
        assert campaign.channels == ["sms"]
        response = dana.post(NEW, {"audience": "all", "channels": ["email"], **given})
        assert "has no words for these channels" in response.content.decode()

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"audience": "tags"}, "Choose a tag at least."),
            ({"audience": "ward"}, "Choose a ward."),
            ({"audience": "appointments", "day": ""}, "Choose a day."),
            ({"audience": "list"}, "Paste a number or an address at least."),
            ({"audience": "file"}, "Choose a file first."),
            ({"a-origin": "template", "a-code": ""}, "Choose a template, or write your own words."),
            ({"a-body_en": ""}, "Write the text in one language at least."),
            ({"a-body_en": "Hello {first_name"}, "a brace stands alone"),
            ({"channels": []}, "Choose a channel at least."),
            ({"channels": ["email"]}, "An e-mail needs a subject."),
            ({"a-body_en": "On {date}."}, "{date} has no value for these recipients."),
            ({"compare": "on", "b-origin": "own"}, "Write the text in one language at least."),
        ],
    )
    def test_what_is_wrong_is_said(
        self, dana: Client, clinic: Cast, given: dict[str, Any], said: str
    ) -> None:
        response = dana.post(NEW, {"audience": "all", "channels": ["sms"], **OWN, **given})
        assert response.status_code == 422
        assert said in response.content.decode()
        assert not Campaign.objects.exists()

    @pytest.mark.parametrize("text", [b"", b"PK\x03\x04", b"name\nAnn\n", b"phone\n\xff\n"])
    def test_bad_files_are_refused_with_the_reason(
        self, dana: Client, clinic: Cast, text: bytes
    ) -> None:
        given = {"audience": "file", "source": SimpleUploadedFile("x.csv", text)}
        response = dana.post(NEW, {"channels": ["sms"], **OWN, **given})
        assert response.status_code == 422
        form = response.context["form"]
        assert form.errors or form.question
        assert not Campaign.objects.exists()

    def test_the_address_may_begin_it(self, dana: Client, clinic: Cast) -> None:
        form = dana.get(f"{NEW}?audience=tags&tags=vip&code=appointment_confirmed").context["form"]
        assert form["audience"].value() == "tags"
        assert form["tags"].value() == ["vip"]
        assert form.variants[0].template.code == "appointment_confirmed"
        assert dana.get(f"{NEW}?audience=x&day=x&ward=x&tags=x&code=x").status_code == 200

    def test_from_the_list_of_patients(self, dana: Client, client: Client, clinic: Cast) -> None:
        Patient.objects.filter(phone="050 0000001").update(tags=["day unit"])
        factories.create_admission(ward=clinic.cardiology)
        for query, audience in (
            ("?tag=day+unit", f"{NEW}?audience=tags&amp;tags=day%20unit"),
            (f"?ward={clinic.cardiology.pk}", f"{NEW}?audience=ward&amp;ward="),
        ):
            assert audience in dana.get(f"/patients/{query}").content.decode()
            html = dana.get(f"/patients/{query}&q=layla").content.decode()
            assert NEW not in html, "it would reach others, too"
        assert NEW not in dana.get("/patients/").content.decode()
        factories.sign_in(client, clinic.mona)
        assert NEW not in client.get("/patients/?tag=day+unit").content.decode()

    def test_what_has_begun_is_not_changed(self, dana: Client, clinic: Cast) -> None:
        campaign = send(create_campaign(clinic.dana), clinic.dana)
        assert dana.get(url("_edit", campaign))["Location"] == url("", campaign)
        assert url("_edit", campaign) not in page(dana, campaign)
        Campaign.objects.filter(pk=campaign.pk).update(status=Campaign.Status.FAILED)
        assert dana.get(url("_edit", campaign))["Location"] == url("", campaign)
        html = page(dana, campaign)
        assert url("_edit", campaign) not in html
        assert "resume-bulk" in html, "but gone on with"


class TestCheck:
    CHECK = f"{LIST}check/"

    def test_it_says_what_is_wrong_while_one_types(self, dana: Client, clinic: Cast) -> None:
        given = {"audience": "all", "channels": ["sms"], **OWN, "a-body_ar": "{frist_name}"}
        html = dana.post(self.CHECK, given).content.decode()
        assert 'id="findings-a-ar"' in html
        assert "Do you mean {first_name}?" in html
        assert 'id="meter-a-en"' in html
        assert '<b class="filled"><bdi>Layla</bdi></b>' in html
        assert not Campaign.objects.exists()

    def test_a_template_as_it_reads(self, dana: Client, clinic: Cast) -> None:
        given = {"a-origin": "template", "a-code": "appointment_reminder_due"}
        day = timezone.localdate() + timedelta(days=1)
        factories.create_appointment(provider=clinic.priya, starts_at=timezone.now() + timedelta(1))
        html = dana.post(
            self.CHECK,
            {"audience": "appointments", "day": str(day), "channels": ["sms", "email"], **given},
        ).content.decode()
        assert html.count("<figure") == 4, "as SMS and as e-mail, in English and Arabic"
        assert "1 patient has an appointment that day." in html

    def test_nobody_is_counted_at_each_letter(self, dana: Client, clinic: Cast) -> None:
        with CaptureQueriesContext(connection) as captured:
            dana.post(self.CHECK, {"audience": "tags", "channels": ["sms"], **OWN})
        asked = " ".join(query["sql"] for query in captured)
        assert "wards_patient" not in asked
        assert "wards_ward" not in asked

    def test_half_a_form_is_no_error(self, dana: Client, floor: Cast) -> None:
        for given in ({}, {"a-origin": "own", "compare": "on", "day": "x", "share": "x"}):
            assert dana.post(self.CHECK, given).status_code == 200


def test_the_sample_can_be_sent(dana: Client, clinic: Cast) -> None:
    sample = dana.get(f"{LIST}sample/")
    assert "attachment" in sample["Content-Disposition"]
    file = SimpleUploadedFile("sample.csv", b"".join(sample))
    campaign = write(dana, audience="file", source=file, **{"a-body_en": "Pay {amount}."})
    assert campaign.total == 2
