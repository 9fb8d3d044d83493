"""The web process: Django's pages and, under /ws/, the sockets of the bell."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DB_PATIENCE", "15")  # s; pages give up after 20 (templates/live.html)
http = get_asgi_application()

from config import throttle  # noqa: E402  (needs the apps to be loaded)
from config.edge import Edge  # noqa: E402
from config.ending import Ending  # noqa: E402
from config.garbage import garbage  # noqa: E402
from inbox.live.consumers import hub  # noqa: E402
from inbox.live.routing import websocket  # noqa: E402
from wards.base import routes  # noqa: E402
from wards.base.descriptors import descriptors  # noqa: E402

descriptors.raise_limit()
throttle.install()
routes.load()
served = ProtocolTypeRouter({"http": http, "websocket": websocket})
application = Ending(Edge(served), hub.restart)
garbage.settle()
