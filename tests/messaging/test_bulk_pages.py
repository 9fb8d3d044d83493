"""The pages of bulk sends: the list, writing one, its preview, and what is done with it."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.actions.bulk import Words
from messaging.models import BulkSend, Message, MessagingPolicy
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.bulks import (
    create_bulk,
    create_people,
    fresh,
    included,
    messages,
    prepare,
    send,
    work,
)
from wards.actions import patients
from wards.models import Language, Patient

LIST = "/notifications/bulk/"
NEW = f"{LIST}new/"
HTMX = {"hx-request": "true"}
OWN = {"a-origin": "own", "a-body_en": "Dear {first_name}, we are open.", "topic": "care"}


@pytest.fixture
def town(dana: Client, floor: Cast) -> Cast:
    """Five patients with a number; it is never quiet."""
    prepare(floor)
    create_people(floor.hospital, 5)
    return floor


def url(name: str, bulk: BulkSend) -> str:
    return reverse(f"messaging:bulk{name}", args=[bulk.pk])


def page(client: Client, bulk: BulkSend) -> str:
    response = client.get(url("", bulk))
    assert response.status_code == 200
    return str(response.content.decode())


def write(client: Client, **given: Any) -> BulkSend:
    """Writes one on the form, and lets the worker look at it."""
    response = client.post(NEW, {"audience": "all", "channels": ["sms"], **OWN, **given})
    assert response.status_code == 302, response.context["form"].errors
    return work(BulkSend.objects.latest("pk"))


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


class TestList:
    def test_the_newest_first_with_how_far_they_are(self, dana: Client, town: Cast) -> None:
        first = send(create_bulk(town.dana, name="First"), town.dana)
        second = create_bulk(town.dana, name="Second")
        Message.objects.filter(bulk=first).update(status=Status.DELIVERED)
        rows = dana.get(LIST).context["rows"]
        assert [bulk for bulk, _bar in rows] == [second, first]
        assert rows[1][1].arrived == 5
        html = dana.get(LIST).content.decode()
        assert "5 of 5 delivered" in html
        assert "5 recipients" in html

    def test_open_ended_and_by_name(self, dana: Client, town: Cast) -> None:
        over = create_bulk(town.dana, name="Over")
        BulkSend.objects.filter(pk=over.pk).update(status=BulkSend.Status.COMPLETED)
        still = create_bulk(town.dana, name="Still")
        for query, found in (
            ("?show=open", [still]),
            ("?show=ended", [over]),
            ("?q=STIL", [still]),
            ("?show=nonsense&page=x", [still, over]),
        ):
            assert [bulk for bulk, _bar in dana.get(LIST + query).context["rows"]] == found
        assert "Nothing matches" in dana.get(f"{LIST}?q=zzz").content.decode()

    def test_an_empty_one_says_what_to_do(self, dana: Client, client: Client, floor: Cast) -> None:
        assert "No bulk sends yet" in dana.get(LIST).content.decode()
        factories.sign_in(client, floor.mona)
        html = client.get(LIST).content.decode()
        assert "New bulk send" not in html, "managers look and do not send"
        assert reverse("messaging:bulk_remind") not in html

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, town: Cast) -> None:
        send(create_bulk(town.dana), town.dana)
        queries(dana, LIST)
        few = queries(dana, LIST)
        for _ in range(4):
            send(create_bulk(town.dana), town.dana)
        assert queries(dana, LIST) == few

    def test_nobody_elses(self, dana: Client, floor: Cast) -> None:
        factories.create_patient(floor.other_hospital, phone="0501234567")
        create_bulk(floor.zed)
        assert list(dana.get(LIST).context["rows"]) == []


class TestWriting:
    def test_own_words_to_everybody(self, dana: Client, town: Cast) -> None:
        bulk = write(dana, name="Open day")
        assert (bulk.name, bulk.status, bulk.included) == ("Open day", "ready", 5)
        assert {each.body for each in included(bulk)} == {"Dear Layla, we are open."}

    def test_a_name_is_made_where_none_is_given(self, dana: Client, town: Cast) -> None:
        given = {"a-origin": "template", "a-code": "appointment_reminder_due"}
        factories.create_appointment(
            patient=Patient.objects.filter(phone__gt="").first(),
            starts_at=timezone.now() + timedelta(days=1),
        )
        day = timezone.localdate() + timedelta(days=1)
        bulk = write(dana, **given, audience="appointments", day=day.isoformat())
        assert bulk.name == f"Appointment reminder · {day}"
        assert (bulk.topic, bulk.channels) == ("reminders", ["sms"])

    def test_tags_and_wards(self, dana: Client, town: Cast) -> None:
        Patient.objects.filter(phone="050 0000001").update(tags=["diabetes", "vip"])
        assert ("vip", "vip · 1") in dana.get(NEW).context["form"].fields["tags"].choices
        bulk = write(dana, audience="tags", tags=["vip"])
        assert (bulk.parameters, bulk.included) == ({"tags": ["vip"]}, 1)
        assert "vip" in page(dana, bulk)
        factories.create_admission(
            ward=town.cardiology, patient=Patient.objects.get(phone="050 0000002")
        )
        bulk = write(dana, audience="ward", ward=town.cardiology.pk)
        assert (bulk.parameters, bulk.included) == ({"ward": town.cardiology.pk}, 1)
        assert "Cardiology" in page(dana, bulk)

    def test_a_file_with_its_own_columns(self, dana: Client, town: Cast) -> None:
        text = "phone,name,due_date\n0501111111,Ann Lee,1 May\n12,Ben Bloom,2 May\n"
        file = SimpleUploadedFile("invoices.csv", text.encode())
        words = {"a-body_en": "Dear {name}, please pay until {due_date}."}
        bulk = write(dana, audience="file", source=file, **words)
        assert bulk.name == "Own words · invoices.csv"
        html = page(dana, bulk)
        assert "Dear Ann Lee, please pay until 1 May." in html
        assert "There is no such phone number." in html
        assert "Ann Lee" in html

    def test_a_pasted_list_comes_back_when_it_is_changed(self, dana: Client, town: Cast) -> None:
        words = {"a-body_en": "We are open."}
        bulk = write(dana, audience="list", people="0501111111, ann@example.com", **words)
        form = dana.get(url("_edit", bulk)).context["form"]
        assert form["people"].value() == "0501111111\nann@example.com"
        dana.post(
            url("_edit", bulk),
            {"audience": "list", "people": "0502222222", "channels": "sms", **OWN, **words},
        )
        bulk = work(bulk)
        assert [each.address for each in bulk.recipients.all()] == ["+966502222222"]

    def test_a_file_is_kept_when_only_the_words_change(self, dana: Client, town: Cast) -> None:
        file = SimpleUploadedFile("x.csv", b"phone,day\n0501111111,Monday\n")
        bulk = write(dana, audience="file", source=file, **{"a-body_en": "On {day}."})
        again = {"audience": "file", "channels": "sms", **OWN, "a-body_en": "Only on {day}."}
        assert dana.post(url("_edit", bulk), again).status_code == 302
        assert work(bulk).recipients.get().body == "Only on Monday."

    def test_two_texts(self, dana: Client, town: Cast) -> None:
        more = {"compare": "on", "share": "30", "b-origin": "own", "b-body_en": "We are open!"}
        bulk = write(dana, **more)
        assert [(v.letter, v.share) for v in bulk.variants.all()] == [("A", 70), ("B", 30)]
        form = dana.get(url("_edit", bulk)).context["form"]
        assert form["share"].value() == 30
        assert form.variants[1]["body_en"].value() == "We are open!"

    def test_a_template_goes_out_by_its_own_channels_only(self, dana: Client, town: Cast) -> None:
        factories.create_template(town.hospital, code="open_day", category="care")
        given = {"a-origin": "template", "a-code": "open_day"}
        bulk = write(dana, **given, channels=["sms", "email"])
        assert bulk.channels == ["sms"]
        response = dana.post(NEW, {"audience": "all", "channels": ["email"], **given})
        assert "has no words for these channels" in response.content.decode()

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"audience": "tags"}, "Choose a tag at least."),
            ({"audience": "ward"}, "Choose a ward."),
            ({"audience": "appointments", "day": ""}, "Choose a day."),
            ({"audience": "list"}, "Paste a number or an address at least."),
            ({"audience": "file"}, "Choose a CSV file first."),
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
        self, dana: Client, town: Cast, given: dict[str, Any], said: str
    ) -> None:
        response = dana.post(NEW, {"audience": "all", "channels": ["sms"], **OWN, **given})
        assert response.status_code == 422
        assert said in response.content.decode()
        assert not BulkSend.objects.exists()

    @pytest.mark.parametrize("text", [b"", b"PK\x03\x04", b"name\nAnn\n", b"phone\n\xff\n"])
    def test_bad_files_are_refused_with_the_reason(
        self, dana: Client, town: Cast, text: bytes
    ) -> None:
        given = {"audience": "file", "source": SimpleUploadedFile("x.csv", text)}
        response = dana.post(NEW, {"channels": ["sms"], **OWN, **given})
        assert response.status_code == 422
        assert response.context["form"].errors
        assert not BulkSend.objects.exists()

    def test_the_address_may_begin_it(self, dana: Client, town: Cast) -> None:
        form = dana.get(f"{NEW}?audience=tags&tags=vip&code=appointment_confirmed").context["form"]
        assert form["audience"].value() == "tags"
        assert form["tags"].value() == ["vip"]
        assert form.variants[0].template.code == "appointment_confirmed"
        assert dana.get(f"{NEW}?audience=x&day=x&ward=x&tags=x&code=x").status_code == 200

    def test_what_has_begun_is_not_changed(self, dana: Client, town: Cast) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        assert dana.get(url("_edit", bulk))["Location"] == url("", bulk)
        assert url("_edit", bulk) not in page(dana, bulk)


class TestCheck:
    CHECK = f"{LIST}check/"

    def test_it_says_what_is_wrong_while_one_types(self, dana: Client, town: Cast) -> None:
        given = {"audience": "all", "channels": ["sms"], **OWN, "a-body_ar": "{frist_name}"}
        html = dana.post(self.CHECK, given).content.decode()
        assert 'id="findings-a-ar"' in html
        assert "Do you mean {first_name}?" in html
        assert 'id="meter-a-en"' in html
        assert '<b class="filled">Layla</b>' in html
        assert not BulkSend.objects.exists()

    def test_a_template_as_it_reads(self, dana: Client, town: Cast) -> None:
        given = {"a-origin": "template", "a-code": "appointment_reminder_due"}
        day = timezone.localdate() + timedelta(days=1)
        factories.create_appointment(provider=town.priya, starts_at=timezone.now() + timedelta(1))
        html = dana.post(
            self.CHECK,
            {"audience": "appointments", "day": str(day), "channels": ["sms", "email"], **given},
        ).content.decode()
        assert html.count("<figure") == 4, "as SMS and as e-mail, in English and Arabic"
        assert "1 patient has an appointment that day." in html

    def test_half_a_form_is_no_error(self, dana: Client, floor: Cast) -> None:
        for given in ({}, {"a-origin": "own", "compare": "on", "day": "x", "share": "x"}):
            assert dana.post(self.CHECK, given).status_code == 200


class TestPreview:
    def test_who_is_left_out_and_why(self, dana: Client, town: Cast) -> None:
        html = page(dana, create_bulk(town.dana))
        assert 'data-figure="included">5' in html
        assert 'data-figure="left-out">1' in html
        assert 'data-reason="no_address"' in html
        assert "Send to 5 people" in html

    def test_arabic_rows_read_from_right_to_left(self, dana: Client, town: Cast) -> None:
        Patient.objects.update(language=Language.ARABIC)
        html = page(dana, create_bulk(town.dana))
        assert html.count('class="sample-words" lang="ar" dir="rtl"') == 5

    def test_nobody_would_get_it(self, dana: Client, floor: Cast) -> None:
        bulk = create_bulk(floor.dana)
        html = page(dana, bulk)
        assert "everybody is left out" in html
        assert "send-bulk" not in html

    def test_the_same_file_again(self, dana: Client, town: Cast) -> None:
        given: dict[str, Any] = {
            "audience": BulkSend.Audience.FILE,
            "source": "phone\n0501111111\n",
            "variants": [Words(body_en="We are open.")],
        }
        first = send(create_bulk(town.dana, name="The first", **given), town.dana)
        html = page(dana, create_bulk(town.dana, **given))
        assert "The same file was sent before, by Dana Dahl" in html
        assert url("", first) in html
        assert "sent before" not in page(dana, create_bulk(town.dana))

    def test_a_reminder_with_one_click(self, dana: Client, town: Cast) -> None:
        patient = Patient.objects.get(phone="050 0000001")
        tomorrow = timezone.now() + timedelta(days=1)
        factories.create_appointment(provider=town.priya, patient=patient, starts_at=tomorrow)
        response = dana.post(f"{LIST}remind/")
        bulk = work(BulkSend.objects.get())
        assert response["Location"] == url("", bulk)
        assert (bulk.included, bulk.topic) == (1, "reminders")
        assert bulk.channels == ["sms", "whatsapp", "email"]

    def test_no_reminder_without_a_template(self, dana: Client, town: Cast) -> None:
        town.hospital.message_templates.update(is_active=False)
        response = dana.post(f"{LIST}remind/", follow=True)
        assert "There is no active template" in response.content.decode()
        assert not BulkSend.objects.exists()

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, town: Cast) -> None:
        few_people = create_bulk(town.dana)
        queries(dana, url("", few_people))
        few = queries(dana, url("", few_people))
        for number in range(30):
            factories.create_patient(town.hospital, phone=f"+96655{number:07}")
        many_people = create_bulk(town.dana)
        assert many_people.included == 35
        assert queries(dana, url("", many_people)) == few
        sent = send(few_people, town.dana)
        few = queries(dana, url("", sent))
        assert queries(dana, url("", send(many_people, town.dana))) == few


class TestSending:
    def test_it_asks_with_the_figures(self, dana: Client, town: Cast) -> None:
        bulk = create_bulk(town.dana)
        html = dana.get(url("_send", bulk), headers=HTMX).content.decode()
        assert "Send it to 5 people?" in html
        assert fresh(bulk).status == "ready"
        response = dana.post(url("_send", bulk), headers=HTMX)
        assert "It goes out now." in response["HX-Trigger"]
        assert fresh(bulk).status == "sending"

    def test_a_second_click_does_nothing(self, dana: Client, town: Cast) -> None:
        bulk = create_bulk(town.dana)
        dana.post(url("_send", bulk))
        work(bulk)
        response = dana.post(url("_send", bulk), headers=HTMX)
        assert "It is being sent already." in response.content.decode()
        work(bulk)
        assert Message.objects.filter(bulk=bulk).count() == 5

    def test_later(self, dana: Client, town: Cast) -> None:
        bulk = create_bulk(town.dana)
        later = f"{url('_send', bulk)}?later=1"
        for given, said in (
            ("", "This field is required."),
            ("x", "Enter a valid date/time."),
            ("2020-01-01T10:00", "This time has passed."),
        ):
            response = dana.post(later, {"at": given}, headers=HTMX)
            assert said in response.content.decode()
        at = timezone.localtime() + timedelta(days=2)
        response = dana.post(later, {"at": f"{at:%Y-%m-%dT%H:%M}"}, headers=HTMX)
        assert "It goes out on" in response["HX-Trigger"]
        bulk = fresh(bulk)
        assert bulk.status == "scheduled"
        assert bulk.scheduled_for == at.replace(second=0, microsecond=0)
        assert "Goes out on" in page(dana, bulk)
        dana.post(url("_unschedule", bulk))
        assert fresh(bulk).status == "ready"

    def test_pause_go_on_cancel(self, dana: Client, town: Cast) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        assert "resume-bulk" not in page(dana, bulk)
        dana.post(url("_pause", bulk))
        assert "Held: nothing more goes out" in page(dana, bulk)
        response = dana.post(url("_pause", bulk), headers=HTMX)
        assert "It is not being sent." in response["HX-Trigger"]
        dana.post(url("_resume", bulk))
        assert fresh(bulk).status == "sending"
        assert "Cancel “Open day”?" in dana.get(url("_cancel", bulk)).content.decode()
        assert fresh(bulk).status == "sending"
        dana.post(url("_cancel", bulk), headers=HTMX)
        work(bulk)
        html = page(dana, bulk)
        assert 'data-figure="stopped">5' in html
        assert "pause-bulk" not in html

    def test_what_failed_again(self, dana: Client, town: Cast) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        assert "retry-bulk" not in page(dana, bulk)
        lost = list(Message.objects.filter(bulk=bulk).values_list("pk", flat=True)[:2])
        Message.objects.filter(pk__in=lost).update(status=Status.BOUNCED, due_at=None)
        assert "retry-bulk" not in page(dana, bulk), "they may be tried again by themselves"
        Message.objects.filter(bulk=bulk).update(due_at=None)
        work(bulk)
        assert "Send the 2 that failed again" in page(dana, bulk)
        response = dana.post(url("_retry", bulk), headers=HTMX)
        assert "2 messages are sent again." in response["HX-Trigger"]
        response = dana.post(url("_retry", bulk), headers=HTMX)
        assert "None of these has failed." in response["HX-Trigger"]

    def test_again_to_a_number_that_was_corrected(self, dana: Client, town: Cast) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        Message.objects.filter(bulk=bulk).update(status=Status.BOUNCED, due_at=None)
        work(bulk)
        corrected, *others = messages(bulk)
        assert corrected.patient
        patients.update_patient(patient=corrected.patient, phone="050 7654321")
        dana.post(url("_retry", bulk))
        assert messages(bulk)[0].address == "+966507654321"
        assert [each.address for each in messages(bulk)[1:]] == [each.address for each in others]

    def test_two_texts_side_by_side(self, dana: Client, town: Cast) -> None:
        words = [Words(body_en="We are open.", share=50), Words(body_en="Come in!", share=50)]
        bulk = send(create_bulk(town.dana, variants=words), town.dana)
        html = page(dana, bulk)
        assert "Too few to tell which one is better." in html
        assert "Text A or text B?" not in page(dana, send(create_bulk(town.dana), town.dana))

    def test_errors_as_csv(self, dana: Client, town: Cast) -> None:
        bulk = create_bulk(town.dana, name="نداء")
        response = dana.get(url("_errors", bulk))
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        assert row["error"] == "There is no number or address for this channel."
        assert f"bulk-send-{bulk.pk}-errors.csv" in response["Content-Disposition"]

    def test_its_messages_are_a_click_away(self, dana: Client, town: Cast) -> None:
        bulk = send(create_bulk(town.dana), town.dana)
        other = factories.create_delivered(town.hospital)
        listed = dana.get(f"/notifications/messages/?bulk={bulk.pk}")
        assert len(listed.context["listing"].messages) == 5
        assert other not in listed.context["listing"].messages
        assert 'id="all-bulks"' in listed.content.decode()
        assert dana.get("/notifications/messages/?bulk=x").status_code == 200


class TestApproval:
    @pytest.fixture
    def waiting(self, town: Cast) -> BulkSend:
        """Dana's, to more people than one person may write to."""
        MessagingPolicy.objects.filter(hospital=town.hospital).update(approval_above=4)
        return send(create_bulk(town.dana), town.dana)

    def test_whoever_wrote_it_does_not_approve(
        self, dana: Client, town: Cast, waiting: BulkSend
    ) -> None:
        html = page(dana, waiting)
        assert "more than 4 people" in html
        assert "approve-bulk" not in html
        response = dana.post(url("_approve", waiting), headers=HTMX)
        assert "Somebody else" in response["HX-Trigger"]
        assert fresh(waiting).status == "waiting"

    def test_a_second_person_does(self, client: Client, town: Cast, waiting: BulkSend) -> None:
        factories.sign_in(client, town.mona)
        assert "Dana Dahl asks you to look at it" in page(client, waiting)
        assert "unschedule-bulk" not in page(client, waiting), "managers send nothing themselves"
        client.post(url("_approve", waiting))
        assert fresh(waiting).status == "sending"

    def test_or_gives_it_back(
        self, client: Client, dana: Client, town: Cast, waiting: BulkSend
    ) -> None:
        factories.sign_in(client, town.mona)
        response = client.post(url("_decline", waiting), {"reason": ""}, headers=HTMX)
        assert response.status_code == 422
        client.post(url("_decline", waiting), {"reason": "Wrong date!"}, headers=HTMX)
        assert fresh(waiting).status == "ready"
        assert "Wrong date!" in page(client, waiting)

    def test_it_is_said_before_it_is_sent(self, dana: Client, town: Cast) -> None:
        MessagingPolicy.objects.filter(hospital=town.hospital).update(approval_above=4)
        bulk = create_bulk(town.dana)
        assert "More than 4 people" in page(dana, bulk)
        assert "Ask for approval" in dana.get(url("_send", bulk)).content.decode()
        response = dana.post(url("_send", bulk), headers=HTMX)
        assert "It waits for a second person" in response["HX-Trigger"]


def test_the_sample_can_be_sent(dana: Client, town: Cast) -> None:
    sample = dana.get(f"{LIST}sample/")
    assert "attachment" in sample["Content-Disposition"]
    file = SimpleUploadedFile("sample.csv", sample.content)
    bulk = write(dana, audience="file", source=file, **{"a-body_en": "Pay {amount}."})
    assert bulk.total == 2
