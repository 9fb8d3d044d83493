"""Every request sees its own hospital and nothing else.

Tenant models use django-scopes' ScopedManager: a query outside a scope raises ScopeError, so
forgetting the filter is an error in a test rather than a leak in a hospital.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from wards.models import User


class TenantMiddleware:
    """Runs the rest of the request in the scope and the time zone of the user's hospital.

    Somebody who is not signed in, and an operator without a hospital, get no scope: no tenant
    data can be read at all. Only in the admin do operators see every hospital.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/healthz/"):  # also while no user can be looked up
            return self.get_response(request)
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        if user.hospital is None:
            if user.is_superuser and request.path.startswith(reverse("admin:index")):
                with scopes_disabled():
                    return self.get_response(request)
            return self.get_response(request)
        zone = ZoneInfo(user.hospital.timezone)
        with scope(hospital=user.hospital_id), timezone.override(zone):
            return self.get_response(request)
