"""Messages: the list, live; one of them with everything that happened to it; trying again.

The list reads one page by the index (hospital, -id) and counts nothing, so it takes as long with a
million messages as with a hundred. Pages go by id: what comes meanwhile moves no row to another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from tempfile import TemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from messaging.channels import Channel
from messaging.messages import actions, exports
from messaging.messages.forms import MessageFilter, canonical
from messaging.models import Campaign, Message, MessageLog, MessageTemplate, SavedFilter
from messaging.statuses import UNSENT, Status
from wards.base import clock
from wards.base.refused import Refused
from wards.models import Patient
from wards.models.search import begins_with
from wards.roles import Permission, allows, members_only, requires
from wards.web import downloads
from wards.web.pages import back, number, reader, toast, trigger, vary, wants_part

PAGE_SIZE = 30
FILTERS = ("q", "status", "channel", "template", "bulk", "since", "until")


@dataclass
class Listing:
    """One page of messages; `older`: what the next one begins below, None on the last."""

    messages: list[Message]
    older: int | None


@require_safe
@requires(Permission.VIEW_MESSAGES)
def message_list(request: HttpRequest) -> HttpResponse:
    """The newest first: `?status=`, `?channel=`, `?template=`, `?bulk=`, `?since=`, `?q=`."""
    filters = MessageFilter(request.GET)
    chosen = {name: filters.value(name) for name in FILTERS}
    listing = read_list(filters)
    query = canonical(request.GET)
    saved = SavedFilter.objects.filter(user=reader(request))
    context = {
        **chosen,
        "query": query,
        "saved": saved,
        "is_saved": any(each.query == query for each in saved),
        "listing": listing,
        "before": filters.value("before"),
        "statuses": Status.choices,
        "channels": Channel.choices,
        "templates": MessageTemplate.objects.filter(deleted_at=None).order_by("name", "channel"),
        "chosen_template": number(chosen["template"]),
        "chosen_campaign": _campaign(number(chosen["bulk"])),
        "filtered": any(chosen.values()),
        "retried": actions.RETRIED,
    }
    name = "messaging/_messages.html" if wants_part(request) else "messaging/messages.html"
    return vary(render(request, name, context))


@require_safe
@requires(Permission.VIEW_MESSAGES)
def export(request: HttpRequest) -> FileResponse:
    """All that the list's filters leave, as CSV."""
    file = TemporaryFile()  # noqa: SIM115  (the response closes it)
    chosen = _filtered(MessageFilter(request.GET))
    exports.write(file, chosen, timezone.get_current_timezone_name())
    return downloads.table(request, file, f"messages-{clock.today()}")


@require_safe
@members_only
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message: to whom, what it says, and every step on its way."""
    found = _message(request, message_id, Permission.VIEW_MESSAGES)
    log = list(MessageLog.objects.filter(message=found).select_related("actor").order_by("id"))
    context = {
        "message": found,
        "steps": list(_with_lapses(log)),
        "template": found.version.template if found.version else None,
        "may_retry": found.status in actions.RETRIED and not _is_withdrawn(found),
        "may_cancel": found.status in UNSENT and found.due_at is not None,
    }
    name = "messaging/_message.html" if wants_part(request) else "messaging/message.html"
    return vary(render(request, name, context))


@require_POST
@requires(Permission.SEND_MESSAGES)
def retry(request: HttpRequest) -> HttpResponse:
    """Sends those of `ids` that failed once more."""
    chosen = [number(each) for each in request.POST.getlist("ids")]
    return _retry(request, [pk for pk in chosen if pk is not None], "messaging:messages")


@require_POST
@members_only
def retry_one(request: HttpRequest, message_id: int) -> HttpResponse:
    """Sends one message that failed once more."""
    found = _message(request, message_id, Permission.SEND_MESSAGES)
    return _retry(request, [found.pk], found)


@require_POST
@members_only
def cancel(request: HttpRequest, message_id: int) -> HttpResponse:
    """Takes back one that still waits."""
    found = _message(request, message_id, Permission.SEND_MESSAGES)
    try:
        actions.cancel_message(message=found, by=reader(request))
    except Refused as refusal:
        return _said(request, str(refusal), "error", found)
    return _said(request, _("The message is taken back."), "success", found)


def read_list(filters: MessageFilter) -> Listing:
    """The messages that the filters leave, from `before` on. One query."""
    rows = _filtered(filters).select_related("patient", "user", "version__template")
    if before := number(filters.value("before")):
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return Listing(page, page[-1].pk if len(found) > PAGE_SIZE else None)


def _filtered(filters: MessageFilter) -> QuerySet[Message]:
    rows = Message.objects.all()
    for name in ("status", "channel"):
        if value := filters.value(name):
            rows = rows.filter(**{name: value})
    if template := number(filters.value("template")):
        rows = rows.filter(version__template=template)
    if campaign := number(filters.value("bulk")):
        rows = rows.filter(campaign=campaign)
    begin, end = filters.span
    if begin:
        rows = rows.filter(created_at__gte=begin)
    if end:
        rows = rows.filter(created_at__lt=end)
    return _searched(rows, filters.value("q"))


def _campaign(pk: int | None) -> Campaign | None:
    """The bulk send whose messages are shown, to name it; asks nothing where none is."""
    return Campaign.objects.filter(pk=pk).first() if pk else None


def _searched(rows: QuerySet[Message], search: str) -> QuerySet[Message]:
    """In the words and the address, by the patient's names and numbers, or by `#id`."""
    if not search:
        return rows
    if search.startswith("#"):
        return rows.filter(pk=number(search[1:]) or 0)
    said = Q(body__icontains=search) | Q(subject__icontains=search) | Q(address__icontains=search)
    if (condition := begins_with(search)) is not None:
        said |= Q(patient__in=Patient.objects.filter(condition))
    return rows.filter(said)


def _is_withdrawn(message: Message) -> bool:
    """Of a bulk send that was cancelled: nothing of it goes out any more."""
    return message.campaign is not None and message.campaign.status == Campaign.Status.CANCELLED


def _message(request: HttpRequest, pk: int, permission: Permission) -> Message:
    """The message of this hospital (else 404) if the reader has the permission (else 403)."""
    rows = Message.objects.select_related(
        "patient", "user", "event", "version__template", "campaign"
    )
    found: Message = get_object_or_404(rows, pk=pk)
    if not allows(reader(request), permission):
        raise PermissionDenied
    return found


def _with_lapses(log: list[MessageLog]) -> Iterator[tuple[MessageLog, timedelta | None]]:
    """Each step with the time since the one before."""
    if log:
        yield log[0], None
    for last, step in pairwise(log):
        yield step, step.at - last.at


def _retry(request: HttpRequest, ids: list[int], otherwise: Message | str) -> HttpResponse:
    try:
        count = actions.retry_messages(message_ids=ids, by=reader(request))
    except Refused as refusal:
        return _said(request, str(refusal), "error", otherwise)
    words = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count)
    return _said(request, words % {"n": count}, "success", otherwise)


def _said(request: HttpRequest, said: str, tone: str, about: Message | str) -> HttpResponse:
    """In a toast, or above the page that follows."""
    if wants_part(request):
        return trigger(toast(HttpResponse(status=204), said, tone), "wb-changed")
    (messages.error if tone == "error" else messages.success)(request, said)
    if isinstance(about, Message):
        return redirect("messaging:message", about.pk)
    return back(request, about)
