"""How signing in differs from allauth's defaults."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from wards.models import User
from wards.views.preferences import remember_language


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the hospital; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **how: Any) -> HttpResponse:
        """Goes on in the user's own language, on whatever device they sign in."""
        response: HttpResponse = super().post_login(request, user, **how)
        assert isinstance(user, User)
        remember_language(response, user.language)
        return response
