"""The ward floor's tests run inside Rawdah General; the admin's have people signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django_scopes import scope
from pytest_django.fixtures import Settings

from tests import factories
from tests.cast import Cast


@pytest.fixture
def floor(cast: Cast) -> Iterator[Cast]:
    """The cast, with the test in the scope of their hospital."""
    with scope(hospital=cast.hospital.pk):
        yield cast


@pytest.fixture
def both(cast: Cast) -> Cast:
    """The cast, with rows of every model in both hospitals."""
    factories.fill(cast.hospital)
    factories.fill(cast.other_hospital)
    return cast


@pytest.fixture
def alice(client: Client, both: Cast) -> Client:
    """Alice: administers Rawdah General, and is not a superuser."""
    assert not both.alice.is_superuser
    return factories.sign_in(client, both.alice)


@pytest.fixture
def operator(client: Client, both: Cast) -> Client:
    """A superuser without a hospital."""
    return factories.sign_in(client, factories.create_operator())


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    """A directory of the test's own for what is uploaded and written."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
