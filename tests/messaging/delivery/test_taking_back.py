"""Taking back locks everything at once, in the order that all keep to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from messaging import delivery
from messaging.delivery.transitions import locked
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.inbox.test_lock_order import blocked
from tests.messaging.outbox import queue_messages
from tests.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_has_left_is_not_locked_before_what_waits(cast: Cast) -> None:
    """Else whoever holds the first and wants the second waits for us, and we for them."""
    event = factories.record_event(cast.hospital)
    waits, given_out = queue_messages(cast.hospital, 2, event=event)
    with scopes_disabled():
        Message.objects.filter(pk=given_out.pk).update(status=Status.SENDING)

    def take_back() -> int:
        try:
            return delivery.cancel([event.pk], reason="withdrawn")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, scopes_disabled():
        with transaction.atomic():
            assert locked(Message.objects.filter(pk=waits.pk))
            other = pool.submit(take_back)
            wait_for(blocked, 10, "the one who takes back")
            later = Message.objects.filter(pk=given_out.pk).select_for_update(nowait=True)
            assert later.get().expires_at is None
        assert other.result(20) == 1
        given_out.refresh_from_db()
        assert given_out.expires_at is not None, "it is not tried again"
