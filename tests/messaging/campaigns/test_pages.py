"""The pages of bulk sends: the list, and who gets one before it leaves."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.campaigns.actions import Words
from messaging.campaigns.progress_view import Bar
from messaging.models import Campaign, Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import create_campaign, page, send, url, work
from wards.models import Language, Patient

LIST = "/notifications/bulk/"


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def book_tomorrow(clinic: Cast) -> None:
    """One of the patients has an appointment."""
    patient = Patient.objects.get(phone="050 0000001")
    tomorrow = timezone.now() + timedelta(days=1)
    factories.create_appointment(provider=clinic.priya, patient=patient, starts_at=tomorrow)


class TestList:
    def test_the_newest_first_with_how_far_they_are(self, dana: Client, clinic: Cast) -> None:
        first = send(create_campaign(clinic.dana, name="First"), clinic.dana)
        second = create_campaign(clinic.dana, name="Second")
        Message.objects.filter(campaign=first).update(status=Status.DELIVERED)
        read = Message.objects.filter(campaign=first).latest("pk")
        Message.objects.filter(pk=read.pk).update(status=Status.READ)
        rows = dana.get(LIST).context["rows"]
        assert [campaign for campaign, _bar in rows] == [second, first]
        assert rows[1][1] == Bar(read=1, delivered=4, sent=0, lost=0, stopped=0, left=0)
        assert rows[1][1].stretches == [("read", 0, 1), ("delivered", 1, 4)]
        html = dana.get(LIST).content.decode()
        assert "5 of 5 delivered" in html
        assert "5 recipients" in html

    def test_open_ended_and_by_name(self, dana: Client, clinic: Cast) -> None:
        over = create_campaign(clinic.dana, name="Over")
        Campaign.objects.filter(pk=over.pk).update(status=Campaign.Status.COMPLETED)
        still = create_campaign(clinic.dana, name="Still")
        for query, found in (
            ("?show=open", [still]),
            ("?show=ended", [over]),
            ("?q=STIL", [still]),
            ("?show=nonsense&page=x", [still, over]),
        ):
            assert [campaign for campaign, _bar in dana.get(LIST + query).context["rows"]] == found
        assert "Nothing matches" in dana.get(f"{LIST}?q=zzz").content.decode()

    def test_an_empty_one_says_what_to_do(self, dana: Client, client: Client, floor: Cast) -> None:
        assert "No bulk sends yet" in dana.get(LIST).content.decode()
        factories.sign_in(client, floor.mona)
        html = client.get(LIST).content.decode()
        assert "New bulk send" not in html, "managers look and do not send"
        assert reverse("messaging:bulk_remind") not in html

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, clinic: Cast) -> None:
        send(create_campaign(clinic.dana), clinic.dana)
        queries(dana, LIST)
        few = queries(dana, LIST)
        for _ in range(4):
            send(create_campaign(clinic.dana), clinic.dana)
        assert queries(dana, LIST) == few

    def test_nobody_elses(self, dana: Client, floor: Cast) -> None:
        factories.create_patient(floor.other_hospital, phone="0501234567")
        create_campaign(floor.zed)
        assert list(dana.get(LIST).context["rows"]) == []


class TestPreview:
    def test_who_is_left_out_and_why(self, dana: Client, clinic: Cast) -> None:
        html = page(dana, create_campaign(clinic.dana))
        assert 'data-figure="included">5' in html
        assert 'data-figure="left-out">1' in html
        assert 'data-reason="no_address"' in html
        assert "Send to 5 people" in html

    def test_arabic_rows_read_from_right_to_left(self, dana: Client, clinic: Cast) -> None:
        Patient.objects.update(language=Language.ARABIC)
        html = page(dana, create_campaign(clinic.dana))
        assert html.count('class="sample-words" lang="ar" dir="rtl"') == 5

    def test_nobody_would_get_it(self, dana: Client, floor: Cast) -> None:
        campaign = create_campaign(floor.dana)
        html = page(dana, campaign)
        assert "everybody is left out" in html
        assert "send-bulk" not in html

    def test_the_same_file_again(self, dana: Client, clinic: Cast) -> None:
        given: dict[str, Any] = {
            "audience": Campaign.Audience.FILE,
            "source": "phone\n0501111111\n",
            "variants": [Words(body_en="We are open.")],
        }
        first = send(create_campaign(clinic.dana, name="The first", **given), clinic.dana)
        html = page(dana, create_campaign(clinic.dana, **given))
        assert "The same file was sent before, by Dana Dahl" in html
        assert url("", first) in html
        assert "sent before" not in page(dana, create_campaign(clinic.dana))

    def test_a_reminder_with_one_click(self, dana: Client, clinic: Cast) -> None:
        book_tomorrow(clinic)
        response = dana.post(f"{LIST}remind/")
        campaign = work(Campaign.objects.get())
        assert response["Location"] == url("", campaign)
        assert (campaign.included, campaign.topic) == (1, "reminders")
        assert dana.post(f"{LIST}remind/")["Location"] == url("", campaign), "and not a second one"
        assert campaign.channels == ["sms", "whatsapp", "email"]

    def test_no_reminder_without_a_template(self, dana: Client, clinic: Cast) -> None:
        book_tomorrow(clinic)
        clinic.hospital.message_templates.update(is_active=False)
        response = dana.post(f"{LIST}remind/", follow=True)
        assert "There is no active template" in response.content.decode()
        assert not Campaign.objects.exists()

    def test_no_reminder_where_nobody_comes(self, dana: Client, clinic: Cast) -> None:
        response = dana.post(f"{LIST}remind/", follow=True)
        assert "Nobody has an appointment tomorrow." in response.content.decode()
        assert not Campaign.objects.exists()

    def test_as_many_queries_for_many_as_for_few(self, dana: Client, clinic: Cast) -> None:
        few_people = create_campaign(clinic.dana)
        queries(dana, url("", few_people))
        few = queries(dana, url("", few_people))
        for number in range(30):
            factories.create_patient(clinic.hospital, phone=f"+96655{number:07}")
        many_people = create_campaign(clinic.dana)
        assert many_people.included == 35
        assert queries(dana, url("", many_people)) == few
        sent = send(few_people, clinic.dana)
        few = queries(dana, url("", sent))
        assert queries(dana, url("", send(many_people, clinic.dana))) == few
