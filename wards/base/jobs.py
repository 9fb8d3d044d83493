"""Long jobs: done by one worker at a time, step by step, from where the last worker stopped.

A job is a row, and its kind says what its steps are. Every step is a transaction that holds the row
and notes how far it came. So a worker that is killed loses one step, one that slept through its
lease does nothing any more, and whoever cancels waits for one step at most.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from wards.base import clock, faults, stopping
from wards.base.csv_rows import FileRefused
from wards.base.storage import is_full

log = structlog.get_logger(__name__)

# How often it is begun without any progress before it counts as what kills workers.
MAX_ATTEMPTS = 25
# Passes by itself, or with new ids: no database, a deadlock, somebody was quicker.
PASSING = (OperationalError, InterfaceError, IntegrityError)
BEGUN = ("status", "started_at", "worker")
ENDED = ("status", "failure", "completed_at")

# A part of the work; true where that was progress: nobody need do it again.
Step = Callable[[], object]
Steps = Generator[Step, None, None]


class Row(Protocol):
    """A job, and who is at it until when. Fields of Django take more types than they give."""

    pk: Any
    status: Any
    failure: Any
    started_at: Any
    completed_at: Any
    worker: Any
    attempts: Any  # since the last progress
    lease_until: Any

    def save(self, *, update_fields: Iterable[str] | None = ...) -> None: ...


R = TypeVar("R", bound=Row)


class Kind(ABC, Generic[R]):
    """One kind of job: which rows wait for a worker, what is done for them, how that ends."""

    name: ClassVar[str]  # for the log
    model: ClassVar[Any]
    owner: ClassVar[str]  # the field of whoever started it, whose language its words are in
    related: ClassVar[tuple[str, ...]] = ()  # rows that are read with it
    noted: ClassVar[tuple[str, ...]]  # fields that steps and ends may change
    touch: Callable[[Any], None]  # wakes the pages that show a row, after the commit

    @abstractmethod
    def waiting(self) -> Q:
        """The rows for which something is to be done, whether or not somebody is at it."""

    @abstractmethod
    def begin(self, row: R) -> None:
        """Marks a row that was taken from those that wait; it is saved afterwards."""

    @abstractmethod
    def steps(self, row: R) -> Steps:
        """What is left to do. The row keeps its status meanwhile; other fields are saved."""

    @abstractmethod
    def end(self, row: R) -> None:
        """Marks a row all of whose steps are done; it is saved afterwards."""

    @abstractmethod
    def fail(self, row: R) -> None:
        """Marks a row that cannot be gone on with, and why it has; it is saved afterwards."""


class Gone(Exception):
    """It was cancelled or changed, or another worker is at it."""


@dataclass
class Held(Generic[R]):
    """A job that we have claimed; `ours` finds its row for as long as nobody took it from us."""

    kind: Kind[R]
    row: R
    ours: Any


def run(kind: Kind[R], pk: int) -> bool:
    """Works on the job until it is done, or is somebody else's; true where it is handed back.

    What passes by itself (no database) is left to the next worker, which goes on from the last step
    that was committed; anything else ends it as failed, with the reason.
    """
    with scopes_disabled():
        held = _claim(kind, pk)
        if held is None:
            return False
        with translation.override(getattr(held.row, kind.owner).language):
            try:
                _work(held)
            except stopping.Told:
                return _hand_back(held)
            except Gone:
                log.info("job_left", job=kind.name, id=pk)
            except PASSING as fault:
                log.warning("job_interrupted", job=kind.name, id=pk, fault=faults.place(fault))
            except FileRefused as refused:
                _fail(held, str(refused))
            except Exception as fault:  # whatever it is, the job does not hang
                log.error("job_failed", job=kind.name, id=pk, fault=faults.place(fault))
                _fail(held, _reason(fault))
    return False


def due(kind: Kind[R]) -> list[int]:
    """The jobs that wait for a worker, or whose worker has not been heard of for a lease."""
    with scopes_disabled():
        return list(_claimable(kind).order_by("pk").values_list("pk", flat=True))


def begin_anew(row: Row) -> None:
    """Forgets how it ended, and who was at it: it is to be gone on with. Not saved."""
    row.failure, row.completed_at = "", None
    row.worker, row.attempts, row.lease_until = "", 0, None


def _claimable(kind: Kind[R]) -> Any:
    silent = Q(lease_until=None) | Q(lease_until__lt=clock.now())
    return kind.model.objects.filter(kind.waiting(), silent)


def _claim(kind: Kind[R], pk: int) -> Held[R] | None:
    """The job, ours from now on; None where there is nothing to do for us."""
    claimable = _claimable(kind).filter(pk=pk)
    with transaction.atomic():
        row = _lock(kind, claimable, skip_locked=True)
        if row is None:
            return None
        kind.begin(row)
        row.worker = uuid.uuid4().hex
        row.attempts += 1
        _note(kind, row, BEGUN)
    ours = kind.model.objects.filter(pk=row.pk, worker=row.worker, status=row.status)
    return Held(kind, row, ours)


def _work(held: Held[R]) -> None:
    if held.row.attempts > MAX_ATTEMPTS:
        _fail(held, _("Given up after %s attempts without progress.") % MAX_ATTEMPTS)
        return
    with closing(held.kind.steps(held.row)) as steps:
        for step in steps:
            _do(held, step)
            stopping.look()
    with transaction.atomic():
        _hold(held)
        held.kind.end(held.row)
        _release(held.kind, held.row)


def _do(held: Held[R], step: Step) -> None:
    """Does a step in the transaction that also notes it. Raises Gone."""
    with transaction.atomic():
        _hold(held)
        if step():
            held.row.attempts = 0
        _note(held.kind, held.row, held.kind.noted)


def _hold(held: Held[R]) -> None:
    """Locks the row of the job until the end of the transaction. Raises Gone."""
    if not held.ours.select_for_update().values_list("pk", flat=True):
        raise Gone


def _lock(kind: Kind[R], rows: Any, *, skip_locked: bool = False) -> R | None:
    """The only one of the rows, as it is now, locked; None where there is none."""
    locked = rows.select_for_update(of=("self",), skip_locked=skip_locked)
    row: R | None = locked.select_related(kind.owner, *kind.related).first()
    return row


def _note(kind: Kind[R], row: R, fields: Iterable[str]) -> None:
    """Saves these fields, and that we are at it for another while."""
    row.lease_until = clock.now() + timedelta(seconds=settings.BULK_LEASE)
    row.save(update_fields=[*fields, "attempts", "lease_until"])
    kind.touch(row)


def _release(kind: Kind[R], row: R) -> None:
    """Saves the end of this work: the next one may begin at once."""
    row.attempts, row.lease_until = 0, None
    row.save(update_fields=[*kind.noted, *ENDED, "attempts", "lease_until"])
    kind.touch(row)


def _hand_back(held: Held[R]) -> bool:
    """Ends the lease, so that another worker can go on at once. To be told is no failure."""
    attempts = max(held.row.attempts - 1, 0)
    return bool(held.ours.update(lease_until=None, attempts=attempts))


def _fail(held: Held[R], reason: str) -> None:
    """Ends it as failed. Where even that is not possible, the next worker finds it."""
    kind = held.kind
    try:
        with transaction.atomic():
            # Read again: what a step that was rolled back did to our row is not what happened.
            row = _lock(kind, held.ours)
            if row is None:
                raise Gone
            row.failure = reason
            kind.fail(row)
            _release(kind, row)
    except (Gone, *PASSING) as fault:
        log.warning("job_left", job=kind.name, id=held.row.pk, fault=faults.place(fault))


def _reason(fault: Exception) -> str:
    """What people are told of a fault of ours: its kind, as its text may quote a patient."""
    if is_full(fault):
        return _("There is no room left on the server's disk. Tell your IT.")
    return _("An unexpected fault (%s).") % type(fault).__name__
