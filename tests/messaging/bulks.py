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
from messaging.models import BulkRecipient, BulkSend, Message
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


def create_draft(hospital: Hospital, **fields: Any) -> BulkSend:
    """A draft to all patients, written past the action: no worker is woken."""
    given: dict[str, Any] = {
        "name": "Open day",
        "audience": BulkSend.Audience.ALL,
        "topic": Topic.MARKETING,
        "channels": [Channel.SMS],
        "created_by": fields.get("created_by") or factories.create_user(hospital, Role.FRONT_DESK),
    }
    with scope(hospital=hospital.pk):
        return BulkSend.objects.create(hospital=hospital, **given | fields)


def create_bulk(by: User, *, ready: bool = True, **given: Any) -> BulkSend:
    """To all patients by SMS, prepared unless `ready` is False."""
    how: dict[str, Any] = {
        "name": "Open day",
        "audience": BulkSend.Audience.ALL,
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
        bulk = actions.create_bulk(hospital=by.hospital, by=by, source=source, **how | given)
    return work(bulk) if ready else bulk


def work(bulk: BulkSend) -> BulkSend:
    """What a worker would do now; the bulk send as it is afterwards."""
    runner.run(bulk.pk)
    return fresh(bulk)


def send(bulk: BulkSend, by: User) -> BulkSend:
    """Sends it and makes all its messages."""
    with scope(hospital=bulk.hospital_id):
        actions.send_bulk(bulk=bulk, by=by)
    return work(bulk)


def fresh(bulk: BulkSend) -> BulkSend:
    with scopes_disabled():
        return BulkSend.objects.select_related("hospital").get(pk=bulk.pk)


def recipients(bulk: BulkSend) -> list[BulkRecipient]:
    with scopes_disabled():
        return list(bulk.recipients.order_by("line"))


def included(bulk: BulkSend) -> list[BulkRecipient]:
    return [each for each in recipients(bulk) if not each.excluded]


def reasons(bulk: BulkSend) -> dict[int, str]:
    """Why each line is left out."""
    return {each.line: each.excluded for each in recipients(bulk) if each.excluded}


def messages(bulk: BulkSend, **which: Any) -> list[Message]:
    with scopes_disabled():
        return list(Message.objects.filter(bulk=bulk, **which).order_by("pk"))


def kinds(bulk: BulkSend) -> list[str]:
    """What happened to it, in order."""
    with scopes_disabled():
        told = Event.objects.filter(data__bulk=bulk.pk).order_by("pk")
        return [kind.removeprefix("bulk_send.") for kind in told.values_list("kind", flat=True)]


def csv(header: str, *rows: Sequence[str]) -> str:
    return "\n".join([header, *(",".join(row) for row in rows), ""])


def url(name: str, bulk: BulkSend) -> str:
    """Of its page, or of one of its verbs: `url("_send", bulk)`."""
    return reverse(f"messaging:bulk{name}", args=[bulk.pk])


def page(client: Client, bulk: BulkSend) -> str:
    """Its page as it is sent to the browser."""
    response = client.get(url("", bulk))
    assert response.status_code == 200
    return str(response.content.decode())
