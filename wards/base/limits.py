"""How often something may happen: counters in PostgreSQL, and the client's address to count by.

Each step is one statement that commits by itself, so that many at once do not slip through, and
what is rolled back afterwards has been counted all the same.
"""

import ipaddress
from typing import Any

from django.db import connection
from django.http import HttpRequest

from wards.base import apart


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
    ((count,),) = _commit(COUNT, key, seconds)
    return int(count) <= most


def take_back(key: str) -> None:
    """Uncount one."""
    _commit(TAKE_BACK, key)


def forget(key: str) -> None:
    """Begin to count anew."""
    _commit(FORGET, key)


def mark(key: str, seconds: int) -> None:
    """Remember that `key` was seen, for `seconds` from now."""
    _commit(MARK, key, seconds)


def is_marked(key: str) -> bool:
    """Whether `key` was seen, and that is remembered."""
    return bool(_commit(IS_MARKED, key))


def first(key: str, seconds: int) -> bool:
    """Whether `key` is seen for the first time within `seconds`.

    Unlike all else here it is part of the caller's transaction, and is forgotten with it; others
    who ask at once wait for its end.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [key, seconds])
        return cursor.fetchone() is not None


def clear() -> None:
    """Take out what no longer counts."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR)


def _commit(statement: str, *values: str | int) -> list[tuple[Any, ...]]:
    """On the connection of the request, which is there already, unless a transaction is open."""
    if connection.in_atomic_block:
        return apart.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


_END = "clock_timestamp() + make_interval(secs => %s)"
_OVER = "counted.ends_at <= clock_timestamp()"
COUNT = f"""
INSERT INTO wards_counter AS counted (key, count, ends_at) VALUES (%s, 1, {_END})
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN {_OVER} THEN 1 ELSE counted.count + 1 END,
    ends_at = CASE WHEN {_OVER} THEN EXCLUDED.ends_at ELSE counted.ends_at END
RETURNING count
"""  # noqa: S608  (constants of ours)
TAKE_BACK = "UPDATE wards_counter SET count = count - 1 WHERE key = %s AND count > 0"
FORGET = "DELETE FROM wards_counter WHERE key = %s"
MARK = f"""
INSERT INTO wards_counter (key, count, ends_at) VALUES (%s, 1, {_END})
ON CONFLICT (key) DO UPDATE SET ends_at = EXCLUDED.ends_at
"""  # noqa: S608
IS_MARKED = "SELECT 1 FROM wards_counter WHERE key = %s AND ends_at > clock_timestamp()"
FIRST = f"""
INSERT INTO wards_counter AS counted (key, count, ends_at) VALUES (%s, 1, {_END})
ON CONFLICT (key) DO UPDATE SET count = 1, ends_at = EXCLUDED.ends_at WHERE {_OVER}
RETURNING 1
"""  # noqa: S608
CLEAR = "DELETE FROM wards_counter WHERE ends_at <= now()"
