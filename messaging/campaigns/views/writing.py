"""Writing a bulk send: to whom and in which words; what it says of them while one types."""

import csv
import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.campaigns import actions, choices, lists, text_previews
from messaging.campaigns.forms import LETTERS, OWN, TEMPLATE, CampaignForm, VariantForm
from messaging.campaigns.text_previews import Reading
from messaging.campaigns.views import columns
from messaging.campaigns.views.campaigns import get_campaign, is_editable
from messaging.channels import Channel
from messaging.insights import prices
from messaging.models import Campaign
from messaging.rendering import placeholders
from messaging.rendering.drafts import WORDS
from wards.base import uploads
from wards.base.csv_rows import Unmatched
from wards.base.tables.writing import BOM
from wards.models import Hospital
from wards.operations.views.matching import NotMatchedYet, brought, kept, owner
from wards.roles import Permission, members_only, requires
from wards.web import downloads
from wards.web.dialogs import managed
from wards.web.pages import own_hospital, reader, vary

Audience = Campaign.Audience


@require_http_methods(["GET", "POST"])
@requires(Permission.SEND_MESSAGES)
def create(request: HttpRequest) -> HttpResponse:
    """Writes a new one; `?audience=`, `?tags=`, `?day=`, `?code=` begin with something."""
    form = _form(request, own_hospital(request))
    made: list[Campaign] = []

    def write(**given: Any) -> None:
        made.append(actions.create_campaign(hospital=form.hospital, by=reader(request), **given))

    if request.method == "POST" and form.is_valid() and _written(request, form, write):
        return redirect("messaging:bulk", made[0].pk)
    return _page(request, form)


@require_http_methods(["GET", "POST"])
@members_only
def edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Changes one that has not begun; it is checked again then."""
    campaign = get_campaign(request, campaign_id, Permission.SEND_MESSAGES)
    if not is_editable(campaign):
        return redirect("messaging:bulk", campaign.pk)
    form = _form(request, own_hospital(request), campaign)

    def write(**given: Any) -> None:
        actions.change_campaign(campaign=campaign, by=reader(request), **given)

    if request.method == "POST" and form.is_valid() and _written(request, form, write):
        return redirect("messaging:bulk", campaign.pk)
    return _page(request, form, campaign)


def _written(request: HttpRequest, form: CampaignForm, write: Callable[..., None]) -> bool:
    """Writes it; where that is refused or its columns are not known, the form says so."""
    given = _given(form)
    file = form.cleaned_data["source"] if given["audience"] == Audience.FILE else None

    def verb() -> None:
        try:
            if file and (said := columns.answer(request, file)):
                given["parameters"]["columns"] = said
            write(**given)
        except Unmatched as doubt:
            if file is None:
                raise
            raise columns.ask(request, file, doubt) from doubt

    try:
        done = managed(form, verb)
    except NotMatchedYet as asked:
        form.question = asked.question
        return False
    if done:
        uploads.drop(request.POST.get("kept", ""), owner(request))
    return done


@require_POST
@requires(Permission.SEND_MESSAGES)
def check(request: HttpRequest) -> HttpResponse:
    """What is to be said of it as it stands, and how it will read; nothing is kept."""
    form = CampaignForm(own_hospital(request), request.POST)
    return render(request, "messaging/campaigns/_check.html", _assessment(form))


@require_safe
@requires(Permission.SEND_MESSAGES)
def sample(request: HttpRequest) -> FileResponse:
    """A file that shows how."""
    return downloads.table(request, io.BytesIO(f"{BOM}{lists.SAMPLE}".encode()), "bulk-send-sample")


def _form(
    request: HttpRequest, hospital: Hospital, campaign: Campaign | None = None
) -> CampaignForm:
    known, words = _known(campaign) if campaign else _begun(request)
    data: tuple[Any, ...] = ()
    if request.method == "POST":
        brought(request, "source")
        data = (request.POST, request.FILES)
    is_file = campaign is not None and campaign.audience == Audience.FILE
    kept = (campaign.source.name or "") if campaign and is_file and campaign.source else ""
    return CampaignForm(hospital, *data, initial=known, words=words, kept=kept)


def _begun(request: HttpRequest) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the address says a new one begins with."""
    known: dict[str, Any] = {
        name: request.GET[name] for name in ("audience", "day", "ward") if name in request.GET
    }
    if tags := request.GET.getlist("tags"):
        known["tags"] = tags
    code = request.GET.get("code", "")
    return known, {"a": {"code": code}} if code else {}


