"""The page of a patient's preferences, and the one that a link in an e-mail leads to."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from messaging.contacts import preferences, unsubscribing
from messaging.models import Message, NotificationPreference
from tests import factories
from tests.cast import Cast
from tests.messaging.people import MAIL, make_reachable, prefer
from wards.kinds import Kind
from wards.models import Event, Patient

pytestmark = pytest.mark.django_db

ALL_ON = dict.fromkeys(
    ["sms", "whatsapp", "email", "confirmations", "reminders", "results", "billing"], "on"
)


@pytest.fixture(autouse=True)
def _reachable(cast: Cast) -> None:
    make_reachable(cast)


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.dana)


def page(patient: Patient) -> str:
    return reverse("messaging:preferences", args=[patient.pk])


def chosen(patient: Patient) -> NotificationPreference:
    with scopes_disabled():
        return NotificationPreference.objects.get(patient=patient)


class TestPage:
    def test_it_shows_what_holds(self, dana: Client, cast: Cast) -> None:
        prefer(cast.patient, sms=False, preferred_channel="email")
        shown = dana.get(page(cast.patient)).context["form"].initial
        assert (shown["sms"], shown["whatsapp"], shown["marketing"]) == (False, True, False)
        assert shown["preferred_channel"] == "email"

    def test_it_shows_the_numbers_that_are_written_to(self, dana: Client, cast: Cast) -> None:
        html = dana.get(page(cast.patient)).content.decode()
        assert html.count("+966501234567") == 2
        assert MAIL in html

    def test_it_says_where_a_number_cannot_be_used(self, dana: Client, cast: Cast) -> None:
        with scopes_disabled():
            Patient.objects.filter(pk=cast.patient.pk).update(phone="12345", email="")
        html = dana.get(page(cast.patient)).content.decode()
        assert html.count("“12345” is no number one can write to.") == 2
        assert "No e-mail address is known." in html

    def test_it_saves(self, dana: Client, cast: Cast) -> None:
        given = {**ALL_ON, "preferred_channel": "whatsapp", "marketing": "on", "language": "ar"}
        del given["email"], given["billing"]
        response = dana.post(page(cast.patient), given)
        assert response.status_code == 302
        made = chosen(cast.patient)
        assert (made.sms, made.whatsapp, made.email) == (True, True, False)
        assert (made.billing, made.marketing, made.preferred_channel) == (False, True, "whatsapp")
        with scopes_disabled():
            assert Patient.objects.get(pk=cast.patient.pk).language == "ar"

    def test_everything_can_be_switched_off(self, dana: Client, cast: Cast) -> None:
        assert dana.post(page(cast.patient), {"language": "en"}).status_code == 302
        made = chosen(cast.patient)
        assert not any(getattr(made, name) for name in ALL_ON)

    def test_what_is_off_cannot_come_first(self, dana: Client, cast: Cast) -> None:
        given = {**ALL_ON, "preferred_channel": "sms", "language": "en"}
        del given["sms"]
        response = dana.post(page(cast.patient), given)
        assert response.status_code == 422
        assert "This channel is switched off." in response.content.decode()
        with scopes_disabled():
            assert not NotificationPreference.objects.exists()

    @pytest.mark.parametrize("field", ["preferred_channel", "language"])
    def test_nonsense_is_refused(self, dana: Client, cast: Cast, field: str) -> None:
        given = {**ALL_ON, "language": "en"} | {field: "fax"}
        assert dana.post(page(cast.patient), given).status_code == 422

    def test_it_tells_who_changed_what(self, dana: Client, cast: Cast) -> None:
        dana.post(page(cast.patient), {**ALL_ON, "marketing": "on", "language": "en"})
        with scope(hospital=cast.hospital.pk):
            preferences.switch(patient=cast.patient, field="sms", on=False, how="reply")
        html = " ".join(dana.get(page(cast.patient)).content.decode().split())
        assert "Dana Dahl" in html
        assert "by a reply" in html
        assert 'SMS: <span class="fw-semibold">off</span>' in html

    def test_patients_choose_for_themselves_and_nobody_else(
        self, client: Client, cast: Cast
    ) -> None:
        factories.sign_in(client, cast.pat)
        assert client.get(page(cast.patient)).status_code == 200
        assert client.post(page(cast.patient), {"language": "en"}).status_code == 302
        other = factories.create_patient(cast.hospital)
        assert client.get(page(other)).status_code == 403
        assert client.post(page(other), {"language": "en"}).status_code == 403

    def test_they_find_it_in_their_navigation(self, client: Client, cast: Cast) -> None:
        factories.sign_in(client, cast.pat)
        assert page(cast.patient) in client.get("/inbox/").content.decode()

    def test_the_front_desk_finds_it_on_the_patients_page(self, dana: Client, cast: Cast) -> None:
        chart = dana.get(reverse("wards:patient", args=[cast.patient.pk])).content.decode()
        assert page(cast.patient) in chart

    def test_as_many_queries_for_many_changes_as_for_few(self, dana: Client, cast: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                dana.get(page(cast.patient))
            return len(captured)

        dana.get(page(cast.patient))
        with scope(hospital=cast.hospital.pk):
            preferences.change(patient=cast.patient, by=cast.dana, sms=False)
            few = queries()
            for on in (True, False, True):
                preferences.change(patient=cast.patient, by=cast.mona, sms=on)
        assert queries() == few


class TestLink:
    @pytest.fixture
    def link(self, cast: Cast) -> str:
        return self.of(cast)

    def of(self, cast: Cast, topic: str = "care") -> str:
        message = Message(
            hospital=cast.hospital, patient=cast.patient, channel="email", topic=topic
        )
        url = unsubscribing.url(message)
        return url[url.index("/notifications/") :]

    def wants(self, cast: Cast, field: str = "email") -> bool:
        with scopes_disabled():
            made = NotificationPreference.objects.filter(patient=cast.patient).first()
        return bool(getattr(made or NotificationPreference(), field))

    def test_looking_changes_nothing(self, client: Client, cast: Cast, link: str) -> None:
        response = client.get(link)
        assert response.status_code == 200
        assert "No more e-mails?" in response.content.decode()
        assert self.wants(cast)
        assert client.head(link).status_code == 405

    def test_one_click_without_cookie_or_token_of_a_form(self, cast: Cast, link: str) -> None:
        """RFC 8058: a POST of the mail program, in its form."""
        client = Client(enforce_csrf_checks=True)
        body = "List-Unsubscribe=One-Click"
        kind = "application/x-www-form-urlencoded"
        assert client.post(link, body, content_type=kind).status_code == 200
        assert not self.wants(cast)
        with scopes_disabled():
            event = Event.objects.get(kind=Kind.PREFERENCES_CHANGED)
        assert event.data == {"how": "link", "set": {"email": False}}

    def test_it_can_be_taken_back(self, client: Client, cast: Cast, link: str) -> None:
        assert "You are unsubscribed" in client.post(link).content.decode()
        assert "No more e-mails?" in client.post(link, {"again": "1"}).content.decode()
        assert self.wants(cast)

    def test_news_are_only_news(self, client: Client, cast: Cast) -> None:
        prefer(cast.patient, marketing=True)
        client.post(self.of(cast, "marketing"))
        assert not self.wants(cast, "marketing")
        assert self.wants(cast)

    def test_it_speaks_the_patients_language_and_names_nobody(
        self, client: Client, cast: Cast, link: str
    ) -> None:
        with scopes_disabled():
            Patient.objects.update(language="ar")
        html = client.get(link).content.decode()
        assert 'dir="rtl"' in html
        for secret in ("Patel", "MRN-1", MAIL, "501234567"):
            assert secret not in html

    def test_whoever_chose_a_language_here_keeps_it(
        self, client: Client, cast: Cast, link: str
    ) -> None:
        client.cookies["django_language"] = "ar"
        assert 'dir="rtl"' in client.get(link).content.decode()

    def test_people_of_another_hospital_may_use_theirs(
        self, client: Client, cast: Cast, link: str
    ) -> None:
        """A link counts whoever clicks: somebody of Other Hospital may be a patient here."""
        assert factories.sign_in(client, cast.zed).post(link).status_code == 200
        assert not self.wants(cast)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_forged_link_leads_nowhere(self, client: Client, method: str) -> None:
        ask: Any = getattr(client, method)
        assert ask(reverse("messaging:unsubscribe", args=["x"])).status_code == 404

    def test_robots_keep_out(self, client: Client, link: str) -> None:
        assert client.get(link)["X-Robots-Tag"] == "noindex"
