"""The engine of long jobs: claimed once, held step by step, handed back, given up, failed."""

import errno
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django_scopes import scopes_disabled

from tests import factories
from tests.wards.base.chores import Chores, Log, broken, create_job, how, let_lease_run_out
from wards.base import jobs, stopping
from wards.base.csv_rows import FileRefused
from wards.models import BulkOperation, User

pytestmark = pytest.mark.django_db
Committed = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _unscoped() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def mona() -> User:
    return factories.create_user(factories.create_hospital())


@pytest.fixture
def job(mona: User) -> BulkOperation:
    return create_job(mona)


@pytest.fixture
def log() -> Log:
    return Log()


class TestClaiming:
    def test_it_is_done_step_by_step(self, job: BulkOperation, log: Log) -> None:
        kind = Chores(log.chore("a"), log.chore("b"))
        assert jobs.due(kind) == [job.pk]
        assert not jobs.run(kind, job.pk)
        assert (log, how(job)) == (["a", "b"], ("completed", 2, 0))
        assert (job.lease_until, kind.touched, kind.closed) == (None, 4, 1)
        assert jobs.due(kind) == []
        jobs.run(kind, job.pk)
        assert log == ["a", "b"], "what has ended is not begun again"

    @Committed
    def test_of_several_workers_one_gets_it(self, mona: User, log: Log) -> None:
        """Each job's only chore ends while the others are still refused it."""
        workers, rounds = 4, 15
        barrier = Barrier(workers)

        def race(rows: Sequence[BulkOperation]) -> None:
            for row in rows:
                barrier.wait(30)
                jobs.run(Chores(log.chore(str(row.pk))), row.pk)
            connection.close()

        rows = [create_job(mona) for _ in range(rounds)]
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(race, [rows] * workers))
        assert sorted(log) == sorted(str(row.pk) for row in rows)
        assert {how(row) for row in rows} == {("completed", 1, 0)}

    @Committed
    def test_nobody_waits_for_one_that_is_just_being_claimed(
        self, job: BulkOperation, log: Log
    ) -> None:
        def other() -> None:
            jobs.run(Chores(log.chore("a")), job.pk)
            connection.close()

        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            BulkOperation.objects.select_for_update().get(pk=job.pk)
            pool.submit(other).result(20)
        assert (log, how(job)) == ([], ("pending", 0, 0))

    def test_another_worker_is_at_it(self, job: BulkOperation, log: Log) -> None:
        def ask(row: BulkOperation) -> None:
            assert jobs.due(kind) == []
            jobs.run(kind, job.pk)

        kind = Chores(ask, log.chore("a"))
        jobs.run(kind, job.pk)
        assert (log, kind.closed) == (["a"], 1)


class TestHolding:
    def test_who_slept_through_the_lease_does_nothing_any_more(
        self, job: BulkOperation, log: Log
    ) -> None:
        """Between two steps another worker takes its place, and is still at it."""
        sleepy = Chores(log.chore("a"), log.chore("b"))
        touch = sleepy.touch

        def sleep(row: BulkOperation) -> None:
            touch(row)
            if row.cursor == 1 and not other.touched:
                let_lease_run_out(job)
                jobs.run(other, job.pk)

        other = Chores(log.chore("-"), log.chore("other's b"), broken(OperationalError("gone")))
        sleepy.touch = sleep  # type: ignore[method-assign]
        jobs.run(sleepy, job.pk)
        assert (log, how(job)) == (["a", "other's b"], ("processing", 2, 0))

    def test_a_lease_that_has_run_out_unnoticed_is_renewed(
        self, job: BulkOperation, log: Log
    ) -> None:
        def slow(row: BulkOperation) -> bool:
            let_lease_run_out(job)
            return True

        def due(row: BulkOperation) -> None:
            assert jobs.due(kind) == []

        kind = Chores(slow, due)
        jobs.run(kind, job.pk)
        assert how(job)[0] == "completed"

    def test_what_was_cancelled_is_left_alone(self, job: BulkOperation, log: Log) -> None:
        def cancel(row: BulkOperation) -> None:
            BulkOperation.objects.filter(pk=job.pk).update(status="cancelled")

        kind = Chores(log.chore("a"), cancel, log.chore("b"))
        jobs.run(kind, job.pk)
        assert (log, how(job), kind.closed) == (["a"], ("cancelled", 2, 0), 1)

    def test_begun_anew_it_is_nobodys(self, job: BulkOperation, log: Log) -> None:
        """Even where the worker that was at it never noticed that it had been cancelled."""

        def resume(row: BulkOperation) -> None:
            found = BulkOperation.objects.get(pk=job.pk)
            jobs.begin_anew(found)
            found.save()

        kind = Chores(resume, log.chore("a"))
        jobs.run(kind, job.pk)
        assert (log, how(job)) == ([], ("processing", 1, 1))
        BulkOperation.objects.update(lease_until=None)
        jobs.run(kind, job.pk)
        assert (log, how(job)) == (["a"], ("completed", 2, 0))


