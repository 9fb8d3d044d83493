"""Whom a bulk send goes to, one by one: who, where they lie, at which address, or why not."""

import re
from typing import NamedTuple

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from messaging import reasons
from messaging.campaigns.views.campaigns import get_campaign
from messaging.models import Campaign, CampaignRecipient
from wards.models import Admission, Patient
from wards.models.search import begins_with
from wards.roles import Permission, members_only
from wards.web.pages import vary, wants_part

PAGE_SIZE = 50


class Addressee(NamedTuple):
    """A recipient with the patient it is about, where they lie, and why they get nothing."""

    recipient: CampaignRecipient
    patient: Patient | None
    stay: Admission | None
    why: str

    @property
    def name(self) -> str:
        """As our books have it, else as the row says it."""
        values = self.recipient.values
        said = values.get("name") or values.get("patient_name") or ""
        return str(self.patient) if self.patient else str(said)


@require_safe
@members_only
def people(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """All recipients in their order, 50 a page (`?page=`); `?q=`: a name, number or address."""
    campaign = get_campaign(request, campaign_id, Permission.VIEW_MESSAGES)
    search = request.GET.get("q", "")[:80].strip()
    page = Paginator(_found(campaign, search), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "q": search,
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1),
        "people": _addressees(list(page.object_list)),
    }
    part = "_people" if wants_part(request) else "people"
    return vary(render(request, f"messaging/campaigns/{part}.html", context))


def _found(campaign: Campaign, search: str) -> QuerySet[CampaignRecipient]:
    rows = campaign.recipients.order_by("line")
    if not search:
        return rows
    fits = Q(address__icontains=search) | Q(values__name__icontains=search)
    fits |= Q(values__patient_name__icontains=search)
    if (digits := re.sub(r"[\s+()/-]", "", search)).isdecimal():
        fits |= Q(address__contains=digits.lstrip("0") or digits)  # 0501… is +966501… there
    if (words := begins_with(search)) is not None:
        ours = Patient.objects.filter(words, hospital=campaign.hospital_id)
        fits |= Q(patient__in=ours.values("pk"))
    return rows.filter(fits)


def _addressees(rows: list[CampaignRecipient]) -> list[Addressee]:
    """In two queries, however many."""
    ids = [row.patient_id for row in rows if row.patient_id]
    patients = Patient.objects.in_bulk(ids)
    open_stays = Admission.objects.filter(patient__in=ids, discharged_at=None)
    stays = {stay.patient_id: stay for stay in open_stays.select_related("ward", "bed")}
    return [
        Addressee(
            row,
            patients.get(row.patient_id or 0),
            stays.get(row.patient_id or 0),
            reasons.in_words(row.excluded),
        )
        for row in rows
    ]
