"""Old alerts that were read are deleted; what anybody may still need is not."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scopes_disabled

from inbox import retention
from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from wards.base import clock
from wards.models import Event, Withdrawal

OLD = timedelta(days=100)


@pytest.fixture(autouse=True)
def _unscoped() -> Any:
    with scopes_disabled():
        yield


def create(cast: Cast, **columns: Any) -> Notification:
    """An alert that came and was read a hundred days ago, but for what is said otherwise."""
    note = factories.create_notification(cast.noor)
    long_ago = clock.now() - OLD
    Notification.objects.filter(pk=note.pk).update(
        **{"created_at": long_ago, "read_at": long_ago, "level": "info"} | columns
    )
    return note


def cleanup(*options: str) -> str:
    out = StringIO()
    call_command("cleanup_notifications", *options, stdout=out)
    return out.getvalue().strip()


def left() -> set[int]:
    return set(Notification.objects.values_list("pk", flat=True))


def test_the_old_ones_that_were_read_go(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    for _ in range(5):
        create(cast)
    events = Event.objects.count()
    assert cleanup("--days", "90", "--dry-run") == "Would delete 5 notifications"
    assert len(left()) == 5
    assert cleanup("--days", "90") == "Deleted 5 notifications"
    assert not left()
    assert Event.objects.count() == events
    assert cleanup("--days", "90") == "Deleted 0 notifications"


def test_what_somebody_may_need_stays(cast: Cast) -> None:
    now = clock.now()
    kept = {
        create(cast, read_at=None).pk,
        create(cast, read_at=now).pk,
        create(cast, created_at=now, read_at=now).pk,
        create(cast, snoozed_until=now + timedelta(hours=1)).pk,
        create(cast, level="critical").pk,
    }
    create(cast, level="critical", acknowledged_at=now - OLD)
    assert cleanup("--days", "90") == "Deleted 1 notifications"
    assert left() == kept


def test_a_critical_one_that_was_withdrawn_is_as_any_other(cast: Cast) -> None:
    note = create(cast, level="critical")
    Withdrawal.objects.create(event=note.event, by=factories.create_notification(cast.noor).event)
    assert cleanup() == "Deleted 1 notifications"


@pytest.mark.parametrize("days", ["0", "-1"])
def test_not_what_is_of_today(cast: Cast, days: str) -> None:
    with pytest.raises(CommandError):
        cleanup("--days", days)


def test_a_page_is_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        create(cast)
    with django_assert_num_queries(2):
        retention.delete_old(datetime.now(clock.now().tzinfo) - timedelta(days=90))
