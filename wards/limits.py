"""How often something may happen: counters in the cache, and the client's address to count by.

A Redis that is away limits nothing: people still sign in, and the log says that nobody counted.
"""

import ipaddress

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from redis import RedisError

log = structlog.get_logger(__name__)


def address(request: HttpRequest) -> str:
    """Where a request comes from (config/edge.py sees to that); of IPv6 the network, a /64."""
    given = str(request.META.get("REMOTE_ADDR") or "")
    try:
        found = ipaddress.ip_address(given)
    except ValueError:  # a socket of the machine itself
        return given
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return given


def allowed(key: str, most: int, seconds: int) -> bool:
    """Count one more of `key`; whether that is at most `most` within `seconds` of the first."""
    try:
        cache.add(key, 0, timeout=seconds)
        count = cache.incr(key)
        if count == 1:  # also where the old one ran out between the two: none lives for ever
            cache.touch(key, timeout=seconds)
    except ValueError:  # it ran out just now
        return True
    except RedisError:
        log.warning("nobody_counts")
        return True
    return count <= most


def take_back(key: str) -> None:
    """Uncount one."""
    try:
        cache.decr(key)
    except (ValueError, RedisError):
        return


def forget(key: str) -> None:
    """Begin to count anew."""
    try:
        cache.delete(key)
    except RedisError:
        return
