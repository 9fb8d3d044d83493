"""What a feed's messages are read with is remembered, and never acted upon once it has changed."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import kinds, refused, send
from wards.kinds import Kind
from wards.models import CriticalLimit, Event, Feed, Hl7Message, Ward

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _warm(floor: Cast) -> None:
    """This process has seen the feed's ward, clinician and limits."""
    for _ in range(2):
        assert send(hl7.result()) == "AA"


def version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM wards_reference")
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("_warm")
def test_a_limit_counts_from_the_next_message_on(floor: Cast) -> None:
    for limit, kind in (
        (factories.create_limit(floor.hospital, high=5.0), Kind.TEST_RESULT_CRITICAL),
        (None, Kind.TEST_RESULT_READY),
    ):
        if limit is None:
            with scopes_disabled():
                CriticalLimit.objects.all().delete()
        assert send(hl7.result(hl7.obx("7"))) == "AA"
        assert kinds()[-1] == kind


@pytest.mark.usefixtures("_warm")
def test_a_ward_that_was_given_another_code(floor: Cast) -> None:
    """Changed behind the ORM's back, too."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wards_ward SET code = 'OLD' WHERE code = 'CARD'")
        cursor.execute("UPDATE wards_ward SET code = 'CARD' WHERE id = %s", [floor.renal.pk])
    assert send(hl7.result()) == "AA"
    with scopes_disabled():
        assert Event.objects.latest("id").ward == floor.renal


@pytest.mark.usefixtures("_warm")
def test_a_feed_that_was_switched_off(floor: Cast) -> None:
    with scopes_disabled():
        Feed.objects.update(is_active=False)
    refused(hl7.result(), "AR", "is not known here")


@pytest.mark.usefixtures("_warm")
def test_a_feed_of_the_application_takes_over_from_that_of_the_facility(floor: Cast) -> None:
    lab = factories.create_feed(floor.hospital, "RAWDAH", application="PAS")
    assert send(hl7.result()) == "AA"
    with scopes_disabled():
        assert Hl7Message.objects.latest("id").feed == lab


@pytest.mark.usefixtures("_warm")
def test_what_was_rolled_back_is_not_remembered(floor: Cast) -> None:
    """The first message creates a ward, and is refused for its second patient."""
    assert send(hl7.result(number="MRN-77", name="", place="NEW")) == "AE"
    with scopes_disabled():
        assert not Ward.objects.filter(code="NEW").exists()
    assert send(hl7.admission(number="MRN-78", place="NEW^^1")) == "AA"
    with scopes_disabled():
        assert Event.objects.latest("id").ward == Ward.objects.get(code="NEW")


def test_what_comes_with_every_message_changes_no_version(floor: Cast) -> None:
    before = version()
    with scopes_disabled():
        Feed.objects.update(last_message_at="2026-11-20T10:00Z")
        floor.bed.status = "cleaning"
        floor.bed.save()
        floor.noor.last_login = "2026-11-20T10:00Z"
        floor.noor.save(update_fields=["last_login"])
        factories.create_patient(floor.hospital)
    assert version() == before


@pytest.mark.parametrize("change", ["ward", "user", "hospital", "feed", "bed"])
def test_each_kind_of_reference_changes_the_version_once_a_transaction(
    floor: Cast, change: str
) -> None:
    before = version()
    row = {
        "ward": floor.cardiology,
        "user": floor.noor,
        "hospital": floor.hospital,
        "feed": Feed.objects.first() if change == "feed" else None,
        "bed": floor.bed,
    }[change]
    column = {"user": "first_name", "bed": "number", "feed": "authority"}.get(change, "name")
    with scopes_disabled(), transaction.atomic():
        setattr(row, column, "X")
        row.save()  # type: ignore[union-attr]
        after = version()
        setattr(row, column, "Y")
        row.save()  # type: ignore[union-attr]
        assert version() == after != before


@pytest.mark.usefixtures("_warm")
def test_a_message_that_changes_nothing_of_it_asks_for_nothing_twice(floor: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert send(hl7.result()) == "AA"
    text = " ".join(query["sql"] for query in queries)
    for table in ("wards_feed", "wards_criticallimit", "wards_laboratoryflag"):
        assert f'FROM "{table}"' not in text
