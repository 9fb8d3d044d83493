"""Bulk sends for tests: people, a send, and the worker's part done here."""

from collections.abc import Sequence
from datetime import time
from io import BytesIO
from typing import Any

from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from messaging.campaigns import actions, runner
from messaging.campaigns.actions import Words
from messaging.channels import Channel, Topic
from messaging.models import Campaign, CampaignRecipient, Message
from tests import factories
from tests.cast import Cast
from tests.messaging.people import set_quiet
from wards.models import Event, Hospital, Patient, Role, User

HELLO = Words(
    subject_en="News",
    body_en="Dear {first_name}, we are open.",
    subject_ar="أخبار",
    body_ar="السيد/ة {first_name}، نحن هنا.",
)


def create_people(hospital: Hospital, number: int, **fields: Any) -> list[Patient]:
    """Patients with a mobile number and a mailbox of their own."""
    return [
        factories.create_patient(
            hospital,
            **{"phone": f"050 {each:07}", "email": f"p{each}@example.org"} | fields,
        )
        for each in range(1, number + 1)
    ]


def never_quiet(cast: Cast) -> None:
    """Messages go out at any hour at Rawdah General."""
    set_quiet(cast.hospital, time(0), time(0))


def create_draft(hospital: Hospital, **fields: Any) -> Campaign:
    """A draft to all patients, written past the action: no worker is woken."""
    given: dict[str, Any] = {
        "name": "Open day",
        "audience": Campaign.Audience.ALL,
        "topic": Topic.MARKETING,
        "channels": [Channel.SMS],
        "created_by": fields.get("created_by") or factories.create_user(hospital, Role.FRONT_DESK),
    }
    with scope(hospital=hospital.pk):
        return Campaign.objects.create(hospital=hospital, **given | fields)


def create_campaign(by: User, *, ready: bool = True, **given: Any) -> Campaign:
    """To all patients by SMS, prepared unless `ready` is False."""
    how: dict[str, Any] = {
        "name": "Open day",
        "audience": Campaign.Audience.ALL,
        "parameters": {},
        "topic": Topic.CARE,
        "channels": [Channel.SMS],
        "variants": [HELLO],
    }
    source = given.pop("source", None)
    if isinstance(source, str):
        source = BytesIO(source.encode())
    assert by.hospital is not None
    with scope(hospital=by.hospital_id):
        campaign = actions.create_campaign(
            hospital=by.hospital, by=by, source=source, **how | given
        )
    return work(campaign) if ready else campaign


def work(campaign: Campaign) -> Campaign:
    """What a worker would do now; the bulk send as it is afterwards."""
    runner.run(campaign.pk)
    return fresh(campaign)


def send(campaign: Campaign, by: User) -> Campaign:
    """Sends it and makes all its messages."""
    with scope(hospital=campaign.hospital_id):
        actions.send_campaign(campaign=campaign, by=by)
    return work(campaign)


def fresh(campaign: Campaign) -> Campaign:
    with scopes_disabled():
        return Campaign.objects.select_related("hospital").get(pk=campaign.pk)


def recipients(campaign: Campaign) -> list[CampaignRecipient]:
    with scopes_disabled():
        return list(campaign.recipients.order_by("line"))


def included(campaign: Campaign) -> list[CampaignRecipient]:
    return [each for each in recipients(campaign) if not each.excluded]


def reasons(campaign: Campaign) -> dict[int, str]:
    """Why each line is left out."""
    return {each.line: each.excluded for each in recipients(campaign) if each.excluded}


def messages(campaign: Campaign, **which: Any) -> list[Message]:
    with scopes_disabled():
        return list(Message.objects.filter(campaign=campaign, **which).order_by("pk"))


def kinds(campaign: Campaign) -> list[str]:
    """What happened to it, in order."""
    with scopes_disabled():
        told = Event.objects.filter(data__bulk=campaign.pk).order_by("pk")
        return [kind.removeprefix("bulk_send.") for kind in told.values_list("kind", flat=True)]


def csv(header: str, *rows: Sequence[str]) -> str:
    return "\n".join([header, *(",".join(row) for row in rows), ""])


def url(name: str, campaign: Campaign) -> str:
    """Of its page, or of one of its verbs: `url("_send", campaign)`."""
    return reverse(f"messaging:bulk{name}", args=[campaign.pk])


def page(client: Client, campaign: Campaign) -> str:
    """Its page as it is sent to the browser."""
    response = client.get(url("", campaign))
    assert response.status_code == 200
    return str(response.content.decode())
