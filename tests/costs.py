"""Prices and saved filters, for tests; as tests/factories.py for the rest."""

from typing import Any

from django_scopes import scope

from messaging.channels import Channel
from messaging.models import Price, SavedFilter
from wards.models import Hospital, User


def create_price(hospital: Hospital, amount: str = "0.05", **fields: Any) -> Price:
    """Of an SMS part by anybody to anywhere, in SAR, unless given."""
    given: dict[str, Any] = {"channel": Channel.SMS, "currency": "SAR"}
    with scope(hospital=hospital.pk):
        return Price.objects.create(hospital=hospital, amount=amount, **given | fields)


def create_filter(
    user: User, name: str = "Failed ones", query: str = "status=failed"
) -> SavedFilter:
    """One of the user's own."""
    assert user.hospital is not None
    with scope(hospital=user.hospital.pk):
        return SavedFilter.objects.create(hospital=user.hospital, user=user, name=name, query=query)
