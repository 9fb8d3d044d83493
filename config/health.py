"""Is this installation alive, and is it ready? For load balancers, orchestrators and people.

Parts that run elsewhere (worker, sender, beat, hl7) say so themselves: a cache key `alive:<part>`
that expires. Only those named in READY_EXPECTS decide the answer, so that a web process behind a
load balancer is not taken out because a worker elsewhere is down.
"""

import ipaddress
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from redis import RedisError

from config import clocks
from wards import clock

ALIVE_FOR = 20  # seconds a sign of life counts; the parts give one every 2 to 5 s
PARTS = ("worker", "sender", "beat", "hl7")
EXPECTABLE = (*PARTS, "clock")
log = structlog.get_logger(__name__)
_migrated = False


def say_alive(part: str) -> None:
    """Note that `part` is alive now. Never fails: a part outlives a Redis that is away."""
    try:
        cache.set(f"alive:{part}", True, timeout=ALIVE_FOR)
    except RedisError:
        log.warning("cannot_say_alive", part=part)


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all: restart it when this fails."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' figures, for this machine or whoever has METRICS_TOKEN; 404 for others."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    has_token = bool(token) and constant_time_compare(given, token)
    if not (has_token or settings.METRICS_OPEN or (not token and _is_local(request))):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _is_local(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when all that is needed is up, else 503; the body says for each part `up` or what not."""
    parts = {"database": _state(_database), "redis": _state(_redis)}
    if parts["redis"] == "up":
        alive = cache.get_many([f"alive:{part}" for part in PARTS])
        parts |= {part: "up" if f"alive:{part}" in alive else "not seen" for part in PARTS}
    ahead = {"web": clock.difference()} if parts["database"] == "up" else {}
    parts["clock"] = clocks.state(ahead)
    needed = ["database", "redis", *settings.READY_EXPECTS]
    ok = all(parts.get(part) == "up" for part in needed)
    body = {
        "status": "ok" if ok else "not ready",
        "parts": parts,
        "needed": needed,
        "clocks": {part: round(seconds, 1) for part, seconds in ahead.items()},
    }
    return JsonResponse(body, status=200 if ok else 503)


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("not_ready", check=check.__name__, error=type(error).__name__)
        return "down"


def _database() -> str:
    global _migrated  # noqa: PLW0603  (looked up until true once: it reads every migration file)
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "up" if _migrated else "has unapplied migrations"


def _redis() -> str:
    cache.get("alive:worker")
    return "up"
