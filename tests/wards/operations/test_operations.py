"""How operations run: once, by one worker, to an end; and what is told, kept and taken away."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.cast import Cast
from tests.wards.operations.bulk import PATIENTS, counts, downloaded, errors, run_import, table
from wards import tasks
from wards.base import jobs, wakeups
from wards.base.refused import Refused
from wards.events import touched
from wards.kinds import Kind
from wards.models import BulkOperation, Event, Patient
from wards.operations import actions, files, runner
from wards.operations.imports import PatientImport
from wards.operations.jobs import Outcome

pytestmark = pytest.mark.usefixtures("media")
Committed = pytest.mark.django_db(transaction=True)
Status = BulkOperation.Status
ROWS = [f"{n},A,B,{n}@example.com,,," for n in range(10)]


def start(cast: Cast, rows: Sequence[str] = ROWS) -> BulkOperation:
    return actions.start_import(hospital=cast.hospital, by=cast.mona, file=table(PATIENTS, rows))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of three rows."""
    monkeypatch.setattr(PatientImport, "together", 3)


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The operations that workers are asked to run, instead of asking any."""
    asked: list[int] = []
    current_app.control.purge()  # what other tests have left there would be nudge enough
    monkeypatch.setattr(wakeups, "nudge", lambda task, *args, **how: asked.append(args[0]))
    return asked


def claim(operation: BulkOperation) -> None:
    """As a worker that is never heard of again."""
    assert jobs._claim(runner.Operations(), operation.pk)


def break_at(monkeypatch: pytest.MonkeyPatch, chunk: int, fault: Exception) -> None:
    """The import raises within this chunk (from 0), after it has done its rows; once."""
    whole = PatientImport.apply
    seen = iter(range(1000))

    def apply(job: PatientImport, rows: Sequence[object]) -> Outcome:
        outcome = whole(job, rows)  # type: ignore[arg-type]
        if next(seen) == chunk:
            raise fault
        return outcome

    monkeypatch.setattr(PatientImport, "apply", apply)


class TestRunning:
    def test_it_waits_until_a_worker_takes_it(self, floor: Cast) -> None:
        operation = start(floor)
        assert (operation.status, operation.duration(), operation.success_rate()) == (
            "pending", 0.0, 0.0,
        )  # fmt: skip
        assert not Patient.objects.filter(email="1@example.com").exists()

    @Committed
    def test_a_worker_is_woken_after_the_commit(self, floor: Cast, nudged: list[int]) -> None:
        operation = start(floor)
        assert nudged == [operation.pk]

    def test_a_second_worker_leaves_it_alone(self, floor: Cast) -> None:
        operation = start(floor)
        claim(operation)
        assert runner.due() == []
        assert actions.run_now(operation).status == Status.PROCESSING

    def test_what_has_ended_is_not_begun_again(self, floor: Cast) -> None:
        operation = run_import(floor, *ROWS)
        assert actions.run_now(operation).successful_records == 10

    def test_a_worker_that_was_not_heard_of_is_replaced(
        self, floor: Cast, nudged: list[int]
    ) -> None:
        operation = start(floor)
        claim(operation)
        late = timezone.now() - timedelta(seconds=1)
        BulkOperation.objects.update(lease_until=late)
        tasks.sweep_operations()
        assert nudged[-1] == operation.pk
        assert counts(actions.run_now(operation)) == ("completed", 10, 10, 0)

    def test_a_worker_that_slept_through_its_lease_stops(
        self, floor: Cast, small: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its place was taken: it does not do a row."""
        hold = jobs._hold

        def overtaken(held: jobs.Held[BulkOperation]) -> None:
            BulkOperation.objects.filter(cursor=3).update(worker="another")
            hold(held)

        monkeypatch.setattr(jobs, "_hold", overtaken)
        assert counts(actions.run_now(start(floor))) == ("processing", 10, 3, 0)
        assert Patient.objects.filter(email__endswith="@example.com").count() == 3

    def test_progress_is_told_after_every_chunk(
        self, floor: Cast, small: None, django_capture_on_commit_callbacks: object
    ) -> None:
        told: list[str] = []
        listen = lambda topics, **_: told.extend(topics)  # noqa: E731
        touched.connect(listen)
        try:
            operation = start(floor)
            with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
                actions.run_now(operation)
        finally:
            touched.disconnect(listen)
        # When it is taken, for each of four chunks, and at the end.
        assert told.count(f"operation.{operation.pk}") == told.count("operations") == 6


