"""What tests of messages stand on."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled

from messaging import providers
from messaging.providers.base import Provider
from tests import factories
from tests.cast import Cast
from tests.messaging import bulks
from tests.messaging.outbox import Scripted

Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Call it with the providers there are, in the order of preference."""

    def use(*there: Provider) -> None:
        monkeypatch.setattr(
            providers, "for_channel", lambda channel: [p for p in there if channel in p.channels]
        )

    return use


@pytest.fixture
def scripted(use: Use) -> Scripted:
    """The one provider there is."""
    provider = Scripted()
    use(provider)
    return provider


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
    bulks.prepare(floor)
    bulks.create_people(floor.hospital, 5)
    return floor
