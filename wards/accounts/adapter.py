"""How signing in differs from allauth's defaults."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.views import PasswordChangeView
from allauth.core import context
from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from wards.accounts import lockout
from wards.base import limits
from wards.models import User
from wards.views.preferences import remember_language

MOST_CHANGES = (5, 60)  # tries of one person to change their password, within seconds


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the hospital; nobody signs up by themselves."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _("Too many failed sign-ins. Try again later.")
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The user of a name and a password, or None. Raises ValidationError when locked out.

        Whoever may not sign in is told what everybody hears whose password is wrong.
        """
        attempt = lockout.Attempt(request, credentials.get("username", ""))
        if not attempt.allowed():
            raise self.validation_error("too_many_login_attempts")
        user = authenticate(request, **credentials)
        AuthenticationBackend.unstash_authenticated_user()  # allauth would let them in to tell them
        if user is not None:
            attempt.succeeded()
        return user

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        super().set_password(user, password)
        assert context.request is not None
        lockout.Attempt(context.request, user.get_username()).forgive()

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **how: Any) -> HttpResponse:
        """Goes on in the user's own language, on whatever device they sign in."""
        response: HttpResponse = super().post_login(request, user, **how)
        assert isinstance(user, User)
        remember_language(response, user.language)
        lockout.remember(request, response, user.username)
        return response


class ChangePassword(PasswordChangeView):
    """allauth's; but who has none yet cannot set one without showing who they are."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and not user.has_usable_password():
            return redirect("account_reset_password")
        if request.method == "POST" and not limits.allowed(f"password:{user.pk}", *MOST_CHANGES):
            return render(request, "429.html", status=429)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response
