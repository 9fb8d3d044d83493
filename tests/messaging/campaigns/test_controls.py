"""What is done with a bulk send on its page: sending, approving, pausing, sending again."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from messaging.campaigns.actions import Words
from messaging.models import Campaign, Message, MessagingPolicy
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging.made_campaigns import create_campaign, fresh, messages, page, send, url, work
from tests.messaging.outbox import Scripted, drain
from wards.actions import patients
from wards.models import Patient

HTMX = {"hx-request": "true"}


class TestSending:
    def test_it_asks_with_the_figures(self, dana: Client, clinic: Cast) -> None:
        campaign = create_campaign(clinic.dana)
        html = dana.get(url("_send", campaign), headers=HTMX).content.decode()
        assert "Send it to 5 people?" in html
        assert fresh(campaign).status == "ready"
        response = dana.post(url("_send", campaign), headers=HTMX)
        assert "It goes out now." in response["HX-Trigger"]
        assert fresh(campaign).status == "sending"

    def test_a_second_click_does_nothing(self, dana: Client, clinic: Cast) -> None:
        campaign = create_campaign(clinic.dana)
        dana.post(url("_send", campaign))
        work(campaign)
        response = dana.post(url("_send", campaign), headers=HTMX)
        assert "It is being sent already." in response.content.decode()
        work(campaign)
        assert Message.objects.filter(campaign=campaign).count() == 5

    def test_nobody_sends_what_they_have_not_seen(self, dana: Client, clinic: Cast) -> None:
        campaign = create_campaign(clinic.dana)
        stale = {"seen": "2026-01-01T00:00:00+00:00"}
        response = dana.post(url("_send", campaign), stale, headers=HTMX)
        assert "It has been changed meanwhile" in response.content.decode()
        assert fresh(campaign).status == "ready"
        html = dana.get(url("_send", campaign), headers=HTMX).content.decode()
        assert campaign.prepared_at is not None
        seen = campaign.prepared_at.isoformat()
        assert f'value="{seen}"' in html
        dana.post(url("_send", campaign), {"seen": seen}, headers=HTMX)
        assert fresh(campaign).status == "sending"

    def test_later(self, dana: Client, clinic: Cast) -> None:
        campaign = create_campaign(clinic.dana)
        later = f"{url('_send', campaign)}?later=1"
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
        campaign = fresh(campaign)
        assert campaign.status == "scheduled"
        assert campaign.scheduled_for == at.replace(second=0, microsecond=0)
        assert "Goes out on" in page(dana, campaign)
        dana.post(url("_unschedule", campaign))
        assert fresh(campaign).status == "ready"

    def test_the_better_hour_is_suggested(self, dana: Client, clinic: Cast) -> None:
        yesterday = timezone.localtime() - timedelta(days=1)
        patient = Patient.objects.all()[0]
        for hour, minutes in ((9, 90), (19, 5)):
            at = yesterday.replace(hour=hour, minute=5)
            given = {"channel": "sms", "status": Status.DELIVERED, "due_at": None, "address": "+1"}
            times = {
                "created_at": at,
                "sent_at": at,
                "delivered_at": at + timedelta(minutes=minutes),
            }
            about = {"hospital": clinic.hospital, "patient": patient, "topic": "care"}
            Message.objects.bulk_create(Message(**about, **given, **times) for _ in range(100))
        response = dana.get(f"{url('_send', create_campaign(clinic.dana))}?later=1")
        assert "sent at <bdi>19:00</bdi>" in response.content.decode()
        assert response.context["form"]["at"].value().hour == 19

    def test_pause_go_on_cancel(self, dana: Client, clinic: Cast) -> None:
        campaign = send(create_campaign(clinic.dana), clinic.dana)
        assert "resume-bulk" not in page(dana, campaign)
        dana.post(url("_pause", campaign))
        assert "Held: nothing more goes out" in page(dana, campaign)
        response = dana.post(url("_pause", campaign), headers=HTMX)
        assert "It is not being sent." in response["HX-Trigger"]
        dana.post(url("_resume", campaign))
        assert fresh(campaign).status == "sending"
        assert "Cancel “Open day”?" in dana.get(url("_cancel", campaign)).content.decode()
        assert fresh(campaign).status == "sending"
        dana.post(url("_cancel", campaign), headers=HTMX)
        work(campaign)
        html = page(dana, campaign)
        assert 'data-figure="stopped">5' in html
        assert "pause-bulk" not in html

    def test_what_failed_again(self, dana: Client, clinic: Cast) -> None:
        campaign = send(create_campaign(clinic.dana), clinic.dana)
        assert "retry-bulk" not in page(dana, campaign)
        lost = list(Message.objects.filter(campaign=campaign).values_list("pk", flat=True)[:2])
        Message.objects.filter(pk__in=lost).update(status=Status.BOUNCED, due_at=None)
        assert "retry-bulk" not in page(dana, campaign), "they may be tried again by themselves"
        Message.objects.filter(campaign=campaign).update(due_at=None)
        work(campaign)
        assert "Send the 2 that failed again" in page(dana, campaign)
        response = dana.post(url("_retry", campaign), headers=HTMX)
        assert "2 messages are sent again." in response["HX-Trigger"]
        response = dana.post(url("_retry", campaign), headers=HTMX)
        assert "None of these has failed." in response["HX-Trigger"]

    def test_again_to_a_number_that_was_corrected(
        self, dana: Client, clinic: Cast, scripted: Scripted
    ) -> None:
        campaign = send(create_campaign(clinic.dana), clinic.dana)
        Message.objects.filter(campaign=campaign).update(status=Status.BOUNCED, due_at=None)
        work(campaign)
        corrected, *others = messages(campaign)
        assert corrected.patient
        patients.update_patient(patient=corrected.patient, phone="050 7654321")
        dana.post(url("_retry", campaign))
        with scopes_disabled():
            drain(scripted)
        assert messages(campaign)[0].address == "+966507654321"
        assert [each.address for each in messages(campaign)[1:]] == [
            each.address for each in others
        ]

    def test_two_texts_side_by_side(self, dana: Client, clinic: Cast) -> None:
        words = [Words(body_en="We are open.", share=50), Words(body_en="Come in!", share=50)]
        campaign = send(create_campaign(clinic.dana, variants=words), clinic.dana)
        html = page(dana, campaign)
        assert "Too few to tell which one is better." in html
        assert "Text A or text B?" not in page(
            dana, send(create_campaign(clinic.dana), clinic.dana)
        )

    def test_errors_as_csv(self, dana: Client, clinic: Cast) -> None:
        campaign = create_campaign(clinic.dana, name="نداء")
        response = dana.get(url("_errors", campaign))
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        assert row["error"] == "There is no number or address for this channel."
        assert f"bulk-send-{campaign.pk}-errors.csv" in response["Content-Disposition"]

    def test_its_messages_are_a_click_away(self, dana: Client, clinic: Cast) -> None:
        campaign = send(create_campaign(clinic.dana), clinic.dana)
        other = factories.create_delivered(clinic.hospital)
        listed = dana.get(f"/notifications/messages/?bulk={campaign.pk}")
        assert len(listed.context["listing"].messages) == 5
        assert other not in listed.context["listing"].messages
        assert 'id="all-bulks"' in listed.content.decode()
        assert dana.get("/notifications/messages/?bulk=x").status_code == 200


class TestApproval:
    @pytest.fixture
    def waiting(self, clinic: Cast) -> Campaign:
        """Dana's, to more people than one person may write to."""
        MessagingPolicy.objects.filter(hospital=clinic.hospital).update(approval_above=4)
        return send(create_campaign(clinic.dana), clinic.dana)

    def test_whoever_wrote_it_does_not_approve(
        self, dana: Client, clinic: Cast, waiting: Campaign
    ) -> None:
        html = page(dana, waiting)
        assert "more than 4 people" in html
        assert "approve-bulk" not in html
        response = dana.post(url("_approve", waiting), headers=HTMX)
        assert "Somebody else" in response["HX-Trigger"]
        assert fresh(waiting).status == "waiting"

    def test_a_second_person_does(self, client: Client, clinic: Cast, waiting: Campaign) -> None:
        factories.sign_in(client, clinic.mona)
        assert "Dana Dahl asks you to look at it" in page(client, waiting)
        assert "unschedule-bulk" not in page(client, waiting), "managers send nothing themselves"
        client.post(url("_approve", waiting))
        assert fresh(waiting).status == "sending"

    def test_or_gives_it_back(
        self, client: Client, dana: Client, clinic: Cast, waiting: Campaign
    ) -> None:
        factories.sign_in(client, clinic.mona)
        response = client.post(url("_decline", waiting), {"reason": ""}, headers=HTMX)
        assert response.status_code == 422
        client.post(url("_decline", waiting), {"reason": "Wrong date!"}, headers=HTMX)
        assert fresh(waiting).status == "ready"
        assert "Wrong date!" in page(client, waiting)

    def test_it_is_said_before_it_is_sent(self, dana: Client, clinic: Cast) -> None:
        MessagingPolicy.objects.filter(hospital=clinic.hospital).update(approval_above=4)
        campaign = create_campaign(clinic.dana)
        assert "More than 4 people" in page(dana, campaign)
        assert "Ask for approval" in dana.get(url("_send", campaign)).content.decode()
        response = dana.post(url("_send", campaign), headers=HTMX)
        assert "It waits for a second person" in response["HX-Trigger"]