def _known(campaign: Campaign) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A bulk send as the form shows it."""
    variants = list(campaign.variants.order_by("number"))
    known = {
        **{name: getattr(campaign, name) for name in ("name", "audience", "topic", "channels")},
        **{
            name: campaign.parameters[name]
            for name in ("tags", "ward", "day")
            if name in campaign.parameters
        },
        "people": _pasted(campaign),
        "compare": len(variants) > 1,
        "share": variants[1].share if len(variants) > 1 else 50,
    }
    words = {
        LETTERS[variant.number]: {
            "origin": TEMPLATE if variant.code else OWN,
            "code": variant.code,
            **{name: getattr(variant, name) for name in WORDS},
        }
        for variant in variants
    }
    return known, words


def _pasted(campaign: Campaign) -> str:
    """The list as it was pasted, an entry a line; empty where it is gone."""
    if campaign.audience != Audience.LIST or not campaign.source:
        return ""
    try:
        with campaign.source.open("rb") as file:
            _header, *rows = csv.reader(file.read().decode().splitlines())
    except OSError:
        return ""
    return "\n".join(filter(None, (cell for row in rows for cell in row)))


def _given(form: CampaignForm) -> dict[str, Any]:
    """A valid form as the actions take it."""
    given = form.cleaned_data
    share = form.share_of_b
    variants = [_words(v, share if v.prefix == "b" else 100 - share) for v in form.chosen]
    return {
        "name": given["name"] or _name(form),
        "audience": given["audience"],
        "parameters": form.parameters,
        "topic": form.about,
        "channels": form.ways,
        "variants": variants,
        "source": _source(form),
    }


def _source(form: CampaignForm) -> BinaryIO | None:
    """What was uploaded or pasted; None keeps what is there."""
    match form.cleaned_data["audience"]:
        case Audience.FILE:
            return cast(BinaryIO | None, form.cleaned_data["source"])
        case Audience.LIST if people := form.cleaned_data["people"]:
            return io.BytesIO(people.encode())
    return None


def _words(variant: VariantForm, share: int) -> actions.Words:
    if (template := variant.template) is not None:
        return actions.Words(code=template.code, share=share)
    draft = variant.draft(Channel.EMAIL)
    return actions.Words(share=share, **{name: getattr(draft, name) for name in WORDS})


def _name(form: CampaignForm) -> str:
    """What it is called where nobody has given it a name: the words, and to whom."""
    template, given = form.variants[0].template, form.cleaned_data
    what = template.name if template else _("Own words")
    match given["audience"]:
        case Audience.TAGS:
            whom = ", ".join(given["tags"])
        case Audience.APPOINTMENTS:
            whom = str(given["day"])
        case Audience.WARD:
            whom = next(str(ward) for ward, _label in choices.wards() if ward.pk == given["ward"])
        case Audience.FILE if given["source"] and not uploads.is_kept(given["source"].name):
            whom = given["source"].name
        case audience:
            whom = str(Audience(audience).label)
    return f"{what} · {whom}"[:120]


def _page(
    request: HttpRequest, form: CampaignForm, campaign: Campaign | None = None
) -> HttpResponse:
    hospital = form.hospital
    file = request.FILES.get("source")
    context = {
        "form": form,
        "kept": kept(request, file) if file and file.size else "",
        "campaign": campaign,
        "placeholders": placeholders.offered("", Channel.SMS),
        "samples": {code: placeholders.samples(hospital, code) for code in ("en", "ar")},
        "everybody": choices.everybody(),
        "offered": {each.code: each.channels for each in form.templates.values()},
        **_assessment(form),
    }
    status = 422 if request.method == "POST" else 200
    return vary(render(request, "messaging/campaigns/new.html", context, status=status))


def _assessment(form: CampaignForm) -> dict[str, object]:
    """The readings of both texts, and how many have an appointment on the day."""
    ways = form.ways
    codes = [v.template.code for v in form.variants if v.template]
    by_code = text_previews.of_templates(form.hospital, codes, ways) if codes else {}
    texts = [
        Reading(v.letter, by_code[v.template.code], editable=False)
        if v.template
        else Reading(
            v.letter,
            [v.draft(c) for c in ways or [Channel.SMS]] if v.is_own else [],
            editable=v.is_own,
        )
        for v in form.variants
    ]
    day = form.day_value
    return {
        "texts": texts,
        "readings": [text for text in texts[: len(form.chosen)] if text.looks],
        "compared": len(form.chosen) > 1,
        "ways": ways,
        "price": prices.price_of(form.hospital, Channel.SMS) if Channel.SMS in ways else None,
        "expected": choices.expected_words(day) if day else "",
    }
