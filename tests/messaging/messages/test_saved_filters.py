"""Filters of the list of messages that people keep for themselves."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.messages import filters as actions
from messaging.messages.forms import canonical
from messaging.models import SavedFilter
from tests import costs, factories
from tests.cast import Cast

LIST = "/notifications/messages/"
SAVE = f"{LIST}filters/"
HTMX = {"hx-request": "true"}


def html(client: Client, query: str = "") -> str:
    return str(client.get(LIST + query).content.decode())


class TestSaving:
    def test_the_present_filters_under_a_name(self, dana: Client, floor: Cast) -> None:
        assert "save-filter" not in html(dana)
        page = html(dana, "?channel=sms&status=failed&before=7")
        assert f'hx-get="{SAVE}?status=failed&amp;channel=sms"' in page
        question = dana.get(f"{SAVE}?status=failed&channel=sms", headers=HTMX).content.decode()
        assert 'value="status=failed&amp;channel=sms"' in question
        given = {"name": "Failed SMS", "query": "status=failed&channel=sms"}
        response = dana.post(SAVE, given, headers=HTMX)
        assert "wb-changed" in response["HX-Trigger"]
        mine = SavedFilter.objects.get()
        assert (mine.user, mine.query) == (floor.dana, "status=failed&channel=sms")
        assert f'href="{LIST}?status=failed&amp;channel=sms"' in html(dana)

    def test_without_a_script_it_leads_to_what_it_shows(self, dana: Client) -> None:
        response = dana.post(SAVE, {"name": "Failed", "query": "status=failed"})
        assert response["Location"] == f"{LIST}?status=failed"

    def test_the_one_that_is_applied_is_marked_and_a_click_takes_it_off(
        self, dana: Client, floor: Cast
    ) -> None:
        costs.create_filter(floor.dana, "Failed SMS", "status=failed&channel=sms")
        page = html(dana, "?channel=sms&status=failed&q=")
        assert page.count('aria-current="true"') == 1
        assert "save-filter" not in page
        assert f'href="{LIST}" aria-current' in page
        assert 'aria-current="true"' not in html(dana, "?status=failed")

    @pytest.mark.parametrize(
        ("name", "query", "said"),
        [
            ("", "status=failed", "This field is required."),
            ("x" * 61, "status=failed", "at most 60 characters"),
            ("Nothing", "", "Choose something to filter by first."),
            ("Nonsense", "status=x&next=//evil.example", "Choose something to filter by first."),
            ("Failed ones", "status=failed", "You have a filter of this name already."),
        ],
    )
    def test_what_makes_no_sense(
        self, dana: Client, floor: Cast, name: str, query: str, said: str
    ) -> None:
        costs.create_filter(floor.dana)
        response = dana.post(SAVE, {"name": name, "query": query}, headers=HTMX)
        assert response.status_code == 422
        assert said in response.content.decode()
        assert SavedFilter.objects.count() == 1

    def test_nobody_keeps_more_than_they_find_again(self, dana: Client, floor: Cast) -> None:
        for number in range(actions.MOST):
            costs.create_filter(floor.dana, f"Filter {number}")
        response = dana.post(SAVE, {"name": "One more", "query": "status=sent"}, headers=HTMX)
        assert "Delete one first." in response.content.decode()

    def test_markup_stays_text(self, dana: Client, floor: Cast) -> None:
        bad = "<script>alert(1)</script>"
        costs.create_filter(floor.dana, bad, 'q="><script>')
        page = html(dana)
        assert bad not in page
        assert '"><script>' not in page


class TestOnesOwn:
    def test_a_colleagues_is_not_shown_nor_deleted(self, dana: Client, floor: Cast) -> None:
        theirs = costs.create_filter(floor.mona, "Mona's")
        assert "Mona" not in html(dana)
        address = reverse("messaging:filter_delete", args=[theirs.pk])
        assert dana.post(address).status_code == 404
        assert SavedFilter.objects.exists()

    def test_two_people_use_the_same_name(self, dana: Client, floor: Cast) -> None:
        costs.create_filter(floor.mona)
        given = {"name": "Failed ones", "query": "status=failed"}
        assert dana.post(SAVE, given, headers=HTMX).status_code == 204


class TestDeleting:
    def test_it_asks_first(self, dana: Client, floor: Cast) -> None:
        mine = costs.create_filter(floor.dana)
        address = reverse("messaging:filter_delete", args=[mine.pk])
        assert "Failed ones" in dana.get(address, headers=HTMX).content.decode()
        assert SavedFilter.objects.exists()
        assert "wb-changed" in dana.post(address, headers=HTMX)["HX-Trigger"]
        assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("before=7", ""),
        ("channel=sms&q=+pat+", "q=pat&channel=sms"),
        ("since=2026-11-01&until=x&status=nothing", "since=2026-11-01"),
        ("template=7&template=8&page=2", "template=8"),
    ],
)
def test_filters_have_one_form(given: str, kept: str) -> None:
    assert canonical(QueryDict(given)) == kept


def test_as_many_queries_for_many_filters(dana: Client, floor: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            html(dana)
        return len(captured)

    factories.create_delivered(floor.hospital)
    costs.create_filter(floor.dana)
    queries()
    few = queries()
    for number in range(5):
        costs.create_filter(floor.dana, f"Filter {number}")
    assert queries() == few
