"""What is done with a bulk send: sending, approving, pausing; what cannot be undone asks first."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from messaging.campaigns import actions, choices
from messaging.campaigns.forms import ReasonForm, WhenForm
from messaging.campaigns.views import preview
from messaging.campaigns.views.campaigns import get_campaign
from messaging.channels import PATIENT_CHANNELS, Topic
from messaging.models import Campaign
from wards.base import clock
from wards.base.refused import Refused
from wards.roles import Permission, members_only, requires
from wards.web.dialogs import answered, ask, managed
from wards.web.forms import Blank
from wards.web.pages import back, own_hospital, reader

REMINDER = "appointment_reminder_due"


@require_http_methods(["GET", "POST"])
@members_only
def send(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Asks with the figures (GET), then sends; `?later=1` asks for the time first."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    later = request.GET.get("later") == "1"
    data = request.POST if request.method == "POST" else None
    known = preview.context(campaign, reader(request))
    advice = preview.advice(known["preview"]) if later else None
    form = (WhenForm if later else Blank)(data, initial=_then(advice.best.hour if advice else 9))
    if form.is_valid():
        how: dict[str, Any] = {
            "at": form.cleaned_data.get("at"),
            "seen": request.POST.get("seen", ""),
        }
        if managed(
            form, lambda: actions.send_campaign(campaign=campaign, by=reader(request), **how)
        ):
            return answered(
                request, _what_now(campaign), resolve_url("messaging:bulk", campaign.pk)
            )
    template = "messaging/campaigns/_schedule.html" if later else "messaging/campaigns/_send.html"
    return ask(request, template, form=form, campaign=campaign, advice=advice, **known)


@require_POST
@members_only
def approve(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Lets what a colleague has written go out."""
    campaign = get_campaign(request, campaign_id, Permission.APPROVE_MESSAGES)
    approve = partial(actions.approve_campaign, seen=request.POST.get("seen", ""))
    return _do(request, campaign, approve, _("Approved."))


@require_http_methods(["GET", "POST"])
@members_only
def decline(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Asks for the reason, then gives it back to whoever wrote it."""
    campaign = get_campaign(request, campaign_id, Permission.APPROVE_MESSAGES)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if managed(
            form,
            lambda: actions.decline_campaign(campaign=campaign, by=reader(request), reason=reason),
        ):
            said = _("It goes back to %(who)s.") % {"who": campaign.sent_by or campaign.created_by}
            return answered(request, said, resolve_url("messaging:bulk", campaign.pk))
    return ask(request, "messaging/campaigns/_decline.html", form=form, campaign=campaign)


@require_POST
@members_only
def pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Holds what has not left yet."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    return _do(request, campaign, actions.pause_campaign, _("Paused. Nothing more goes out."))


@require_POST
@members_only
def resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Goes on where it was held."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    return _do(request, campaign, actions.resume_campaign, _("It goes on."))


@require_http_methods(["GET", "POST"])
@members_only
def cancel(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Asks, then takes back everything that has not left."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    form = Blank(request.POST)
    if request.method == "POST" and managed(
        form, lambda: actions.cancel_campaign(campaign=campaign, by=reader(request))
    ):
        said = _("Cancelled. What had left has left.") if campaign.started_at else _("Cancelled.")
        return answered(request, said, resolve_url("messaging:bulk", campaign.pk))
    return ask(request, "messaging/campaigns/_cancel.html", form=form, campaign=campaign)


@require_POST
@members_only
def retry(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Sends everything that failed once more."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    try:
        count = actions.retry_campaign(campaign=campaign, by=reader(request))
    except Refused as refusal:
        return _said(request, campaign, str(refusal), "error")
    words = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count)
    return _said(request, campaign, words % {"n": f"{count:,}"})


@require_POST
@members_only
def unschedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Back to its preview: nothing goes out until somebody says so again."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    return _do(request, campaign, actions.unschedule_campaign, _("It is not scheduled any more."))


@require_POST
@requires(Permission.SEND_MESSAGES)
def remind(request: HttpRequest) -> HttpResponse:
    """A reminder to all who have an appointment tomorrow, ready to be looked at and sent."""
    hospital, day = own_hospital(request), clock.today() + timedelta(days=1)
    if not choices.expected(day):
        messages.error(request, _("Nobody has an appointment tomorrow."))
        return back(request, "messaging:bulks")
    if there := _reminder(day):
        messages.info(request, _("There is a reminder for that day already."))
        return redirect("messaging:bulk", there.pk)
    template = choices.templates().get(REMINDER)
    shown = {"day": formats.date_format(day, _("D j M Y"))}
    try:
        campaign = actions.create_campaign(
            hospital=hospital,
            by=reader(request),
            name=_("Reminder for %(day)s") % shown,
            audience=Campaign.Audience.APPOINTMENTS,
            parameters={"day": day.isoformat()},
            topic=Topic.REMINDERS,
            channels=template.channels if template else [c.value for c in PATIENT_CHANNELS],
            variants=[actions.Words(code=REMINDER)],
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return back(request, "messaging:bulks")
    return redirect("messaging:bulk", campaign.pk)


def _reminder(day: date) -> Campaign | None:
    """The one for that day, if somebody has made one that may still reach people, or has."""
    made = Campaign.objects.filter(
        audience=Campaign.Audience.APPOINTMENTS,
        topic=Topic.REMINDERS,
        parameters__day=day.isoformat(),
    )
    over = (Campaign.Status.CANCELLED, Campaign.Status.FAILED)
    return made.exclude(status__in=over).order_by("pk").last()


def _do(
    request: HttpRequest, campaign: Campaign, verb: Callable[..., Any], said: str
) -> HttpResponse:
    try:
        verb(campaign=campaign, by=reader(request))
    except Refused as refusal:
        return _said(request, campaign, str(refusal), "error")
    return _said(request, campaign, said)


def _said(
    request: HttpRequest, campaign: Campaign, said: str, tone: str = "success"
) -> HttpResponse:
    return answered(request, said, resolve_url("messaging:bulk", campaign.pk), tone)


def _what_now(campaign: Campaign) -> str:
    campaign.refresh_from_db(fields=["status", "scheduled_for"])
    if campaign.status == Campaign.Status.WAITING:
        return _("It waits for a second person to approve it.")
    if campaign.status == Campaign.Status.SCHEDULED and campaign.scheduled_for:
        at = formats.date_format(timezone.localtime(campaign.scheduled_for), _("j M Y, H:i"))
        return _("It goes out on %(at)s.") % {"at": at}
    return _("It goes out now.")


def _then(hour: int) -> dict[str, Any]:
    """Tomorrow at this hour, to begin with."""
    day = clock.local() + timedelta(days=1)
    return {"at": day.replace(hour=hour, minute=0, second=0, microsecond=0)}
