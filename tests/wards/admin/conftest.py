"""The admin's tests, hundreds of them, look at the same two hospitals."""

from copy import deepcopy

import pytest
from pytest_django import DjangoDbBlocker

from tests import factories
from tests.cast import Cast


@pytest.fixture(scope="module")
def kept_both(kept_cast: Cast, django_db_blocker: DjangoDbBlocker) -> Cast:
    """The module's cast, with rows of every model in both hospitals."""
    with django_db_blocker.unblock():
        factories.fill(kept_cast.hospital)
        factories.fill(kept_cast.other_hospital)
    return kept_cast


@pytest.fixture
def cast(borrowed_cast: Cast) -> Cast:
    return borrowed_cast


@pytest.fixture
def both(kept_both: Cast, db: None) -> Cast:
    return deepcopy(kept_both)
