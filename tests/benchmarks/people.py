"""Thousands of people with sessions, made quickly."""

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from secrets import token_hex

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests import factories
from wards.models import Hospital, Role, User


@dataclass(frozen=True)
class Staff:
    """A hospital and its nurses, each with a session key."""

    hospital: Hospital
    users: list[User]
    sessions: list[str]

    @property
    def ids(self) -> list[int]:
        return [user.pk for user in self.users]

    @property
    def cookies(self) -> list[str]:
        return [f"{settings.SESSION_COOKIE_NAME}={key}" for key in self.sessions]


def hire(number: int) -> Staff:
    """A new hospital with as many nurses as `number`, all signed in."""
    hospital = factories.create_hospital(f"Hospital {token_hex(4)}")
    password = make_password(None)
    users = User.objects.bulk_create(
        User(
            username=f"nurse{hospital.pk}.{each}",
            password=password,
            hospital=hospital,
            role=Role.NURSE,
        )
        for each in range(number)
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions = Session.objects.bulk_create(
        Session(
            session_key=token_hex(16),
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=timezone.now() + timedelta(hours=12),
        )
        for user in users
    )
    return Staff(hospital, users, [session.session_key for session in sessions])
