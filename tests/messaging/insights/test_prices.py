"""The most specific price counts, and the table says what a carrier does not."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from messaging.carriers.base import Accepted, Receipt, Unclear
from messaging.channels import Channel
from messaging.delivery import receipts
from messaging.insights import prices
from messaging.insights.prices import Price
from messaging.models import Message
from messaging.statuses import Status
from tests import costs, factories
from tests.cast import Cast
from tests.messaging.conftest import Use
from tests.messaging.outbox import Scripted, drain, queue_message, queue_messages

pytestmark = pytest.mark.django_db


def fresh(message: Message) -> Message:
    with scopes_disabled():
        message.refresh_from_db()
    return message


class TestTheTable:
    @pytest.mark.parametrize(
        ("carrier", "country", "amount"),
        [
            ("twilio", "SA", "0.01"),
            ("unifonic", "SA", "0.02"),
            ("twilio", "AE", "0.03"),
            ("unifonic", "AE", "0.04"),
            ("", "", "0.04"),
        ],
    )
    def test_the_most_specific_row(
        self, floor: Cast, carrier: str, country: str, amount: str
    ) -> None:
        for price, by, where in [
            ("0.01", "twilio", "SA"),
            ("0.02", "", "SA"),
            ("0.03", "twilio", ""),
            ("0.04", "", ""),
        ]:
            costs.create_price(floor.hospital, price, provider=by, country=where)
        table = prices.Table([floor.hospital.pk])
        found = table.of(floor.hospital.pk, "sms", carrier, country)
        assert found == Price(Decimal(amount), "SAR")

    def test_not_of_another_channel_or_hospital(self, floor: Cast) -> None:
        costs.create_price(floor.hospital, channel=Channel.WHATSAPP)
        costs.create_price(floor.other_hospital)
        with scopes_disabled():
            table = prices.Table([floor.hospital.pk, floor.other_hospital.pk])
        assert table.of(floor.hospital.pk, "sms", "", "") is None
        assert table.of(floor.other_hospital.pk, "sms", "", "")


class TestPriceOf:
    def test_what_was_paid_lately_where_the_table_is_empty(self, floor: Cast) -> None:
        assert prices.price_of(floor.hospital, "sms") is None
        for cost, parts in (("0.10", 1), ("0.50", 4)):
            factories.create_delivered(floor.hospital, cost=cost, parts=parts, currency="SAR")
        factories.create_delivered(floor.hospital, cost="9", parts=1, currency="USD")
        assert prices.price_of(floor.hospital, "sms") == Price(Decimal("0.12"), "SAR")
        costs.create_price(floor.hospital, "0.07")
        assert prices.price_of(floor.hospital, "sms") == Price(Decimal("0.07"), "SAR")

    def test_for_the_hospitals_country_and_its_first_provider(
        self, floor: Cast, scripted: Scripted
    ) -> None:
        costs.create_price(floor.hospital, "0.07", provider="scripted", country="SA")
        costs.create_price(floor.hospital, "0.09", provider="scripted", country="AE")
        costs.create_price(floor.hospital, "0.01", provider="other", country="SA")
        assert prices.price_of(floor.hospital, "sms") == Price(Decimal("0.07"), "SAR")
        assert prices.price_of(floor.hospital, "sms", country="AE") == Price(Decimal("0.09"), "SAR")


class TestEstimate:
    def test_by_country_and_never_across_currencies(self, floor: Cast) -> None:
        costs.create_price(floor.hospital, "0.05", country="SA")
        costs.create_price(floor.hospital, "0.20")
        costs.create_price(floor.hospital, "0.01", channel="whatsapp", currency="USD")
        counts = {("sms", "SA"): 100, ("sms", "AE"): 10, ("whatsapp", "SA"): 3, ("email", ""): 7}
        with CaptureQueriesContext(connection) as queries:
            estimate = prices.estimate(floor.hospital, counts)
        assert estimate.sums == [Price(Decimal("7.00"), "SAR"), Price(Decimal("0.03"), "USD")]
        assert estimate.unpriced == 7
        assert len(queries) == 2

    def test_of_nothing(self, floor: Cast) -> None:
        assert prices.estimate(floor.hospital, {}) == prices.Estimate()


class TestWhatIsWrittenDown:
    def test_the_table_where_the_provider_does_not_say(self, cast: Cast, use: Use) -> None:
        costs.create_price(cast.hospital, "0.05", country="SA")
        carrier = Scripted(Accepted("id-1", parts=3), Accepted("id-2", Decimal("0.4"), "USD"))
        use(carrier)
        unsaid = queue_message(cast.hospital, country="SA")
        drain(carrier)
        said, elsewhere = queue_messages(cast.hospital, 2)
        drain(carrier)
        fresh(unsaid)
        assert (unsaid.cost, unsaid.currency) == (Decimal("0.15"), "SAR")
        assert {fresh(said).cost, fresh(elsewhere).cost} == {Decimal("0.4"), None}

    def test_one_query_for_all_of_them(self, cast: Cast, scripted: Scripted) -> None:
        costs.create_price(cast.hospital)
        sent = queue_messages(cast.hospital, 50)
        with CaptureQueriesContext(connection) as queries:
            drain(scripted)
        reads = sum('FROM "messaging_price"' in query["sql"] for query in queries)
        assert 0 < reads < 10
        assert fresh(sent[-1]).cost == Decimal("0.05")

    def test_a_provider_that_says_costs_no_query(self, cast: Cast, use: Use) -> None:
        carrier = Scripted(Accepted("id-1", Decimal(1), "SAR"))
        use(carrier)
        queue_message(cast.hospital)
        with CaptureQueriesContext(connection) as queries:
            drain(carrier)
        assert not any('FROM "messaging_price"' in query["sql"] for query in queries)

    def test_also_where_only_a_receipt_says_that_it_was_taken(self, cast: Cast, use: Use) -> None:
        costs.create_price(cast.hospital)
        carrier = Scripted(Unclear("timeout"))
        use(carrier)
        message = queue_message(cast.hospital)
        drain(carrier)
        fresh(message)
        receipt = Receipt(Status.DELIVERED, reference=message.reference)
        receipts.apply("scripted", [receipt])
        assert fresh(message).cost == Decimal("0.05")

    def test_what_the_provider_says_later_is_true(self, cast: Cast, scripted: Scripted) -> None:
        costs.create_price(cast.hospital)
        message = queue_message(cast.hospital)
        drain(scripted)
        fresh(message)
        late = Receipt(
            Status.DELIVERED, reference=message.reference, cost=Decimal("0.0312"), currency="USD"
        )
        receipts.apply("scripted", [late])
        fresh(message)
        assert (message.cost, message.currency) == (Decimal("0.0312"), "USD")
