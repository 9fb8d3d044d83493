"""Is this installation alive, and is it ready? For load balancers, orchestrators and people.

Parts that run elsewhere (worker, sender, beat, hl7) say so themselves (wards/base/heartbeats.py).
Only those named in READY_EXPECTS decide the answer, so that a web process behind a load balancer is
not taken out because a worker elsewhere is down. What hangs is said within a second
(config/probes.py).
"""

import ipaddress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import clocks, probes
from config.metrics import page
from wards.base import heartbeats
from wards.base.descriptors import descriptors

EXPECTABLE = (*heartbeats.PARTS, "clock")


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
    return HttpResponse(page.page(), content_type=page.CONTENT_TYPE)


def _is_local(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when all that is needed is up, else 503; the body says for each part `up` or what not."""
    parts, ahead = probes.look()
    parts["clock"] = clocks.state(ahead)
    needed = ["database", "redis", *settings.READY_EXPECTS]
    ok = all(parts.get(part) == "up" for part in needed)
    body = {
        "status": "ok" if ok else "not ready",
        "parts": parts,
        "needed": needed,
        "clocks": {part: round(seconds, 1) for part, seconds in ahead.items()},
        "descriptors": {"used": descriptors.used, "limit": descriptors.limit},
    }
    return JsonResponse(body, status=200 if ok else 503)
