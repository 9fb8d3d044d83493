"""What beat does for the inbox."""

from celery import shared_task
from django_scopes import scopes_disabled

from inbox import fanout, mailbox
from wards.base import clock
from wards.models import Outbox


@shared_task
def sweep() -> None:
    """Tells of the events that a crash or a fault left untold, and wakes what was snoozed."""
    with scopes_disabled():
        due = Outbox.objects.filter(retry_at__lte=clock.now(), attempts__lt=fanout.MAX_ATTEMPTS)
        events = list(due.values_list("event_id", flat=True)[: fanout.TOGETHER])
    fanout.dispatch(events)
    mailbox.wake_snoozed()
