"""Socket addresses."""

from channels.routing import URLRouter
from django.urls import path

from inbox.live.consumers import InboxConsumer

# Channels' documented way; the stubs of Django's path() know of views alone.
websocket = URLRouter([path("ws/inbox/", InboxConsumer.as_asgi())])  # type: ignore[list-item, arg-type]
