"""The history of one's alerts, and the newest of them under the bell.

Both cost the same at a thousand rows and at a million: the page is about a window of a thousand of
the reader's own, the newest ones or those before an id (`?before=`). What is counted, searched and
paged through is in it, and the page says so. Only critical alerts that nobody has taken are looked
for beyond it: there is an index of them. The badge is one column.
"""

from dataclasses import dataclass

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox import mailbox
from inbox.models import Category, Level, Mailbox, Notification
from wards.base import clock
from wards.models import User
from wards.roles import members_only
from wards.web.forms import Search
from wards.web.pages import reader, vary, wants_part

PAGE_SIZE = 10
WINDOW = 1_000
NEWEST = 12
LAST_ID = 2**63 - 1


class HistoryFilter(Search):
    type = forms.ChoiceField(required=False, choices=Category)
    level = forms.ChoiceField(required=False, choices=Level)
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("unread", _("Unread")),
            ("open", _("To acknowledge")),
            ("archived", _("Archived")),
        ],
    )
    unread = forms.BooleanField(required=False)  # ?unread=1, the same as ?show=unread
    before = forms.IntegerField(required=False, min_value=1, max_value=LAST_ID)

    @property
    def shown(self) -> str:
        return self.value("show") or ("unread" if self.value("unread") else "")


@dataclass
class History:
    """One page of the reader's alerts, and how many of each type are in its window.

    `older` is where the window before this one begins; None where there is none.
    """

    page: Page[Notification]
    counts: dict[str, int]
    unread: int
    older: int | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@require_safe
@members_only
def history(request: HttpRequest) -> HttpResponse:
    """All alerts: `?type=`, `?level=`, `?show=`, `?q=`, `?before=`, ten a page (`?page=`)."""
    filters = HistoryFilter(request.GET)
    found = read_history(reader(request), filters, request.GET.get("page"))
    before = filters.value("before")
    context = {
        "page_obj": found.page,
        "notifications": found.page.object_list,
        "unread_count": found.unread,
        "total_count": found.total,
        **{f"{category}_count": found.counts.get(category, 0) for category in Category.values},
        "types": [(value, label, found.counts.get(value, 0)) for value, label in Category.choices],
        "levels": Level.choices,
        **{name: filters.value(name) for name in ("q", "type", "level")},
        "show": filters.shown,
        "older": found.older,
        "before": before,
        "is_part": bool(before or found.older),  # there is more than is counted here
        "pages": found.page.paginator.get_elided_page_range(found.page.number, on_each_side=1),
    }
    template = "inbox/_history.html" if wants_part(request) else "inbox/history.html"
    return vary(render(request, template, context))


def read_history(user: User, filters: HistoryFilter, page: str | None) -> History:
    """Four queries, five with a filter that the counts do not answer."""
    archived = filters.shown == "archived"
    own = Notification.objects.filter(recipient=user, archived_at__isnull=not archived)
    if before := filters.value("before"):
        own = own.filter(pk__lt=int(before))
    # One more than the window holds: where the next one begins.
    beyond = own.order_by("-id").values_list("pk", flat=True)[WINDOW : WINDOW + 1].first()
    window = own if beyond is None else own.filter(pk__gt=beyond)
    counts = dict(window.order_by().values_list("category").annotate(n=Count("pk")))
    untaken = filters.shown == "open"
    rows = _filtered(own if untaken else window, filters).select_related("acknowledged_by")
    paginator = Paginator(rows.order_by("-id"), PAGE_SIZE)
    if not (filters.value("q") or filters.value("level") or filters.shown in ("unread", "open")):
        chosen = filters.value("type")
        # The counts have the number already: one query less, and the dearest one.
        paginator.__dict__["count"] = counts.get(chosen, 0) if chosen else sum(counts.values())
    box = Mailbox.objects.filter(user=user).first()
    older = None if untaken or beyond is None else beyond + 1
    return History(paginator.get_page(page), counts, box.unread if box else 0, older)


def _filtered(rows: QuerySet[Notification], filters: HistoryFilter) -> QuerySet[Notification]:
    if filters.value("type"):
        rows = rows.filter(category=filters.value("type"))
    if filters.value("level"):
        rows = rows.filter(level=filters.value("level"))
    if filters.shown == "unread":
        rows = rows.filter(read_at=None)
    if filters.shown == "open":
        rows = rows.filter(level=Level.CRITICAL, acknowledged_at=None)
    for word in filters.value("q").split():
        rows = rows.filter(Q(title__icontains=word) | Q(message__icontains=word))
    return rows


@require_safe
@members_only
def dropdown(request: HttpRequest) -> HttpResponse:
    """The newest alerts, for the panel under the bell."""
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=clock.now())
    newest = list(
        Notification.objects.filter(awake, recipient=reader(request), archived_at=None)
        .select_related("acknowledged_by")
        .order_by("-id")[:NEWEST]
    )
    mailbox.mark_seen(reader(request), [n.pk for n in newest if n.seen_at is None])
    return vary(render(request, "inbox/_dropdown.html", {"notifications": newest}))
