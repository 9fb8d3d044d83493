"""Wardbell's settings with the channel layer of Channels' tutorial."""

from config.settings import *  # noqa: F403
from config.settings import PREFIX, REDIS_URL

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # With redis-py 8's defaults idle sockets die after 5 s, and of many that come at once
            # all but 100 are refused.
            "hosts": [{"address": REDIS_URL, "socket_timeout": None, "max_connections": 10_000}],
            "prefix": PREFIX,
        },
    }
}