class TestHandingBack:
    @pytest.mark.parametrize("progress", [True, False])
    def test_a_worker_that_is_to_stop_hands_it_back_after_the_step(
        self, job: BulkOperation, log: Log, monkeypatch: pytest.MonkeyPatch, progress: bool
    ) -> None:
        kind = Chores(log.chore("a", progress=progress), log.chore("b"))
        with monkeypatch.context() as patch:
            patch.setattr(stopping, "_told", b"\1")
            assert jobs.run(kind, job.pk)
        assert (log, how(job), kind.closed) == (["a"], ("processing", 1, 0), 1)
        assert jobs.due(kind) == [job.pk]
        assert not jobs.run(kind, job.pk)
        assert (log, how(job)) == (["a", "b"], ("completed", 2, 0))

    def test_what_was_taken_from_it_is_not_handed_back(
        self, job: BulkOperation, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def take(row: BulkOperation) -> None:
            BulkOperation.objects.filter(pk=job.pk).update(worker="another")

        monkeypatch.setattr(stopping, "_told", b"\1")
        assert not jobs.run(Chores(take, log.chore("b")), job.pk)
        job.refresh_from_db()
        assert job.lease_until is not None


class TestAttempts:
    def test_they_are_counted_until_there_is_progress(self, job: BulkOperation, log: Log) -> None:
        fault = broken(OperationalError("gone"))
        for attempt in (1, 2, 3):
            jobs.run(Chores(log.chore("a", progress=False), fault), job.pk)
            assert how(job) == ("processing", 1, attempt)
            BulkOperation.objects.update(lease_until=None, cursor=0)
        jobs.run(Chores(log.chore("a"), fault), job.pk)
        assert how(job) == ("processing", 1, 0)

    def test_what_kills_every_worker_is_given_up(self, job: BulkOperation, log: Log) -> None:
        User.objects.update(language="ar")
        BulkOperation.objects.update(attempts=jobs.MAX_ATTEMPTS - 1)
        kind = Chores(broken(OperationalError("gone")))
        jobs.run(kind, job.pk)
        assert how(job) == ("processing", 0, jobs.MAX_ATTEMPTS)
        BulkOperation.objects.update(lease_until=None)
        jobs.run(Chores(log.chore("a")), job.pk)
        assert (log, how(job)) == ([], ("failed", 0, 0))
        assert job.failure == f"أُوقفت بعد {jobs.MAX_ATTEMPTS} محاولات بلا تقدم."


class TestFaults:
    @Committed
    def test_without_a_database_it_is_left_to_the_next(self, job: BulkOperation, log: Log) -> None:
        """A connection that is cut in the middle of a step, which is undone."""

        def cut(row: BulkOperation) -> None:
            BulkOperation.objects.filter(pk=job.pk).update(failure="half done")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        kind = Chores(log.chore("a"), cut)
        assert not jobs.run(kind, job.pk)
        connection.close()
        assert (how(job), job.failure, kind.closed) == (("processing", 1, 0), "", 1)
        assert jobs.due(kind) == [], "as long as its lease lasts"
        let_lease_run_out(job)
        assert jobs.due(kind) == [job.pk]
        jobs.run(Chores(log.chore("a"), log.chore("b")), job.pk)
        assert (log, how(job)) == (["a", "b"], ("completed", 2, 0))

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            (ValueError("Layla Haddad"), "An unexpected fault (ValueError)."),
            (FileRefused("Line 7 is no line."), "Line 7 is no line."),
            (
                OSError(errno.ENOSPC, "No space left on device"),
                "There is no room left on the server's disk. Tell your IT.",
            ),
        ],
    )
    def test_it_fails_with_a_reason(
        self, job: BulkOperation, log: Log, fault: Exception, reason: str
    ) -> None:
        kind = Chores(log.chore("a"), broken(fault), log.chore("b"))
        jobs.run(kind, job.pk)
        assert (log, how(job), job.failure) == (["a"], ("failed", 1, 0), reason)
        assert (job.lease_until, kind.closed) == (None, 1)
        assert jobs.due(kind) == []

    def test_a_fault_outside_the_steps_fails_it_too(self, job: BulkOperation) -> None:
        class Torn(Chores):
            def steps(self, row: BulkOperation) -> jobs.Steps:
                yield from super().steps(row)
                raise KeyError("Layla Haddad")

        jobs.run(Torn(), job.pk)
        assert (how(job)[0], job.failure) == ("failed", "An unexpected fault (KeyError).")

    def test_who_lost_it_cannot_fail_it(self, job: BulkOperation) -> None:
        def take(row: BulkOperation) -> Any:
            BulkOperation.objects.filter(pk=job.pk).update(worker="another")
            return True

        class Torn(Chores):
            def steps(self, row: BulkOperation) -> jobs.Steps:
                yield from super().steps(row)
                raise KeyError

        jobs.run(Torn(take), job.pk)
        assert (how(job), job.failure) == (("processing", 1, 0), "")
