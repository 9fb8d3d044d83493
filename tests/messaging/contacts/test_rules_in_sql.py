"""Rules that stand in Python and, for speed, in SQL: one table asks both."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from messaging.channels import PATIENT_CHANNELS, Topic
from messaging.contacts import consent, quiet_hours
from messaging.models import NotificationPreference
from tests import factories
from tests.cast import Cast
from wards.actions import deaths
from wards.models import Patient

pytestmark = pytest.mark.django_db

CHOICES: list[dict[str, Any] | None] = [
    None,  # has never chosen
    *(
        {"sms": sms, "whatsapp": whatsapp, "email": email, "preferred_channel": preferred}
        for sms, whatsapp, email in product((True, False), repeat=3)
        for preferred in ("", "whatsapp")
    ),
    *({topic.value: on} for topic in Topic for on in (True, False) if topic.value in {
        field.name for field in NotificationPreference._meta.concrete_fields
    }),
]  # fmt: skip


def in_sql(columns: str, join: str = "") -> dict[int, tuple[Any, ...]]:
    """What a SELECT of these columns says of each patient."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT patient.id, {columns} FROM wards_patient AS patient {join}")
        return {id_: found for id_, *found in cursor.fetchall()}


@pytest.mark.parametrize("topic", Topic)
def test_consent(cast: Cast, topic: Topic) -> None:
    with scopes_disabled():
        for choices in CHOICES:
            patient = factories.create_patient(hospital=cast.hospital)
            if choices is not None:
                NotificationPreference.objects.create(
                    hospital=cast.hospital, patient=patient, **choices
                )
        said = in_sql(f"{consent.COLUMNS}, {consent.of_topic(topic)}", consent.JOIN)
        patients = list(Patient.objects.select_related("preference"))
        assert len(patients) > len(CHOICES)
        for patient in patients:
            preferred, *switches, wants = said[patient.pk]
            on = {channel for channel, on in zip(PATIENT_CHANNELS, switches, strict=True) if on}
            assert (on if wants else set()) == consent.allowed(patient, topic)
            assert preferred == consent.preference_of(patient).preferred_channel


def test_deaths(cast: Cast) -> None:
    """Of a person with several rows, whichever of them says so."""
    with scopes_disabled():
        for mine, theirs in product((True, False), repeat=2):
            survivor = factories.create_patient(hospital=cast.hospital, deceased=mine)
            factories.create_patient(hospital=cast.hospital, deceased=theirs, merged_into=survivor)
        for patient in Patient.objects.all():
            NotificationPreference.objects.create(hospital=cast.hospital, patient=patient)
        rows = NotificationPreference.objects.annotate(died=deaths.has_died("patient"))
        died = {pk: (found,) for pk, found in rows.values_list("patient", "died")}
        said = {pk: tuple(found) for pk, found in in_sql(deaths.HAS_DIED).items()}
    assert said == died
    assert {*died.values()} == {(True,), (False,)}


def test_quiet_hours() -> None:
    over_at = datetime(2026, 11, 27, 5, tzinfo=UTC)
    cases = [None, over_at, *(over_at + timedelta(seconds=s) for s in (-1, 1))]
    with connection.cursor() as cursor:
        for expires_at in cases:
            cursor.execute(
                f"SELECT {quiet_hours.HOLDS} FROM (SELECT %(expires_at)s::timestamptz) AS m"
                " (expires_at)",
                {"over_at": over_at, "expires_at": expires_at},
            )
            assert cursor.fetchone() == (quiet_hours.holds(over_at, expires_at),)