class TestFaults:
    def test_without_a_database_it_is_resumed(
        self, floor: Cast, small: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_at(monkeypatch, 2, OperationalError("gone"))
        operation = actions.run_now(start(floor))
        assert counts(operation) == ("processing", 10, 6, 0)
        assert operation.cursor == 6, "the third chunk was rolled back"
        BulkOperation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert counts(actions.run_now(operation)) == ("completed", 10, 10, 0)
        assert Patient.objects.filter(email__endswith="@example.com").count() == 10

    def test_a_fault_of_ours_ends_it_and_undoes_the_chunk(
        self, floor: Cast, small: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_at(monkeypatch, 1, RuntimeError("Layla Haddad has no such thing"))
        operation = actions.run_now(start(floor))
        assert counts(operation) == ("failed", 10, 3, 0)
        assert operation.error_message == "An unexpected fault (RuntimeError)."
        assert operation.completed_at is not None
        assert Patient.objects.filter(email__endswith="@example.com").count() == 3

    def test_what_failed_can_be_resumed(
        self, floor: Cast, small: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_at(monkeypatch, 1, RuntimeError())
        operation = actions.run_now(start(floor))
        actions.resume(operation=operation)
        assert counts(actions.run_now(operation)) == ("completed", 10, 10, 0)
        assert operation.error_message == ""
        with pytest.raises(Refused):
            actions.resume(operation=operation)

    def test_errors_of_a_chunk_that_was_undone_are_in_the_file_once(
        self, floor: Cast, small: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        do = PatientImport._do
        died: list[int] = []

        def die(job: PatientImport, rows: Sequence[Any]) -> bool:
            done = do(job, rows)
            if job.operation.cursor == 6 and not died:
                died.append(1)
                raise OperationalError("gone")
            return done

        monkeypatch.setattr(PatientImport, "_do", die)
        operation = actions.run_now(start(floor, ["x,,,,,,"] * 10))
        assert counts(operation) == ("processing", 10, 0, 3)
        BulkOperation.objects.update(lease_until=None)
        actions.run_now(operation)
        lines = [row.split(",")[0] for row in downloaded(operation, "errors").splitlines()]
        assert lines == ["line", *(str(line) for line in range(2, 12))]
        assert [line for line, _error in errors(operation)] == list(range(2, 12))

    def test_a_file_that_is_gone(self, floor: Cast) -> None:
        operation = start(floor)
        files.place(operation, "input").unlink()
        assert counts(actions.run_now(operation)) == ("failed", 10, 0, 0)

    def test_what_kills_every_worker_is_given_up(self, floor: Cast) -> None:
        operation = start(floor)
        BulkOperation.objects.update(attempts=jobs.MAX_ATTEMPTS)
        operation = actions.run_now(operation)
        assert operation.status == Status.FAILED
        assert "attempts" in operation.error_message

    def test_the_next_job_finds_no_rows_of_the_last_one(self, floor: Cast) -> None:
        """Connections are pooled, and the temporary table with them."""
        run_import(floor, *ROWS)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'incoming'")
            assert cursor.fetchone() == (0,)


class TestCancelling:
    def test_before_it_began(self, floor: Cast) -> None:
        operation = start(floor)
        actions.cancel(operation=operation)
        assert counts(actions.run_now(operation)) == ("cancelled", 10, 0, 0)

    def test_between_two_chunks(
        self, floor: Cast, small: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps = PatientImport.steps
        operation = start(floor)

        def cancelled(job: PatientImport) -> Iterator[jobs.Step]:
            for number, step in enumerate(steps(job)):
                if number == 2:
                    actions.cancel(operation=operation)
                yield step

        monkeypatch.setattr(PatientImport, "steps", cancelled)
        operation = actions.run_now(operation)
        assert counts(operation) == ("cancelled", 10, 6, 0)
        assert not Event.objects.filter(kind=Kind.BULK_OPERATION_COMPLETED).exists()
        monkeypatch.undo()
        actions.resume(operation=operation)
        assert actions.run_now(operation).successful_records == 10

    def test_what_has_ended(self, floor: Cast) -> None:
        with pytest.raises(Refused, match="already ended"):
            actions.cancel(operation=run_import(floor, *ROWS))


def test_the_numbers_pages_show(floor: Cast, settings: Settings) -> None:
    now = timezone.now()
    operation = BulkOperation(
        total_records=8, successful_records=6, started_at=now - timedelta(seconds=90)
    )
    assert operation.success_rate() == 75.0
    assert 90 <= operation.duration() < 91
    operation.completed_at = now
    assert operation.duration() == 90.0
