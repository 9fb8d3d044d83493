"""The page of a result: what an alert opens, for whoever may see it."""

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from inbox import mailbox
from inbox.models import Notification
from tests import factories
from tests.cast import Cast, create_cast
from wards.models import Result, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


@pytest.fixture
def result(cast: Cast) -> Result:
    """Critical, corrected to a harmless value; Priya ordered it, Noor was on duty."""
    given = {"ward": cast.cardiology, "provider": cast.priya, "filler": "F1"}
    factories.report_result(cast.patient, "640", "HH", **given)
    factories.report_result(cast.patient, "80", "N", status="C", **given)
    with scope(hospital=cast.hospital.pk):
        return Result.objects.get()


def page(client: Client, user: User, result: Result) -> tuple[int, str]:
    response = factories.sign_in(client, user).get(reverse("wards:result", args=[result.pk]))
    return response.status_code, response.content.decode()


def test_it_shows_values_meaning_versions_and_who_was_told(
    client: Client, cast: Cast, result: Result
) -> None:
    status, html = page(client, cast.noor, result)
    assert status == 200
    for words in (
        "Urea and electrolytes",
        "Pat Patel",
        "Cardiology",
        "by the laboratory&#x27;s flag",
        "Creatinine from 640 to 80",
        "Noor Nasser",
        "Priya Prasad",
        "Normal.",
    ):
        assert words in html


def test_every_alert_of_it_opens_it(client: Client, cast: Cast, result: Result) -> None:
    with scopes_disabled():
        ours = Notification.objects.filter(result=result).exclude(recipient=cast.pat)
        links = {*ours.values_list("link", flat=True)}
    assert links == {f"/results/{result.pk}/"}
    assert page(client, cast.priya, result)[0] == 200


def test_who_was_told_may_read_it_also_off_duty(client: Client, cast: Cast, result: Result) -> None:
    with scopes_disabled():
        cast.noor.duty_periods.all().delete()
    assert page(client, cast.noor, result)[0] == 200


def test_others_are_told_why_not(client: Client, cast: Cast, result: Result) -> None:
    for user in (cast.omar, cast.dana, cast.pat):
        status, html = page(client, user, result)
        assert status == 403
        assert "This result is not open to you" in html
        assert "Creatinine" not in html
    assert page(client, cast.zed, result)[0] == 404


def test_a_critical_one_can_be_taken_there(client: Client, cast: Cast) -> None:
    event = factories.report_result(cast.patient, "640", "HH", ward=cast.cardiology)
    with scope(hospital=cast.hospital.pk):
        result = Result.objects.get(pk=event.data["result"])
        note = Notification.objects.get(recipient=cast.noor)
        assert reverse("inbox:acknowledge", args=[note.pk]) in page(client, cast.noor, result)[1]
        mailbox.acknowledge(cast.noor, note)
    html = page(client, cast.noor, result)[1]
    assert "You have taken it" in html
    assert "has taken it" in page(client, cast.mona, result)[1]


@pytest.mark.parametrize("readers", [1, 20])
def test_it_takes_the_same_queries_however_many_were_told(
    client: Client, cast: Cast, readers: int, django_assert_max_num_queries: object
) -> None:
    for _ in range(readers):
        factories.create_duty(factories.create_user(cast.hospital), cast.cardiology)
    event = factories.report_result(cast.patient, "640", "HH", ward=cast.cardiology)
    factories.sign_in(client, cast.noor)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get(reverse("wards:result", args=[event.data["result"]]))
