"""What tests of messages stand on."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled

from messaging import carriers
from messaging.carriers.base import Carrier
from tests import factories
from tests.cast import Cast
from tests.messaging import made_campaigns
from tests.messaging.outbox import Scripted
from wards.models import Hospital

Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Call it with the carriers there are, in the order of preference."""

    def use(*there: Carrier) -> None:
        monkeypatch.setattr(
            carriers, "for_channel", lambda channel: [p for p in there if channel in p.channels]
        )

    return use


@pytest.fixture
def scripted(use: Use) -> Scripted:
    """The one carrier there is."""
    carrier = Scripted()
    use(carrier)
    return carrier


@pytest.fixture
def unscoped() -> Iterator[None]:
    """As the sender works: for all hospitals."""
    with scopes_disabled():
        yield


@pytest.fixture
def floor(cast: Cast) -> Iterator[Cast]:
    """The cast, with the test in the scope of their hospital."""
    with scope(hospital=cast.hospital.pk):
        yield cast


@pytest.fixture
def dana(client: Client, floor: Cast) -> Client:
    """Dana at the front desk."""
    return factories.sign_in(client, floor.dana)


@pytest.fixture
def clinic(floor: Cast) -> Cast:
    """Five patients have a number, Pat has none; it is never quiet."""
    made_campaigns.never_quiet(floor)
    made_campaigns.create_people(floor.hospital, 5)
    return floor


@pytest.fixture
def riyadh(cast: Cast) -> Cast:
    """The cast in Riyadh, where it is never quiet; Pat has neither number nor mailbox."""
    Hospital.objects.filter(pk=cast.hospital.pk).update(timezone="Asia/Riyadh")
    cast.hospital.refresh_from_db()
    made_campaigns.never_quiet(cast)
    return cast


@pytest.fixture
def town(riyadh: Cast) -> Cast:
    """Riyadh with twelve patients who have a number."""
    made_campaigns.create_people(riyadh.hospital, 12)
    return riyadh
