"""Bulk sends: how far they are and what came of them, to look at.

Written, approved, paused and cancelled on the hospital's own pages, which record who did.
"""

from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from messaging.models import Campaign, CampaignRecipient, CampaignVariant, MessageCounter
from messaging.reasons import in_words
from messaging.statuses import HANDED_OVER, Status
from wards.web.admin import ViewOnlyAdmin, badge

STATUS = {
    Campaign.Status.DRAFT: "neutral",
    Campaign.Status.PREPARING: "info",
    Campaign.Status.READY: "neutral",
    Campaign.Status.WAITING: "warning",
    Campaign.Status.SCHEDULED: "info",
    Campaign.Status.SENDING: "info",
    Campaign.Status.PAUSED: "warning",
    Campaign.Status.COMPLETED: "success",
    Campaign.Status.CANCELLED: "neutral",
    Campaign.Status.FAILED: "error",
}


def counted(*statuses: Status) -> Coalesce:
    """A column: how many of a bulk send's messages have one of these statuses, by the tallies."""
    cells = MessageCounter.objects.filter(
        cube=MessageCounter.Cube.BULK, campaign=OuterRef("pk"), status__in=statuses
    ).order_by()
    total = cells.values("campaign").annotate(n=Sum("messages")).values("n")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))


class VariantInline(admin.TabularInline[CampaignVariant, Campaign]):
    """What is said."""

    model = CampaignVariant
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True


@admin.register(Campaign)
class CampaignAdmin(ViewOnlyAdmin[Campaign]):
    list_display = [
        "name",
        badge("status", _("status"), STATUS),
        "audience",
        "included",
        "success",
        "lost",
        "created_by",
        "approved_by",
        "created_at",
        "page",
    ]
    list_filter = ["status", "audience", "topic", "created_at"]
    search_fields = ["=id", "name", "created_by__username", "failure"]
    list_select_related = ["created_by", "approved_by"]
    inlines = [VariantInline]
    exclude = ["source", "fingerprint", "preview", "worker"]
    readonly_fields = ["recipients", "success", "lost", "page"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        rows = super().get_queryset(request)
        return rows.annotate(
            handed_over=counted(*HANDED_OVER), failed=counted(Status.FAILED, Status.BOUNCED)
        )

    @admin.display(description=_("sent"))
    def success(self, campaign: Any) -> SafeString:
        """A bar; its words are for those who do not see it."""
        share = (
            f"{100 * campaign.handed_over / campaign.included:.1f}" if campaign.included else "0.0"
        )
        return format_html(
            '<progress max="100" value="{}" aria-label="{}%"></progress> {}%', share, share, share
        )

    @admin.display(description=_("Failed"))
    def lost(self, campaign: Any) -> int:
        return int(campaign.failed)

    @admin.display(description=_("recipients"))
    def recipients(self, campaign: Campaign) -> SafeString:
        """How many, with the way to them: they may be 100,000."""
        address = reverse("admin:messaging_campaignrecipient_changelist")
        return format_html(
            '<a href="{}?campaign__id__exact={}">{}</a>',
            address,
            campaign.pk,
            f"{campaign.total:,}",
        )

    @admin.display(description=_("page"))
    def page(self, campaign: Campaign) -> SafeString:
        address = reverse("messaging:bulk", args=[campaign.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(CampaignVariant)
class CampaignVariantAdmin(ViewOnlyAdmin[CampaignVariant]):
    hospital_path = "campaign__hospital"
    list_display = ["campaign", "letter", "share", "code", "body_en", "body_ar"]
    search_fields = ["campaign__name", "code", "body_en", "body_ar"]
    list_select_related = ["campaign"]


@admin.register(CampaignRecipient)
class CampaignRecipientAdmin(ViewOnlyAdmin[CampaignRecipient]):
    """No filters but by the bulk send: there may be millions."""

    hospital_path = "campaign__hospital"
    list_display = ["line", "campaign", "patient", "channel", "address", "language", "parts", "why"]
    search_fields = ["=campaign__id", "campaign__name"]
    list_select_related = ["campaign", "patient"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "campaign__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("left out"), ordering="excluded")
    def why(self, recipient: CampaignRecipient) -> str:
        return in_words(recipient.excluded)
