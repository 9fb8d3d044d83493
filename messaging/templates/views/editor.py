"""Writing templates: the editor, and what it says while one types."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.channels import Channel
from messaging.insights import prices
from messaging.models import MessageTemplate
from messaging.rendering import placeholders
from messaging.rendering.drafts import WORDS, Draft
from messaging.templates import actions, default_templates
from messaging.templates.forms import NewTemplateForm, TemplateForm
from messaging.templates.views.templates import get_template, newest_versions
from wards.roles import Permission, members_only, requires
from wards.web.dialogs import managed
from wards.web.pages import number, own_hospital, reader, vary


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_TEMPLATES)
def create(request: HttpRequest) -> HttpResponse:
    """Writes a new template."""
    user, hospital = reader(request), own_hospital(request)
    form = NewTemplateForm(hospital, request.POST or None, initial=request.GET.dict())
    made: list[MessageTemplate] = []
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "code", "category", "channel")}
        if managed(
            form,
            lambda: made.append(
                actions.create_template(hospital=hospital, by=user, **given, **form.words)
            ),
        ):
            messages.success(request, _("%(name)s is saved.") % {"name": made[0]})
            return redirect("messaging:template", made[0].pk)
    return _page(request, form)


@require_http_methods(["GET", "POST"])
@members_only
def edit(request: HttpRequest, template_id: int) -> HttpResponse:
    """Gives a template other words: a new version of it."""
    template = get_template(request, template_id, Permission.EDIT_TEMPLATES)
    version = newest_versions([template.pk])[template.pk]
    known = {name: getattr(version, name) for name in WORDS} | {
        "name": template.name,
        "category": template.category,
        "version": version.number,
    }
    form = TemplateForm(
        template.hospital,
        request.POST or None,
        initial=known,
        code=template.code,
        channel=template.channel,
    )
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "category")}
        seen = form.cleaned_data["version"] or version.number
        if managed(
            form,
            lambda: actions.change_template(
                template=template, seen=seen, by=reader(request), **given, **form.words
            ),
        ):
            messages.success(request, _("%(name)s is saved.") % {"name": given["name"]})
            return redirect("messaging:template", template.pk)
    return _page(request, form, template)


@require_POST
@requires(Permission.EDIT_TEMPLATES)
def check(request: HttpRequest) -> HttpResponse:
    """What is to be said of the words as they stand, and how they will read; nothing is kept."""
    hospital = own_hospital(request)
    template_id = number(request.GET.get("template"))
    form: TemplateForm
    if template_id is not None:
        template = get_template(request, template_id, Permission.EDIT_TEMPLATES)
        form = TemplateForm(hospital, request.POST, code=template.code, channel=template.channel)
    else:
        form = NewTemplateForm(hospital, request.POST)
    return render(request, "messaging/_check.html", _assessment(form.draft))


def _page(
    request: HttpRequest, form: TemplateForm, template: MessageTemplate | None = None
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    hospital = own_hospital(request)
    context = {
        "form": form,
        "template": template,
        "placeholders": placeholders.offered(form.code, form.channel),
        "samples": {code: placeholders.samples(hospital, code) for code in ("en", "ar")},
        "codes": sorted({entry["code"] for entry in default_templates.entries()}),
        **_assessment(form.draft),
    }
    return vary(render(request, "messaging/editor.html", context, status=status))


def _assessment(draft: Draft) -> dict[str, object]:
    is_paid = draft.channel in (Channel.SMS, Channel.WHATSAPP)
    price = prices.price_of(draft.hospital, draft.channel) if is_paid else None
    return {"draft": draft, "price": price}
