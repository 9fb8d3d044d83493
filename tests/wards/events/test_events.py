"""The audit trail: one writer, inside the transaction of the change, and nobody rewrites it."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django_scopes import scope
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.cast import Cast
from wards import events
from wards.actions import admissions
from wards.kinds import Kind
from wards.models import Admission, Event, Outbox


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids that were told to the floors above, which are not listening."""
    ids: list[int] = []

    def listen(event_ids: list[int], **_: Any) -> None:
        ids.extend(event_ids)

    monkeypatch.setattr(events.recorded, "receivers", [])
    monkeypatch.setattr(events.recorded, "sender_receivers_cache", {})
    events.recorded.connect(listen, weak=False)
    return ids


class TestRecord:
    @pytest.mark.django_db(transaction=True)
    def test_outside_a_transaction_it_refuses(self, floor: Cast) -> None:
        with pytest.raises(RuntimeError, match="inside the transaction of the change"):
            events.record(Kind.SYSTEM_INFO, hospital=floor.hospital)
        assert not Event.objects.exists()

    def test_it_leaves_the_event_and_its_place_in_the_outbox(self, floor: Cast) -> None:
        event = events.record(
            Kind.SYSTEM_WARNING,
            hospital=floor.hospital,
            source=Event.Source.SYSTEM,
            data={"subject": "Disk", "reason": "90 % full"},
        )
        event.refresh_from_db()
        assert (event.kind, event.source) == ("system.warning", "system")
        assert event.data == {"subject": "Disk", "reason": "90 % full"}
        outbox = Outbox.objects.get()
        assert (outbox.event, outbox.attempts, outbox.error) == (event, 0, "")

    def test_it_speaks_upwards_only_after_the_commit(
        self, floor: Cast, heard: list[int], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks() as callbacks:
            event = events.record(Kind.SYSTEM_INFO, hospital=floor.hospital)
        assert heard == []
        for callback in callbacks:
            callback()
        assert heard == [event.pk]

    @pytest.mark.django_db(transaction=True)
    def test_a_rolled_back_change_is_not_spoken_of(self, floor: Cast, heard: list[int]) -> None:
        with transaction.atomic():
            events.record(Kind.SYSTEM_INFO, hospital=floor.hospital)
            transaction.set_rollback(True)
        assert heard == []
        assert not Event.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_a_fault_of_a_listener_does_not_undo_what_happened(
        self, floor: Cast, heard: list[int], caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(**_: Any) -> None:
            raise ZeroDivisionError("a rule is broken")

        events.recorded.connect(broken, weak=False)
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        assert Admission.objects.get() == admission
        assert Outbox.objects.count() == 1, "the sweep will find it"
        assert "a rule is broken" in caplog.text


class TestRecordAll:
    @pytest.mark.django_db(transaction=True)
    def test_outside_a_transaction_it_refuses(self, floor: Cast) -> None:
        with pytest.raises(RuntimeError, match="inside the transaction of the change"):
            events.record_all([Event(hospital=floor.hospital, kind=Kind.SYSTEM_INFO)])

    def test_many_take_as_many_queries_as_one(
        self, floor: Cast, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for count in (1, 50):
            new = [Event(hospital=floor.hospital, kind=Kind.SYSTEM_INFO) for _ in range(count)]
            with django_assert_num_queries(1):
                written = events.record_all(new)
            assert Outbox.objects.filter(event__in=written).count() == count

    def test_they_are_spoken_of_together(
        self, floor: Cast, heard: list[int], django_capture_on_commit_callbacks: Any
    ) -> None:
        new = [Event(hospital=floor.hospital, kind=Kind.SYSTEM_INFO) for _ in range(3)]
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            written = events.record_all(new)
        assert len(callbacks) == 1
        assert heard == [event.pk for event in written]


class TestIdempotencyKey:
    def test_it_counts_once_a_source(self, floor: Cast) -> None:
        events.record(Kind.SYSTEM_INFO, hospital=floor.hospital, source="api", key="k")
        with pytest.raises(IntegrityError, match="event_key_once_a_source"), transaction.atomic():
            events.record(Kind.SYSTEM_INFO, hospital=floor.hospital, source="api", key="k")
        assert Event.objects.count() == 1

    def test_another_source_may_use_it_too(self, floor: Cast) -> None:
        for source in Event.Source.values:
            events.record(Kind.SYSTEM_INFO, hospital=floor.hospital, source=source, key="k")
        assert Event.objects.count() == len(Event.Source)

    def test_another_hospital_may_use_it_too(self, floor: Cast) -> None:
        events.record(Kind.SYSTEM_INFO, hospital=floor.hospital, source="api", key="k")
        with scope(hospital=floor.other_hospital.pk):
            events.record(Kind.SYSTEM_INFO, hospital=floor.other_hospital, source="api", key="k")
            assert Event.objects.count() == 1

    def test_none_may_be_repeated(self, floor: Cast) -> None:
        for _ in range(2):
            events.record(Kind.SYSTEM_INFO, hospital=floor.hospital)
        assert Event.objects.count() == 2


APPEND_ONLY = pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda event: event.save(), id="save"),
        pytest.param(lambda event: event.delete(), id="delete"),
        pytest.param(lambda event: Event.objects.update(kind="x"), id="update"),
        pytest.param(lambda event: Event.objects.filter(pk=event.pk).delete(), id="bulk-delete"),
        pytest.param(lambda event: _sql("UPDATE wards_event SET at = now()"), id="sql-update"),
        pytest.param(lambda event: _sql("DELETE FROM wards_event"), id="sql-delete"),
    ],
)


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@APPEND_ONLY
def test_an_event_is_never_changed_or_deleted(floor: Cast, change: Any) -> None:
    event = factories.record_event(floor.hospital)
    Outbox.objects.all().delete()  # so that nothing but the trigger stands in the way
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(event)
    assert Event.objects.get().kind == Kind.SYSTEM_INFO


def test_what_an_event_tells_of_cannot_be_deleted(floor: Cast) -> None:
    admission = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
    admissions.discharge(admission=admission)
    for row in (admission, floor.patient, floor.cardiology, floor.hospital):
        with pytest.raises(models.ProtectedError):
            row.delete()


def test_every_kind_is_unlike_any_other() -> None:
    assert len(set(Kind.labels)) == len(Kind)
    longest = Event._meta.get_field("kind").max_length
    assert longest is not None
    assert all(len(kind) <= longest for kind in Kind)
