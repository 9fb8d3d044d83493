"""One task a message, as one would write it with Celery and its default settings.

The same provider, the same rows, the same carrier; a task loads the message, sends it and saves it.
`celery -A tests.benchmarks.peers.celery_each worker` runs it, with a process for each processor.
"""

import os

import django
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402

from messaging import carriers  # noqa: E402
from messaging.carriers.base import Outgoing  # noqa: E402
from messaging.channels import Channel  # noqa: E402
from messaging.models import Message  # noqa: E402
from messaging.statuses import Status  # noqa: E402

app = Celery("celery_each", broker=settings.REDIS_URL)


@app.task
def send(message_id: int) -> None:
    """Hands one message over."""
    with scopes_disabled():
        message = Message.objects.select_related("hospital").get(pk=message_id)
        provider = carriers.get("sandbox")
        accepted = provider.send(
            Outgoing(
                reference=message.reference,
                channel=Channel(message.channel),
                to=message.address,
                subject=message.subject,
                body=message.body,
                language=message.language,
                sender=str(message.hospital),
                callback_url=carriers.callback_url(provider.name, message.reference),
            )
        )
        message.status, message.provider_id = Status.SENT, accepted.provider_id
        message.cost, message.due_at = accepted.cost, None
        message.save(update_fields=["status", "provider_id", "cost", "due_at"])
