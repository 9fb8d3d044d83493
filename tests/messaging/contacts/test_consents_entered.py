"""What patients had said before there was a ledger stands in it after the migration."""

from importlib import import_module

import pytest
from django.apps import apps
from django_scopes import scope, scopes_disabled

from messaging.contacts import preferences
from messaging.models import AddressConsent, ConsentChange
from tests import factories
from tests.cast import Cast

migration = import_module("messaging.migrations.0016_enter_consents")


@pytest.mark.parametrize(
    ("field", "how", "entered"),
    [
        ("sms", "reply", [("sms", "+966501234567", "refused", "answer")]),
        ("whatsapp", "reply", [("whatsapp", "+966501234567", "refused", "answer")]),
        ("email", "link", [("email", "layla@example.org", "refused", "link")]),
        ("marketing", "link", [("email", "layla@example.org", "news", "link")]),
        ("sms", "page", []),
    ],
)
def test_what_they_said_themselves(
    cast: Cast, field: str, how: str, entered: list[tuple[str, ...]]
) -> None:
    layla, theirs = (
        factories.create_patient(hospital, phone="050 123 4567", email="Layla@Example.org")
        for hospital in (cast.hospital, cast.other_hospital)
    )
    again = factories.create_patient(cast.hospital, phone="0509999999")
    with scope(hospital=cast.hospital.pk):
        preferences.switch(patient=again, field="marketing", on=True, how="link")
        preferences.switch(patient=again, field=field, on=False, how=how)
        preferences.switch(patient=again, field=field, on=True, how=how)
        preferences.switch(patient=layla, field="marketing", on=True, how="link")
        preferences.switch(patient=layla, field=field, on=False, how=how)
    with scopes_disabled():
        migration.enter(apps, None)
        migration.enter(apps, None)  # a migration that was interrupted begins anew
        columns = ("channel", "address", "ground", "source")
        assert list(AddressConsent.objects.values_list(*columns)) == entered
        assert ConsentChange.objects.count() == len(entered)
        assert not AddressConsent.objects.filter(hospital=theirs.hospital).exists()
