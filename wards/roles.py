"""Who may do what: the one table of roles and permissions, and the decorator views use."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from wards.base import clock
from wards.models import Role, User, Ward


class Permission(StrEnum):
    """Something a role may do. One's own notifications are not listed: everybody may read those."""

    VIEW_BOARDS = "view_boards"
    VIEW_ALL_WARDS = "view_all_wards"  # without it: the wards one is on duty in
    VIEW_QUEUE = "view_queue"
    VIEW_ALL_APPOINTMENTS = "view_all_appointments"  # without it: one's own
    MANAGE_QUEUE = "manage_queue"  # confirm, arrive, cancel, no-show
    TREAT = "treat"  # start and complete one's own appointments
    MANAGE_STAYS = "manage_stays"  # admit, transfer, discharge in the wards one may see
    ACKNOWLEDGE = "acknowledge"
    MANAGE_PATIENTS = "manage_patients"  # take them into the books, change their details
    BOOK = "book"  # and move to another time
    MANAGE_ROSTER = "manage_roster"
    BULK = "bulk"  # what is done to hundreds at once, and reports
    VIEW_MESSAGES = "view_messages"  # what goes to patients, and what became of it
    SEND_MESSAGES = "send_messages"  # one or many, and those that failed again
    APPROVE_MESSAGES = "approve_messages"  # bulk sends to many, as the second person
    EDIT_TEMPLATES = "edit_templates"  # write, switch on and off, try out
    DELETE_TEMPLATES = "delete_templates"
    MANAGE_COSTS = "manage_costs"  # prices of messages, and the budget
    DECIDE_IDENTITY = "decide_identity"  # who a message is about, where that is not clear
    MANAGE_FEEDS = "manage_feeds"  # what other systems send, and what becomes of it
    ADMINISTER = "administer"


P = Permission

ROLES: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.HOSPITAL_MANAGER: frozenset(
        {
            P.VIEW_BOARDS,
            P.VIEW_ALL_WARDS,
            P.VIEW_QUEUE,
            P.VIEW_ALL_APPOINTMENTS,
            P.MANAGE_QUEUE,
            P.MANAGE_STAYS,
            P.ACKNOWLEDGE,
            P.MANAGE_PATIENTS,
            P.BOOK,
            P.MANAGE_ROSTER,
            P.BULK,
            P.VIEW_MESSAGES,
            P.APPROVE_MESSAGES,
            P.MANAGE_COSTS,
            P.DECIDE_IDENTITY,
        }
    ),
    Role.FRONT_DESK: frozenset(
        {
            P.VIEW_QUEUE,
            P.VIEW_ALL_APPOINTMENTS,
            P.MANAGE_QUEUE,
            P.MANAGE_PATIENTS,
            P.BOOK,
            P.VIEW_MESSAGES,
            P.SEND_MESSAGES,
            P.APPROVE_MESSAGES,
            P.EDIT_TEMPLATES,
        }
    ),
    Role.PROVIDER: frozenset({P.VIEW_QUEUE, P.TREAT, P.ACKNOWLEDGE}),
    Role.NURSE: frozenset({P.VIEW_BOARDS, P.MANAGE_STAYS, P.ACKNOWLEDGE}),
    Role.PHARMACIST: frozenset({P.ACKNOWLEDGE}),
    Role.PATIENT: frozenset(),
}


def allows(user: User, permission: Permission) -> bool:
    """Whether the user's role has the permission (and they belong to a hospital)."""
    return user.hospital_id is not None and permission in ROLES[Role(user.role)]


def wards_of(user: User) -> QuerySet[Ward]:
    """The wards whose board this user may see: all, those on duty in now, or none."""
    if not allows(user, P.VIEW_BOARDS):
        return Ward.objects.none()
    wards = Ward.objects.filter(hospital=user.hospital)
    if allows(user, P.VIEW_ALL_WARDS):
        return wards
    now = clock.now()
    current = Q(duty_periods__ends_at=None) | Q(duty_periods__ends_at__gt=now)
    return wards.filter(
        current, duty_periods__user=user, duty_periods__starts_at__lte=now
    ).distinct()


Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]


def requires(permission: Permission | None) -> Callable[[View[Params]], View[Params]]:
    """A view for people whose role has `permission`; others get 403, strangers sign in first.

    None stands for every role, but not for operators, who belong to no hospital.
    """

    def decorate(view: View[Params]) -> View[Params]:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Params.args, **kwargs: Params.kwargs
        ) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or user.hospital_id is None:
                raise PermissionDenied
            if permission is not None and not allows(user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View[Params], login_required(guarded))

    return decorate


def members_only(view: View[Params]) -> View[Params]:
    """A view for everybody of a hospital, whatever their role.

    Where the address names an object, the view looks for it first and for the permission then, so
    that what belongs to another hospital is 404 for everybody.
    """
    return requires(None)(view)
