"""What the admin's pages of messages say; what holds for all models is in tests/wards."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import CarrierState, MessagingPolicy
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import bulk_rows, costs, factories
from tests.cast import Cast
from wards.models import Role


@pytest.fixture
def alice(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.alice)


def listed(client: Client, model: str, query: str = "") -> str:
    response = client.get(reverse(f"admin:messaging_{model}_changelist") + query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_messages_have_badges_icons_and_reasons(alice: Client, floor: Cast) -> None:
    now = timezone.now()
    factories.create_delivered(
        floor.hospital, sent_at=now, delivered_at=now, cost="0.0450", currency="SAR"
    )
    factories.create_delivered(floor.hospital, status=Status.SUPPRESSED, reason=Reason.OPTED_OUT)
    page = listed(alice, "message")
    assert '<span class="wb-badge wb-badge-success">Delivered</span>' in page
    assert '<span class="wb-badge wb-badge-warning">Suppressed</span>' in page
    assert page.count("#check2-all") == 1
    assert "0.0450 SAR" in page
    assert str(Reason.OPTED_OUT.label) in page


def test_a_message_is_found_by_its_number(alice: Client, floor: Cast) -> None:
    numbers = (700_001, 700_002)  # in nobody's name or telephone number
    message, other = (factories.create_delivered(floor.hospital, pk=number) for number in numbers)
    page = listed(alice, "message", f"?q={message.pk}")
    assert reverse("messaging:message", args=[message.pk]) in page
    assert reverse("messaging:message", args=[other.pk]) not in page


def test_nothing_is_written_past_the_actions(alice: Client, floor: Cast) -> None:
    message = factories.create_delivered(floor.hospital)
    for page in ("message", "messagetemplate", "templateversion", "notificationpreference"):
        assert alice.get(reverse(f"admin:messaging_{page}_add")).status_code == 403
    address = reverse("admin:messaging_message_change", args=[message.pk])
    assert alice.post(address, {"status": "read"}).status_code == 403


POLICY = {
    "quiet_from": "22:00",
    "quiet_until": "06:00",
    "failure_limit": "7",
    "approval_above": "50",
    "monthly_budget": "",
    "budget_currency": "",
    "budget_warning": "80",
}


class TestPolicy:
    def change(self, client: Client, floor: Cast, **fields: str) -> MessagingPolicy:
        policy, _ = MessagingPolicy.objects.get_or_create(hospital=floor.hospital)
        address = reverse("admin:messaging_messagingpolicy_change", args=[policy.pk])
        client.post(address, POLICY | fields)
        policy.refresh_from_db()
        return policy

    def test_it_is_set_here(self, alice: Client, floor: Cast) -> None:
        policy = self.change(alice, floor)
        assert (policy.quiet_from.hour, policy.failure_limit) == (22, 7)
        assert (policy.approval_above, policy.monthly_budget) == (50, None)

    def test_a_budget_has_a_currency(self, alice: Client, floor: Cast) -> None:
        assert self.change(alice, floor, monthly_budget="1500").monthly_budget is None
        policy = self.change(alice, floor, monthly_budget="1500", budget_currency="SAR")
        assert policy.monthly_budget == 1500
        assert "1,500.00 SAR" in listed(alice, "messagingpolicy")

    @pytest.mark.parametrize("warning", ["0", "101"])
    def test_a_warning_comes_before_the_end(self, alice: Client, floor: Cast, warning: str) -> None:
        assert self.change(alice, floor, budget_warning=warning).budget_warning == 80


def test_prices_are_named(alice: Client, floor: Cast) -> None:
    price = costs.create_price(floor.hospital, "0.045", country="SA", provider="sandbox")
    costs.create_price(floor.hospital, "0.2")
    page = listed(alice, "price")
    for words in ("0.045 SAR", "Saudi Arabia", "Sandbox carrier", "Any country", "Any carrier"):
        assert words in page
    assert f"/notifications/prices/?edit={price.pk}" in page


class TestCampaigns:
    def test_badges_and_bars(self, alice: Client, floor: Cast) -> None:
        campaign = bulk_rows.create_campaign_rows(floor.dana, status="sending", included=4)
        for status in (Status.SENT, Status.READ, Status.BOUNCED, Status.QUEUED):
            factories.create_delivered(floor.hospital, campaign=campaign, status=status)
        page = listed(alice, "campaign")
        assert '<span class="wb-badge wb-badge-info">Sending</span>' in page
        assert '<progress max="100" value="50.0" aria-label="50.0%"></progress> 50.0%' in page
        assert '<td class="field-lost">1</td>' in page

    def test_its_page_has_the_words_and_the_way_to_the_recipients(
        self, alice: Client, floor: Cast
    ) -> None:
        campaign = bulk_rows.create_campaign_rows(floor.dana, total=1200)
        other = bulk_rows.create_campaign_rows(floor.dana)
        response = alice.get(reverse("admin:messaging_campaign_change", args=[campaign.pk]))
        page = response.content.decode()
        assert "Dear {first_name}, we are open." in page
        assert f'?campaign__id__exact={campaign.pk}">1,200</a>' in page
        rows = alice.get(
            reverse("admin:messaging_campaignrecipient_changelist")
            + f"?campaign__id__exact={campaign.pk}"
        )
        assert [row.campaign_id for row in rows.context["cl"].result_list] == [campaign.pk]
        assert other.pk != campaign.pk


class TestCarriers:
    """Their health is the installation's: nobody's of a hospital, also not their superusers'."""

    @pytest.mark.parametrize("superuser", [False, True])
    def test_not_for_people_of_a_hospital(
        self, client: Client, floor: Cast, superuser: bool
    ) -> None:
        user = factories.create_user(
            floor.hospital, Role.ADMIN, is_staff=True, is_superuser=superuser
        )
        CarrierState.objects.create(name="sandbox")
        factories.sign_in(client, user)
        lists = reverse("admin:messaging_carrierstate_changelist")
        for address in (lists, f"{lists}sandbox/change/"):
            assert client.get(address).status_code in (302, 403)

    def test_operators_see_who_rests(self, client: Client, db: None) -> None:
        later = timezone.now() + timedelta(minutes=1)
        CarrierState.objects.create(name="twilio", rests_until=later, failures=5)
        CarrierState.objects.create(name="sandbox", rests_until=timezone.now())
        page = listed(factories.sign_in(client, factories.create_operator()), "carrierstate")
        assert page.count("wb-badge-warning") == 1
        assert page.count("wb-badge-success") == 1
