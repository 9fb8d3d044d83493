"""What scripts read: the unread count, and the socket's frames for clients without a socket."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inbox import mailbox
from inbox.models import Mailbox
from inbox.publications.frames import addressed
from inbox.publications.standing import reader_of
from wards.models import User
from wards.web.pages import reader


def for_scripts(
    view: Callable[[HttpRequest], JsonResponse],
) -> Callable[[HttpRequest], JsonResponse]:
    """401 in JSON instead of the way to the sign-in page, and never from a cache."""

    @never_cache
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest) -> JsonResponse:
        if not isinstance(request.user, User):
            return JsonResponse({"error": _("Sign in first.")}, status=401)
        return view(request)

    return guarded


@for_scripts
def unread_count(request: HttpRequest) -> JsonResponse:
    """`{"unread_count": 5}`"""
    unread = Mailbox.objects.filter(user=reader(request)).values_list("unread", flat=True).first()
    return JsonResponse({"unread_count": unread or 0})


@for_scripts
def frames(request: HttpRequest) -> JsonResponse:
    """The frame a socket would get first: what changed after `?since=&epoch=`, or a snapshot."""
    text = request.GET.get("since")
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 19):
        return JsonResponse({"error": _("`since` must be a whole number.")}, status=400)
    user, epoch = reader(request), request.GET.get("epoch", "")
    ask = mailbox.Ask(user.pk, int(text) if text is not None else None, epoch)
    return JsonResponse(addressed(mailbox.catch_up([ask])[ask], reader_of(user)))
