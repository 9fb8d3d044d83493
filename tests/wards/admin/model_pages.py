"""Words for tests of the admin: its models, addresses and lists."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from inbox.models import Mailbox, Notification
from messaging.models import (
    AddressConsent,
    Answer,
    Campaign,
    CampaignRecipient,
    CampaignVariant,
    CarrierState,
    ConsentChange,
    Message,
    MessageCounter,
    MessageLog,
    MessageTemplate,
    MessagingPolicy,
    NotificationPreference,
    Price,
    SavedFilter,
    TemplateVersion,
)
from tests import factories
from wards.models import (
    BulkOperation,
    ColumnMatch,
    Counter,
    Discharge,
    Event,
    FeedNote,
    Heartbeat,
    Hl7Message,
    Hospital,
    Identifier,
    IdentityQuestion,
    Outbox,
    PeriodicTask,
    Result,
    ResultVersion,
    StayFact,
    Transfer,
    User,
    Withdrawal,
)
from wards.web.admin import TenantAdmin

OURS = ("wards", "messaging", "inbox")
SHARED: set[Any] = {CarrierState, Counter, Heartbeat}  # of the installation, not of a hospital
NOT_SHOWN: set[Any] = {PeriodicTask}  # rows by which processes come to terms
OUR_MODELS: list[Any] = [m for m in apps.get_models() if m._meta.app_label in OURS]
ALL: list[Any] = [m for m in OUR_MODELS if m not in NOT_SHOWN]
MODELS: list[Any] = [m for m in ALL if m not in SHARED]
each_model = pytest.mark.parametrize("model", MODELS, ids=[m._meta.label_lower for m in MODELS])
LOOKED_AT = {Event, Outbox, Hl7Message, Transfer, Discharge, BulkOperation, Notification, Mailbox}
LOOKED_AT |= {
    Message,
    MessageLog,
    MessageTemplate,
    TemplateVersion,
    NotificationPreference,
    MessageCounter,
}
LOOKED_AT |= {Campaign, CampaignVariant, CampaignRecipient, Price, SavedFilter}
LOOKED_AT |= {FeedNote, Identifier, IdentityQuestion, Result, ResultVersion}
LOOKED_AT |= {ColumnMatch, StayFact, Withdrawal, AddressConsent, ConsentChange, Answer}
ONE_A_HOSPITAL = {Hospital, MessagingPolicy}


def url(page: str, model: type[Model], *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own_password(client: Client, user: User) -> dict[str, str]:
    """What a form wants to know of `user`, who acts: they get a password and sign in anew."""
    user.set_password(factories.PASSWORD)
    user.save()
    factories.sign_in(client, user)
    return {"own_password": factories.PASSWORD}


def rows_shown(client: Client, model: Any, query: str = "") -> set[Any]:
    """The primary keys in a list page."""
    response = client.get(url("changelist", model) + query)
    assert response.status_code == 200, response
    return {row.pk for row in response.context["cl"].result_list}


def rows_of(hospital: Hospital, model: Any) -> set[Any]:
    page = admin.site.get_model_admin(model)
    assert isinstance(page, TenantAdmin)
    with scopes_disabled():
        return set(
            model.objects.filter(**{page.hospital_path: hospital.pk}).values_list("pk", flat=True)
        )


def errors(response: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found
