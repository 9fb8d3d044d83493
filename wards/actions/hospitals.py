"""Opening a hospital: the tenant, who administers it, and the system that sends to it."""

from dataclasses import dataclass

from django.db import transaction
from django_scopes import scope

from wards.models import Feed, Hospital, Role, User


@dataclass(frozen=True)
class Administrator:
    """Who makes the accounts of all others."""

    username: str
    password: str
    first_name: str
    last_name: str
    email: str


@transaction.atomic
def open_hospital(hospital: Hospital, by: Administrator, *, facility: str = "") -> Hospital:
    """Saves `hospital` with its first administrator; `facility` (MSH-4) is its first feed's.

    IntegrityError where the user name or the facility is taken: nothing is saved then.
    """
    hospital.save()
    User.objects.create_user(
        by.username,
        password=by.password,
        hospital=hospital,
        role=Role.ADMIN,
        first_name=by.first_name,
        last_name=by.last_name,
        email=by.email,
        language=hospital.language,
        is_staff=True,
    )
    if facility:
        with scope(hospital=hospital.pk):
            Feed.objects.create(hospital=hospital, name=facility, facility=facility)
    return hospital
