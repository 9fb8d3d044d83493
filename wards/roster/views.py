"""The roster: a ward's week, and the dialogs that change it."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from wards.base import clock
from wards.models import DutyPeriod, Ward
from wards.roles import Permission, allows, members_only, requires
from wards.roster import actions, week
from wards.roster.forms import DutyForm, Hours, RosterFilter
from wards.selectors import natural
from wards.web.dialogs import answered, ask, managed
from wards.web.forms import Blank
from wards.web.pages import reader, vary, wants_part

EARLIEST, LATEST = date(2000, 1, 3), date(8000, 1, 1)


@require_safe
@requires(Permission.MANAGE_ROSTER)
def roster(request: HttpRequest) -> HttpResponse:
    """A week of a ward: `?ward=`, `?week=` (any day of it); else the first ward, this week."""
    wards = sorted(Ward.objects.all(), key=lambda ward: natural(str(ward)))
    chosen, monday = _chosen(request)
    ward = next((ward for ward in wards if ward.pk == chosen), wards[0] if wards else None)
    context = {
        "wards": wards,
        "ward": ward,
        "week": week.week(ward, monday) if ward else None,
        "this_week": week.monday_of(clock.today()),
    }
    template = "wards/_week.html" if wants_part(request) else "wards/roster.html"
    return vary(render(request, template, context))


@require_http_methods(["GET", "POST"])
@members_only
def plan(request: HttpRequest, ward_id: int) -> HttpResponse:
    """Asks who is on duty when (`?date=` is chosen already), then plans it."""
    ward, user = _ward(request, get_object_or_404(Ward, pk=ward_id)), reader(request)
    usual = {"date": clock.today().isoformat(), "begins": "07:00", "ends": "19:00"}
    form = DutyForm(user.hospital_id, request.POST or None, initial=usual | request.GET.dict())
    if request.method == "POST" and form.is_valid():
        who = form.cleaned_data["user"]
        if managed(form, lambda: actions.plan_duty(user=who, ward=ward, by=user, **form.span)):
            said = _("%(user)s is planned for %(ward)s.") % {"user": who, "ward": ward}
            return answered(request, said, _page(ward, form.cleaned_data["date"]))
    return ask(request, "wards/_duty.html", form=form, ward=ward)


@require_http_methods(["GET", "POST"])
@members_only
def change(request: HttpRequest, period_id: int) -> HttpResponse:
    """Asks for other hours of a duty, then changes it."""
    period, user = _period(request, period_id), reader(request)
    begin = timezone.localtime(period.starts_at)
    end = timezone.localtime(period.ends_at) if period.ends_at else None
    known = {
        "date": begin.date(),
        "begins": begin.time(),
        "ends": end.time() if end else None,
        "in_charge": period.in_charge,
    }
    form = Hours(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        span = form.span
        if (begin.hour, begin.minute) == (span["starts_at"].hour, span["starts_at"].minute):
            # The field has no seconds: a duty that has begun keeps its beginning.
            span["starts_at"] = span["starts_at"].replace(second=begin.second)
            span["starts_at"] = span["starts_at"].replace(microsecond=begin.microsecond)
        if managed(form, lambda: actions.change_duty(period=period, by=user, **span)):
            said = _("The duty of %(user)s is changed.") % {"user": period.user}
            return answered(request, said, _page(period.ward, begin.date()))
    return ask(request, "wards/_duty.html", form=form, ward=period.ward, period=period)


@require_http_methods(["GET", "POST"])
@members_only
def remove(request: HttpRequest, period_id: int) -> HttpResponse:
    """Asks, then takes a duty out of the roster; one that runs ends now."""
    period, user = _period(request, period_id), reader(request)
    ward, day = period.ward, timezone.localtime(period.starts_at).date()
    form = Blank(request.POST if request.method == "POST" else None)
    if request.method == "POST" and managed(
        form, lambda: actions.remove_duty(period=period, by=user)
    ):
        said = _("%(user)s is off the roster.") % {"user": period.user}
        return answered(request, said, _page(ward, day))
    running = period.starts_at <= clock.now()
    return ask(request, "wards/_duty_remove.html", form=form, period=period, running=running)


@require_http_methods(["GET", "POST"])
@members_only
def copy(request: HttpRequest, ward_id: int) -> HttpResponse:
    """Asks, then plans in a week (`?week=`) what the week before has."""
    ward, user = _ward(request, get_object_or_404(Ward, pk=ward_id)), reader(request)
    _chosen_ward, monday = _chosen(request)
    before = monday - week.WEEK
    form = Blank(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made: list[DutyPeriod] = []
        if managed(
            form,
            lambda: made.extend(
                actions.copy_week(ward=ward, from_monday=before, to_monday=monday, by=user)
            ),
        ):
            said = ngettext("%(n)s duty is copied.", "%(n)s duties are copied.", len(made))
            return answered(request, said % {"n": len(made)}, _page(ward, monday))
    return ask(request, "wards/_copy.html", form=form, ward=ward, monday=monday, before=before)


def _chosen(request: HttpRequest) -> tuple[int | None, date]:
    """The ward and the Monday in the address; nonsense is this week."""
    filters = RosterFilter(request.GET)
    filters.is_valid()
    day = filters.cleaned_data.get("week") or clock.today()
    monday = week.monday_of(day if EARLIEST < day < LATEST else clock.today())
    return filters.cleaned_data.get("ward"), monday


def _ward(request: HttpRequest, ward: Ward) -> Ward:
    if not allows(reader(request), Permission.MANAGE_ROSTER):
        raise PermissionDenied
    return ward


def _period(request: HttpRequest, period_id: int) -> DutyPeriod:
    periods = DutyPeriod.objects.select_related("ward", "user")
    period: DutyPeriod = get_object_or_404(periods, pk=period_id)
    _ward(request, period.ward)
    return period


def _page(ward: Ward, day: date) -> str:
    return f"{resolve_url('wards:roster')}?ward={ward.pk}&week={week.monday_of(day)}"
