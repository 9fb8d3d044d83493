"""The hospital's templates: the list, one of them, and what is done with it."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.insights import template_usage
from messaging.messages.forms import TemplateFilter
from messaging.models import MessageTemplate, TemplateVersion
from messaging.rendering.drafts import WORDS, Draft
from messaging.templates import actions
from messaging.templates.forms import TestForm
from wards.base.refused import Refused
from wards.roles import Permission, allows, members_only, requires
from wards.web.dialogs import ask, managed
from wards.web.forms import Blank
from wards.web.pages import reader, toast, vary, wants_part

PAGE_SIZE = 20
VERSIONS_SHOWN = 10


@require_safe
@requires(Permission.VIEW_MESSAGES)
def template_list(request: HttpRequest) -> HttpResponse:
    """All templates: `?q=`, `?channel=`, `?category=`, `?state=`, 20 a page (`?page=`)."""
    filters = TemplateFilter(request.GET)
    chosen = {name: filters.value(name) for name in ("q", "channel", "category", "state")}
    found = _found(**chosen).order_by("name", "code", "channel")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    ids = [template.pk for template in page.object_list]
    newest, used = newest_versions(ids), template_usage.of_templates(ids)
    context = {
        **chosen,
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1),
        "rows": [(each, newest[each.pk], used.get(each.pk)) for each in page.object_list],
        "days": template_usage.DAYS,
        "channels": [(channel.value, channel.label) for channel in PATIENT_CHANNELS],
        "categories": Topic.choices,
        "filtered": any(chosen.values()),
    }
    name = "messaging/_templates.html" if wants_part(request) else "messaging/templates.html"
    return vary(render(request, name, context))


@require_safe
@members_only
def template(request: HttpRequest, template_id: int) -> HttpResponse:
    """One template: how it reads in both languages, how it is used, and what it was before."""
    found = get_template(request, template_id, Permission.VIEW_MESSAGES)
    versions = TemplateVersion.objects.filter(template=found).select_related("created_by")
    history = list(versions.order_by("-number")[:VERSIONS_SHOWN])
    context = {
        "template": found,
        "version": history[0],
        "versions": history,
        "draft": draft_of(found, history[0]),
        "usage": template_usage.of_templates([found.pk]).get(found.pk, template_usage.Usage()),
        "days": template_usage.DAYS,
    }
    name = "messaging/_template.html" if wants_part(request) else "messaging/template.html"
    return vary(render(request, name, context))


@require_POST
@members_only
def toggle(request: HttpRequest, template_id: int) -> HttpResponse:
    """Switches a template `on` ("1" or "0"); without it, to what it is not."""
    found = get_template(request, template_id, Permission.EDIT_TEMPLATES)
    on = request.POST.get("on", "0" if found.is_active else "1") == "1"
    try:
        found = actions.switch_template(template=found, on=on, by=reader(request))
    except Refused as refusal:
        said, tone = str(refusal), "error"
    else:
        words = _("%(name)s is on.") if on else _("%(name)s is off: nothing is sent with it.")
        said, tone = words % {"name": found}, "success"
    if not wants_part(request):
        (messages.success if tone == "success" else messages.error)(request, said)
        return redirect("messaging:template", found.pk)
    # The switch at once; the rest of the page fetches itself.
    return toast(render(request, "messaging/_switch.html", {"template": found}), said, tone)


@require_http_methods(["GET", "POST"])
@members_only
def test(request: HttpRequest, template_id: int) -> HttpResponse:
    """Asks where to, then sends the template there with sample values."""
    found = get_template(request, template_id, Permission.EDIT_TEMPLATES)
    user = reader(request)
    form = TestForm(found.channel, found.hospital, request.POST or None, initial=_own(found, user))
    sent: list[int] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if managed(form, lambda: sent.append(actions.send_test(template=found, by=user, **given))):
            said = _("The test is on its way to %(address)s.") % {"address": given["address"]}
            return _leave(request, said, resolve_url("messaging:message", sent[0]))
    return ask(request, "messaging/_test.html", form=form, template=found)


@require_http_methods(["GET", "POST"])
@members_only
def delete(request: HttpRequest, template_id: int) -> HttpResponse:
    """Asks, then takes a template away."""
    found = get_template(request, template_id, Permission.DELETE_TEMPLATES)
    form = Blank(request.POST if request.method == "POST" else None)
    if request.method == "POST" and managed(
        form, lambda: actions.delete_template(template=found, by=reader(request))
    ):
        said = _("%(name)s is deleted.") % {"name": found}
        return _leave(request, said, resolve_url("messaging:templates"))
    used = template_usage.of_templates([found.pk]).get(found.pk, template_usage.Usage())
    return ask(request, "messaging/_delete.html", form=form, template=found, usage=used)


def get_template(request: HttpRequest, pk: int, permission: Permission) -> MessageTemplate:
    """The template of this hospital (else 404) if the reader has the permission (else 403)."""
    rows = MessageTemplate.objects.filter(deleted_at=None).select_related("hospital")
    found: MessageTemplate = get_object_or_404(rows, pk=pk)
    if not allows(reader(request), permission):
        raise PermissionDenied
    return found


def newest_versions(template_ids: Iterable[int]) -> dict[int, TemplateVersion]:
    """The words that each template has now, in one query."""
    versions = TemplateVersion.objects.filter(template__in=list(template_ids))
    newest = versions.select_related("created_by").order_by("template_id", "-number")
    return {version.template_id: version for version in newest.distinct("template_id")}


def draft_of(template: MessageTemplate, version: TemplateVersion) -> Draft:
    """The words of a version, to be looked at."""
    words = {name: getattr(version, name) for name in WORDS}
    return Draft(template.hospital, template.code, template.channel, **words)


def _leave(request: HttpRequest, said: str, address: str) -> HttpResponse:
    """Goes to another page, also from a dialog, and says there what was done."""
    messages.success(request, said)
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _found(*, q: str, channel: str, category: str, state: str) -> QuerySet[MessageTemplate]:
    rows = MessageTemplate.objects.filter(deleted_at=None)
    if channel:
        rows = rows.filter(channel=channel)
    if category:
        rows = rows.filter(category=category)
    if state:
        rows = rows.filter(is_active=state == "on")
    for word in q.split():
        texts = ("subject_en", "body_en", "subject_ar", "body_ar")
        said = Q(*((f"{text}__icontains", word) for text in texts), _connector=Q.OR)
        newest = TemplateVersion.objects.order_by("template_id", "-number").distinct("template_id")
        speaking = TemplateVersion.objects.filter(said, pk__in=newest.values("pk"))
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(code__icontains=word)
            | Q(pk__in=speaking.values("template"))
        )
    return rows


def _own(template: MessageTemplate, user: object) -> dict[str, str]:
    """A test goes to whoever tries it out; people here have an e-mail address but no number."""
    mine = getattr(user, "email", "") if template.channel == Channel.EMAIL else ""
    return {"address": mine, "language": getattr(user, "language", "")}
