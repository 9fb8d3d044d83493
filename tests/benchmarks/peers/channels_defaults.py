"""A bell the way Channels' documentation leads one to write it, on Wardbell's own tables.

The session and user are looked up by AuthMiddlewareStack, the state by queries of each socket's
own, and each user has a group.
"""

import os
from typing import Any
from urllib.parse import parse_qs

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.peers.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.serializers.json import DjangoJSONEncoder  # noqa: E402
from django.urls import path  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402

from inbox.models import Mailbox, Notification  # noqa: E402

FIELDS = ("id", "seq", "event__kind", "category", "level", "title", "message", "link")
TIMES = ("created_at", "read_at", "acknowledged_at", "archived_at", "snoozed_until")


class Bell(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        user = self.scope["user"]
        if user is None or not user.is_authenticated:
            await self.close()
            return
        await self.channel_layer.group_add(f"user.{user.pk}", self.channel_name)
        await self.accept()
        since = int(parse_qs(self.scope["query_string"].decode()).get("since", ["0"])[0])
        await self.send_json(await self.catch_up(user.pk, since))

    @database_sync_to_async
    def catch_up(self, user: int, since: int) -> dict[str, Any]:
        with scopes_disabled():
            mailbox = Mailbox.objects.get(pk=user)
            changed = Notification.objects.filter(recipient=user, seq__gt=since).order_by("seq")
            return {
                "type": "catchup",
                "seq": mailbox.seq,
                "unread": mailbox.unread,
                "notifications": list(changed.values(*FIELDS, *TIMES)),
            }

    async def alert(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        return DjangoJSONEncoder().encode(content)


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AuthMiddlewareStack(
            URLRouter([path("ws/inbox/", Bell.as_asgi())])  # type: ignore[list-item, arg-type]
        ),
    }
)
