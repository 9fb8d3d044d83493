"""Words for tests of what did not happen after all."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django_scopes import scope, scopes_disabled

from inbox import fanout
from inbox.models import Notification
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.faults.invariants import assert_mailboxes_consistent
from wards.actions import corrections
from wards.models import Admission, Outbox, User

GONE = "Pat Patel was not admitted to Cardiology after all"


@contextmanager
def nobody_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What happens meanwhile waits in the outbox."""
    with monkeypatch.context() as patch:
        patch.setattr(fanout, "dispatch", lambda ids: 0)
        yield


def admitted(cast: Cast) -> Admission:
    """Pat is in the first bed of Cardiology."""
    return factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)


def take_back(cast: Cast, stay: Admission) -> None:
    """Pat was not admitted."""
    with scope(hospital=cast.hospital.pk):
        corrections.cancel_admission(admission=stay)


def shown(user: User) -> list[str]:
    """The titles of what is before a user's eyes, oldest first."""
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=user, archived_at=None).order_by("id")
        return [*mine.values_list("title", flat=True)]


def unsent() -> int:
    """How many messages wait to be sent."""
    with scopes_disabled():
        return Message.objects.filter(status=Status.QUEUED).count()


def waiting() -> list[int]:
    """The events that nobody has been told of."""
    with scopes_disabled():
        return [*Outbox.objects.order_by("pk").values_list("pk", flat=True)]


def assert_only_the_end_is_told(cast: Cast) -> None:
    """Only the taking back can be seen, nothing waits, and the counts are right."""
    assert shown(cast.noor) == [GONE]
    assert shown(cast.pat) == []
    assert unsent() == 0
    assert waiting() == []
    assert_mailboxes_consistent()
