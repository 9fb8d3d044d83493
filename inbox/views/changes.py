"""What the reader does with their alerts: POST only, and only with one's own (else 404)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from inbox import mailbox
from inbox.models import Notification
from inbox.publications.frames import Changed
from wards.base import clock
from wards.models import User
from wards.roles import Permission, allows, members_only
from wards.web.pages import back, reader, toast, trigger, wants_part

MOST_AT_ONCE = 1_000
MORNING = 7  # o'clock


@require_POST
@members_only
def mark_read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """`{"success": true, …}` to a script (X-Requested-With), else back to the page."""
    notification = _own(request, notification_id)
    mailbox.mark_read(reader(request), [notification.pk])
    return _done(request, _("Notification marked as read"), quiet=True)


@require_POST
@members_only
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """All that the page has seen: `seq` is the last change it heard of."""
    seen = request.POST.get("seq", "")
    known = seen.isascii() and seen.isdecimal() and len(seen) < 19
    mailbox.mark_all_read(reader(request), int(seen) if known else mailbox.LAST_SEQ)
    return _done(request, _("Everything is marked as read."))


@require_POST
@members_only
def acknowledge(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Takes a critical alert on; everybody who was told sees by whom."""
    notification = _own(request, notification_id)
    if not allows(reader(request), Permission.ACKNOWLEDGE):
        raise PermissionDenied
    comment = request.POST.get("comment", "").strip()
    if mailbox.acknowledge(reader(request), notification, comment):
        mailbox.mark_read(reader(request), [notification.pk])
        return _done(request, _("You have taken this alert. The others can see it."))
    seen = notification.event_id
    notification.refresh_from_db()
    if notification.event_id != seen:
        return _done(request, _("The result has changed: look at it again."), tone="warning")
    if notification.acknowledged_by:
        who = {"who": notification.acknowledged_by}
        return _done(request, _("%(who)s has already taken this alert.") % who, tone="info")
    return _done(request, _("This alert needs no acknowledgement."), tone="info")


@require_POST
@members_only
def archive(request: HttpRequest, notification_id: int) -> HttpResponse:
    notification = _own(request, notification_id)
    return _apply(request, "archive", [notification.pk])


@require_POST
@members_only
def snooze(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Puts aside for `for`: one of SNOOZES."""
    notification = _own(request, notification_id)
    return _apply(request, "snooze", [notification.pk])


@require_POST
@members_only
def change_many(request: HttpRequest) -> HttpResponse:
    """Does `action` with all the reader's own among `ids`; others' ids have no effect."""
    ids = [int(id_) for id_ in request.POST.getlist("ids") if id_.isdecimal() and len(id_) < 19]
    if request.POST.get("action") not in WORDS or len(ids) > MOST_AT_ONCE:
        return HttpResponseBadRequest()
    return _apply(request, request.POST["action"], ids)


def _next_morning(now: datetime) -> datetime:
    """The next seven o'clock in the hospital."""
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning if morning > now else morning + timedelta(days=1)


# What is said after each action, and what undoes it. Ngettext: one, many.
WORDS: dict[str, tuple[Callable[[int], str], str]] = {
    "read": (lambda n: ngettext("%(n)s marked as read", "%(n)s marked as read", n), "unread"),
    "unread": (lambda n: ngettext("%(n)s marked as unread", "%(n)s marked as unread", n), "read"),
    "archive": (lambda n: ngettext("%(n)s archived", "%(n)s archived", n), "unarchive"),
    "unarchive": (lambda n: ngettext("%(n)s back in the inbox", "%(n)s back in the inbox", n), ""),
    "snooze": (lambda n: ngettext("%(n)s snoozed", "%(n)s snoozed", n), "unread"),
}
SNOOZES: dict[str, Callable[[datetime], datetime]] = {
    "15m": lambda now: now + timedelta(minutes=15),
    "1h": lambda now: now + timedelta(hours=1),
    "4h": lambda now: now + timedelta(hours=4),
    "morning": _next_morning,
}


def _apply(request: HttpRequest, action: str, ids: list[int]) -> HttpResponse:
    user = reader(request)
    if action == "snooze":
        until = SNOOZES.get(request.POST.get("for", ""), SNOOZES["1h"])
        changed = mailbox.snooze(user, ids, until(clock.local()))
    else:
        changed = SIMPLE[action](user, ids)
    words, undo = WORDS[action]
    count = sum(len(change.ids) for change in changed)
    return _done(request, words(count) % {"n": count}, ids=ids if undo else [], undo=undo)


SIMPLE: dict[str, Callable[[User, list[int]], list[Changed]]] = {
    "read": mailbox.mark_read,
    "unread": mailbox.mark_unread,
    "archive": mailbox.archive,
    "unarchive": mailbox.unarchive,
}


def _own(request: HttpRequest, notification_id: int) -> Notification:
    """The reader's own notification; 404 for anybody else's, as if it did not exist."""
    return get_object_or_404(
        Notification.objects.select_related("event", "acknowledged_by"),
        pk=notification_id,
        recipient=reader(request),
    )


def _done(
    request: HttpRequest, said: str, *, quiet: bool = False, tone: str = "success", **more: object
) -> HttpResponse:
    """Answers in the way it was asked: htmx, script or form. `quiet`: no toast."""
    if wants_part(request):
        response = trigger(HttpResponse(status=204), "inbox-changed")
        return response if quiet else toast(response, said, tone, **more)
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return JsonResponse({"success": True, "message": said})
    messages.success(request, said)
    return back(request, "inbox:history")
