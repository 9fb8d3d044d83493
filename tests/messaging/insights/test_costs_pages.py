"""The page of prices and the budget: seen by all who see messages, changed by managers."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope
from pytest_django.fixtures import Settings

from messaging.models import MessagingPolicy, Price
from tests import costs, factories
from tests.cast import Cast
from wards.kinds import Kind
from wards.models import Event

PAGE = "/notifications/prices/"
HTMX = {"hx-request": "true"}
GIVEN = {"channel": "sms", "provider": "", "country": "SA", "amount": "0.045", "currency": "SAR"}


@pytest.fixture
def mona(client: Client, floor: Cast) -> Client:
    """Mona manages."""
    return factories.sign_in(client, floor.mona)


def html(client: Client, query: str = "") -> str:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return str(response.content.decode())


def last(kind: Kind) -> Event:
    return Event.objects.filter(kind=kind).latest("id")


class TestPrices:
    def test_one_is_added(self, mona: Client, floor: Cast) -> None:
        assert 'id="price-form"' in html(mona, "?add")
        response = mona.post(f"{PAGE}add/", GIVEN, headers=HTMX)
        page = response.content.decode()
        assert "0.045 SAR" in page
        assert "Saudi Arabia" in page
        assert "The price is saved." in response["HX-Trigger"]
        price = Price.objects.get()
        assert f'id="edit-{price.pk}" autofocus' in page
        assert (price.hospital, price.amount) == (floor.hospital, Decimal("0.045"))
        event = last(Kind.PRICES_CHANGED)
        assert (event.actor, event.data["change"]) == (floor.mona, "added")

    def test_without_a_script_it_is_a_page(self, mona: Client) -> None:
        assert mona.post(f"{PAGE}add/", GIVEN)["Location"] == PAGE
        response = mona.post(f"{PAGE}add/", GIVEN)
        assert response.status_code == 422
        assert "<html" in response.content.decode()

    def test_one_is_changed_where_it_stands(self, mona: Client, floor: Cast) -> None:
        price = costs.create_price(floor.hospital, "0.05", country="SA")
        other = costs.create_price(floor.hospital, "0.06")
        page = html(mona, f"?edit={price.pk}")
        assert page.count('id="price-form"') == 1
        assert f'data-price="{other.pk}"' in page
        assert f'data-price="{price.pk}"' not in page
        address = reverse("messaging:price_edit", args=[price.pk])
        mona.post(address, GIVEN | {"amount": "٠.٠٧"}, headers=HTMX)
        price.refresh_from_db()
        assert price.amount == Decimal("0.07")

    def test_one_is_deleted_after_a_question(self, mona: Client, floor: Cast) -> None:
        price = costs.create_price(floor.hospital, "0.05", country="SA")
        address = reverse("messaging:price_delete", args=[price.pk])
        question = mona.get(address, headers=HTMX).content.decode()
        assert "Saudi Arabia" in question
        assert Price.objects.exists()
        assert "wb-changed" in mona.post(address, headers=HTMX)["HX-Trigger"]
        assert not Price.objects.exists()
        assert last(Kind.PRICES_CHANGED).data["change"] == "deleted"

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"amount": "-1"}, "greater than or equal to 0"),
            ({"amount": "x"}, "Enter a number."),
            ({"amount": "0.00001"}, "no more than 4 decimal places"),
            ({"currency": "XXX"}, "Select a valid choice"),
            ({"country": "Mars"}, "Select a valid choice"),
            ({"provider": "nobody"}, "Select a valid choice"),
            ({"channel": "chat"}, "Select a valid choice"),
        ],
    )
    def test_what_makes_no_sense(self, mona: Client, given: dict[str, str], said: str) -> None:
        response = mona.post(f"{PAGE}add/", GIVEN | given, headers=HTMX)
        assert response.status_code == 422
        assert said in response.content.decode()
        assert not Price.objects.exists()

    def test_two_rows_do_not_say_the_same(self, mona: Client, floor: Cast) -> None:
        costs.create_price(floor.hospital, country="SA")
        response = mona.post(f"{PAGE}add/", GIVEN, headers=HTMX)
        assert "There is a price for this channel" in response.content.decode()

    def test_a_provider_carries_what_it_carries(self, mona: Client, settings: Settings) -> None:
        settings.MESSAGING_PROVIDERS = ["smtp"]
        response = mona.post(f"{PAGE}add/", GIVEN | {"provider": "smtp"}, headers=HTMX)
        assert "Mail server does not carry SMS." in response.content.decode()

    def test_a_mailbox_is_nowhere(self, mona: Client) -> None:
        mona.post(f"{PAGE}add/", GIVEN | {"channel": "email"})
        assert Price.objects.get().country == ""

    def test_the_row_of_a_provider_that_is_gone_can_be_changed(
        self, mona: Client, floor: Cast
    ) -> None:
        price = costs.create_price(floor.hospital, provider="unifonic")
        assert '<option value="unifonic" selected>' in html(mona, f"?edit={price.pk}")

    def test_somebody_elses_row_is_not_there(self, mona: Client, floor: Cast) -> None:
        theirs = costs.create_price(floor.other_hospital)
        assert mona.get(f"{PAGE}?edit={theirs.pk}").status_code == 404
        assert f'data-price="{theirs.pk}"' not in html(mona)

    def test_names_are_the_readers(self, mona: Client, floor: Cast) -> None:
        costs.create_price(floor.hospital, country="SA", provider="sandbox")
        mona.cookies["django_language"] = "ar"
        page = html(mona)
        assert "السعودية" in page
        assert "Sandbox" not in page

    def test_the_front_desk_looks_only(self, dana: Client, floor: Cast) -> None:
        price = costs.create_price(floor.hospital)
        for query in ("", "?add", f"?edit={price.pk}"):
            page = html(dana, query)
            assert "0.05 SAR" in page
            assert "price-form" not in page
            assert "add-price" not in page

    def test_what_was_paid_lately_where_there_is_no_row(self, mona: Client, floor: Cast) -> None:
        factories.create_delivered(floor.hospital, cost="0.0450", currency="SAR")
        assert "SMS: 0.0450 SAR paid lately" in html(mona)
        costs.create_price(floor.hospital)
        assert "paid lately" not in html(mona)

    def test_as_many_queries_for_many_rows(self, mona: Client, floor: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                html(mona)
            return len(captured)

        costs.create_price(floor.hospital)
        queries()
        few = queries()
        for country in ("SA", "AE", "EG", "KW"):
            costs.create_price(floor.hospital, country=country)
        assert queries() == few


class TestBudget:
    address = f"{PAGE}budget/"

    def test_it_is_set(self, mona: Client, floor: Cast) -> None:
        factories.create_delivered(floor.hospital, cost="30", currency="SAR")
        assert "No budget is set" in html(mona)
        given = {"limit": "40", "currency": "SAR", "warning": "70"}
        assert "wb-changed" in mona.post(self.address, given, headers=HTMX)["HX-Trigger"]
        page = html(mona)
        assert "30.00 SAR" in page
        assert 'data-budget="75"' in page
        assert "10.00 SAR left" in page
        assert last(Kind.BUDGET_CHANGED).data["limit"] == "40"

    def test_it_is_taken_back(self, mona: Client, floor: Cast) -> None:
        MessagingPolicy.objects.create(
            hospital=floor.hospital, monthly_budget=5, budget_currency="SAR"
        )
        given = {"limit": "", "currency": "SAR", "warning": "70"}
        mona.post(self.address, given, headers=HTMX)
        with scope(hospital=floor.hospital.pk):
            assert MessagingPolicy.objects.get().monthly_budget is None

    @pytest.mark.parametrize("wrong", [{"limit": "-1"}, {"warning": "101"}, {"warning": "0"}])
    def test_what_makes_no_sense(self, mona: Client, wrong: dict[str, str]) -> None:
        given = {"limit": "40", "currency": "SAR", "warning": "70"} | wrong
        assert mona.post(self.address, given, headers=HTMX).status_code == 422
