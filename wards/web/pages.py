"""What views of every floor share: who reads, and whether the page or a part of it is wanted."""

import json
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from wards.models import Hospital, User
from wards.roles import Permission, allows

Row = TypeVar("Row", bound=Model)


def reader(request: HttpRequest) -> User:
    """The signed-in user; for views behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def own_hospital(request: HttpRequest) -> Hospital:
    """Where the reader works; 403 for operators, who belong to none."""
    hospital = reader(request).hospital
    if hospital is None:
        raise PermissionDenied
    return hospital


def permitted(request: HttpRequest, row: Row, permission: Permission) -> Row:
    """The row that an address names, found already (else 404), for a role that may (else 403)."""
    if not allows(reader(request), permission):
        raise PermissionDenied
    return row


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for the live part of a page rather than the browser for all of it."""
    return "HX-Request" in request.headers


def vary(response: HttpResponse) -> HttpResponse:
    """Keeps caches from mixing up a page and its live part, which share an address."""
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response


def toast(response: HttpResponse, text: str, tone: str = "success", **more: object) -> HttpResponse:
    """Has the page say `text` in a toast once the response is there (static/js/toasts.js)."""
    events = json.loads(response.get("HX-Trigger", "{}"))
    events["wb-toast"] = {"text": text, "tone": tone, **more}
    response["HX-Trigger"] = json.dumps(events)
    return response


def trigger(response: HttpResponse, event: str) -> HttpResponse:
    """Has the page hear `event` on <body> once the response is there."""
    response["HX-Trigger"] = json.dumps({**json.loads(response.get("HX-Trigger", "{}")), event: {}})
    return response


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the address in `next` if it is one of ours, else to `otherwise`."""
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(address if ours else resolve_url(otherwise))


def number(text: object) -> int | None:
    """An id that came in an address or a form; None for anything else."""
    digits = str(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
