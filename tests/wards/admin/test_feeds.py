"""The admin of feeds: what a hospital says of its senders is checked before it keeps them out."""

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from tests.wards.admin.model_pages import errors, url
from wards.models import Feed, Identifier, Patient


def form(**changed: object) -> dict[str, object]:
    return {
        "name": "Laboratory",
        "is_active": "on",
        "type_order": "MR, pi , MR",
        "own_authorities": "hosp,HOSP",
        "authority": " lab ",
        "unclear": "hold",
        "training": "ignore",
        "beds": "auto",
        "networks": "",
        "death_codes": "",
    } | changed


def feed(cast: Cast) -> Feed:
    with scope(hospital=cast.hospital.pk):
        return Feed.objects.get(facility="RAWDAH")


def save(client: Client, cast: Cast, **changed: object) -> Any:
    return client.post(url("change", Feed, feed(cast).pk), form(**changed))


def test_names_are_kept_as_messages_are_compared_with_them(alice: Client, both: Cast) -> None:
    response = save(alice, both)
    assert response.status_code == 302, errors(response)
    saved = feed(both)
    assert saved.type_order == ["MR", "PI"]
    assert (saved.authority, saved.own_authorities) == ("LAB", ["HOSP"])
    assert saved.unclear == Feed.Unclear.HOLD


def test_s03_addresses_are_networks(alice: Client, both: Cast) -> None:
    assert save(alice, both, networks="10.1.2.3/16, 2001:db8::/32,192.0.2.1").status_code == 302
    assert feed(both).networks == ["10.1.0.0/16", "2001:db8::/32", "192.0.2.1/32"]


@pytest.mark.parametrize("wrong", ["10.1.0.0/33", "laboratory", "10.1", "10.1.0.0/16 10.2.0.0/16"])
def test_s03_what_is_no_address_is_refused(alice: Client, both: Cast, wrong: str) -> None:
    """Else it would keep the laboratory out, and nobody would know why."""
    response = save(alice, both, networks=wrong)
    assert "networks" in errors(response)
    assert feed(both).networks == []


def test_a_patients_numbers_are_shown_and_not_written(alice: Client, both: Cast) -> None:
    with scope(hospital=both.hospital.pk):
        Identifier.objects.create(
            hospital=both.hospital, of="patient", authority="LABCO", value="7", patient=both.patient
        )
    other = factories.create_patient(both.hospital)
    page = url("change", Patient, both.patient.pk)
    assert "LABCO" in alice.get(page).content.decode()
    given = {"number": "MRN-1", "first_name": "Pat", "last_name": "P", "gender": "F"}
    more = {"language": "en", "tags": "", "merged_into": other.pk}
    management = {f"identifiers-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    assert alice.post(page, given | more | management).status_code == 302
    both.patient.refresh_from_db()
    assert both.patient.last_name == "P"
    assert both.patient.merged_into_id is None, "a merge moves all that is theirs"
