"""Bulk sends: the list, and one of them from its check to its last delivery, live."""

from tempfile import TemporaryFile

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.campaigns import exports
from messaging.campaigns.forms import CampaignFilter
from messaging.campaigns.progress import progress, progress_of
from messaging.campaigns.progress_view import bar, compared, paid
from messaging.campaigns.views import preview
from messaging.models import Campaign
from wards.models import Ward
from wards.roles import Permission, allows, members_only, requires
from wards.web import downloads
from wards.web.pages import reader, vary, wants_part

PAGE_SIZE = 20
Status = Campaign.Status
ENDED = (Status.COMPLETED, Status.CANCELLED)
# Something happens by itself.
AT_WORK = (Status.PREPARING, Status.SENDING)


@require_safe
@requires(Permission.VIEW_MESSAGES)
def campaign_list(request: HttpRequest) -> HttpResponse:
    """The newest first: `?q=`, `?show=open` or `ended`, 20 a page (`?page=`)."""
    filters = CampaignFilter(request.GET)
    chosen = {name: filters.value(name) for name in ("q", "show")}
    found = _found(**chosen).select_related("created_by").order_by("-pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    done = progress_of(list(page.object_list))
    context = {
        **chosen,
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1),
        "rows": [(each, bar(done[each.pk])) for each in page.object_list],
        "filtered": any(chosen.values()),
    }
    name = (
        "messaging/campaigns/_campaigns.html"
        if wants_part(request)
        else "messaging/campaigns/campaigns.html"
    )
    return vary(render(request, name, context))


@require_safe
@members_only
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One of them, whatever its state: checked, to be sent, on its way, over."""
    found = get_campaign(request, campaign_id, Permission.VIEW_MESSAGES)
    done = progress(found)
    context = {
        "campaign": found,
        "underway": found.started_at is not None,
        "figures": bar(done),
        "paid": paid(done),
        "compared": compared(done),
        # Before, some of them may be tried again by themselves.
        "retriable": done.failed if found.status == Status.COMPLETED else 0,
        "at_work": found.status in AT_WORK,
        "editable": is_editable(found),
        "ward": _ward(found),
        "pace_words": _pace_words(),
        **preview.context(found, reader(request)),
    }
    name = (
        "messaging/campaigns/_campaign.html"
        if wants_part(request)
        else "messaging/campaigns/campaign.html"
    )
    return vary(render(request, name, context))


@require_safe
@members_only
def errors(request: HttpRequest, campaign_id: int) -> FileResponse:
    """Who was left out and whose message failed, with the reason, as CSV."""
    found = get_campaign(request, campaign_id, Permission.VIEW_MESSAGES)
    file = TemporaryFile()  # noqa: SIM115  (the response closes it)
    exports.write_errors(file, found)
    file.seek(0)
    return downloads.table(request, file, f"{slugify(found.name) or 'bulk-send'}-{found.pk}-errors")


def get_campaign(request: HttpRequest, pk: int, permission: Permission) -> Campaign:
    """The bulk send of this hospital (else 404) if the reader has the permission (else 403)."""
    rows = Campaign.objects.select_related("hospital__messaging_policy", "created_by")
    found: Campaign = get_object_or_404(rows, pk=pk)
    if not allows(reader(request), permission):
        raise PermissionDenied
    return found


def is_editable(campaign: Campaign) -> bool:
    """Whether it may still be changed: nothing has left, and nobody is about to decide."""
    return (
        campaign.status in Campaign.UNSENT
        and campaign.status != Status.WAITING
        and not campaign.started_at
    )


def _found(*, q: str, show: str) -> QuerySet[Campaign]:
    rows = Campaign.objects.all()
    if q:
        rows = rows.filter(name__icontains=q)
    if show == "ended":
        rows = rows.filter(status__in=ENDED)
    elif show:
        rows = rows.exclude(status__in=ENDED)
    return rows


def _ward(found: Campaign) -> Ward | None:
    ward = found.parameters.get("ward")
    return Ward.objects.filter(pk=ward).first() if ward else None


def _pace_words() -> dict[str, str]:
    """Of the script that says how fast it goes."""
    return {
        "rate": _("%s messages a second"),
        "left": _("%s left"),
        "seconds": _("about %s s"),
        "minutes": _("about %s min"),
        "hours": _("about %s h"),
    }
