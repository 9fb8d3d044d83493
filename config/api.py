"""The addresses of the API, and tokens for it: POST auth/ for a pair, auth/refresh/ for another.

Signing in goes through allauth's adapter and so through the lock-out (wards/accounts/lockout.py):
failures here and on the sign-in page count together.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenRefreshView

from messaging.api import AppointmentNotificationStatus
from wards.base import limits

MINUTE = 60  # seconds


class Throttle(BaseThrottle):
    """So many requests a minute from one address, as the view's `rate` says."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        address = limits.address(request._request)
        rate: int = view.rate  # type: ignore[attr-defined]
        return limits.allowed(f"api:{type(view).__name__}:{address}", rate, MINUTE)

    def wait(self) -> float:
        """At most."""
        return MINUTE


class Credentials(serializers.Serializer[Any]):
    """The body of POST auth/."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class SignIn(APIView):
    """Name and password for `{"access": …, "refresh": …}`; 401 when wrong, 429 when locked out."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [Throttle]
    rate = 30

    def post(self, request: Request) -> Response:
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        try:
            user = get_adapter().authenticate(request._request, **credentials.validated_data)
        except ValidationError:
            raise Throttled(detail=_("Too many failed sign-ins. Try again later.")) from None
        if user is None:
            detail = {"detail": _("The user name or the password is wrong.")}
            bearer = {"WWW-Authenticate": 'Bearer realm="api"'}
            return Response(detail, status=status.HTTP_401_UNAUTHORIZED, headers=bearer)
        refresh = RefreshToken.for_user(user)
        tokens = {"access": str(refresh.access_token), "refresh": str(refresh)}
        return Response(tokens, headers={"Cache-Control": "no-store"})


class RefreshSerializer(TokenRefreshSerializer):
    """simplejwt's, for tokens of users who still exist, may sign in, and kept their password."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        JWTAuthentication().get_user(RefreshToken(attrs["refresh"]))
        return super().validate(attrs)


class Refresh(TokenRefreshView):
    """A refresh token for a new access token; 401 when it is not, or no longer, good."""

    serializer_class = RefreshSerializer
    throttle_classes = [Throttle]
    rate = 120


app_name = "api"
urlpatterns = [
    path("auth/", SignIn.as_view(), name="auth"),
    path("auth/refresh/", Refresh.as_view(), name="auth_refresh"),
    path(
        "appointment-notifications/<int:message_id>/status/",
        AppointmentNotificationStatus.as_view(),
        name="appointment_notification_status",
    ),
]
