"""Answers that nobody understood: a person reads them, and what they held is let go or a no."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from messaging.carriers.base import Inbound
from messaging.channels import Channel
from messaging.contacts import hearing
from messaging.models import AddressConsent, Answer, Ground, Message
from tests import factories
from tests.cast import Cast
from tests.messaging.people import NUMBER, make_reachable
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.django_db
PAGE = reverse("messaging:answers")


@pytest.fixture(autouse=True)
def _reachable(cast: Cast) -> None:
    make_reachable(cast)


def hear(body: str) -> Answer:
    hearing.heard(Inbound(Channel.SMS, NUMBER, body))
    with scopes_disabled():
        return Answer.objects.latest("pk")


def stands() -> set[str]:
    with scopes_disabled():
        here = AddressConsent.objects.filter(hospital__name="Rawdah General")
        rows = here.filter(address=NUMBER, stands=True)
        return set(rows.values_list("ground", flat=True))


def finish(client: Client, answer: Answer, way: str) -> int:
    url = reverse("messaging:answer_finish", args=[answer.pk])
    return client.post(url, {"way": way}).status_code


def test_the_page_shows_what_came_and_from_whom(dana: Client, cast: Cast) -> None:
    hear("Is there <b>parking</b>?")
    html = dana.get(PAGE).content.decode()
    for shown in ("Is there &lt;b&gt;parking&lt;/b&gt;?", NUMBER, str(cast.patient)):
        assert shown in html
    assert '<span class="count-badge nav-count">1</span>' in html


def test_s14_what_was_held_is_let_go_once_all_of_it_is_read(dana: Client) -> None:
    first, second = hear("wrong number"), hear("Stop by whom? stop it you")
    third = hear("stop bothering people")
    assert stands() == {Ground.DISPUTED}
    for answer in (first, second):
        assert finish(dana, answer, "done") == 302
    assert stands() == {Ground.DISPUTED}, "another one may be a no as well"
    finish(dana, third, "done")
    assert stands() == set()


@pytest.mark.parametrize(("way", "left"), [("no", Ground.REFUSED), ("wrong", Ground.DISPUTED)])
def test_s14_a_person_makes_a_no_of_it(dana: Client, cast: Cast, way: str, left: str) -> None:
    answer = hear("I am somebody else, I think")
    assert stands() == set()
    finish(dana, answer, way)
    assert stands() == {left}
    with scopes_disabled():
        event = Event.objects.get(kind=Kind.CONSENT_CHANGED)
        answer.refresh_from_db()
    assert (event.actor, event.data["stands"]) == (cast.dana, True)
    assert NUMBER not in str(event.data)
    assert (answer.done_by, answer.became) == (cast.dana, way)


def test_it_is_answered_in_the_same_way(dana: Client) -> None:
    answer = hear("Is there parking?")
    url = reverse("messaging:answer_reply", args=[answer.pk])
    dana.post(url, {"body": "Yes, behind the house."})
    dana.post(url, {"body": "Twice"})
    with scopes_disabled():
        [sent] = Message.objects.filter(body__in=("Yes, behind the house.", "Twice"))
    assert (sent.address, sent.channel, sent.body) == (NUMBER, "sms", "Yes, behind the house.")


def test_s14_nothing_is_answered_where_nothing_may_go(dana: Client) -> None:
    answer = hear("wrong number")
    dana.post(reverse("messaging:answer_reply", args=[answer.pk]), {"body": "Sorry"})
    with scopes_disabled():
        assert not Message.objects.filter(body="Sorry").exists()
        answer.refresh_from_db()
    assert answer.done_at is None


def test_nobody_reads_those_of_another_hospital(client: Client, cast: Cast) -> None:
    answer = hear("Is there parking?")
    zed = factories.create_user(cast.other_hospital, "front_desk")
    factories.sign_in(client, zed)
    assert "parking" not in client.get(PAGE).content.decode()
    assert finish(client, answer, "no") == 404
    assert stands() == set()


def test_as_many_queries_for_many_as_for_few(dana: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            dana.get(PAGE)
        return len(captured)

    for number in range(2):
        hearing.heard(Inbound(Channel.SMS, f"+96650000000{number}", "Hm?"))
    dana.get(PAGE)
    few = queries()
    for number in range(2, 9):
        hearing.heard(Inbound(Channel.SMS, f"+96650000000{number}", "Hm?"))
    assert queries() == few


class TestPatientPage:
    def test_s14_it_says_what_the_ledger_says(self, dana: Client, cast: Cast) -> None:
        hearing.heard(Inbound(Channel.SMS, NUMBER, "STOP"))
        html = dana.get(reverse("messaging:preferences", args=[cast.patient.pk])).content.decode()
        assert str(Ground.REFUSED.label) in html

    def test_it_is_changed_with_a_reason_alone(self, dana: Client, cast: Cast) -> None:
        hearing.heard(Inbound(Channel.SMS, NUMBER, "STOP"))
        url = reverse("messaging:consent", args=[cast.patient.pk])
        dana.post(url, {"channel": "sms", "do": "allow", "reason": " "})
        assert stands() == {Ground.REFUSED}
        dana.post(url, {"channel": "sms", "do": "allow", "reason": "Asked at the desk"})
        assert stands() == set()
        with scopes_disabled():
            event = Event.objects.get(kind=Kind.CONSENT_CHANGED)
        assert (event.patient, event.data["reason"]) == (cast.patient, "Asked at the desk")

    def test_patients_do_not_write_in_the_ledger(self, client: Client, cast: Cast) -> None:
        factories.sign_in(client, cast.pat)
        url = reverse("messaging:consent", args=[cast.patient.pk])
        given = {"channel": "sms", "do": "refuse", "reason": "x"}
        assert client.post(url, given).status_code == 403
