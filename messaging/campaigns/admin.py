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

from messaging.models import BulkRecipient, BulkSend, BulkVariant, MessageCounter
from messaging.reasons import in_words
from messaging.statuses import HANDED_OVER, Status
from wards.web.admin import ViewOnlyAdmin, badge

STATUS = {
    BulkSend.Status.DRAFT: "neutral",
    BulkSend.Status.PREPARING: "info",
    BulkSend.Status.READY: "neutral",
    BulkSend.Status.WAITING: "warning",
    BulkSend.Status.SCHEDULED: "info",
    BulkSend.Status.SENDING: "info",
    BulkSend.Status.PAUSED: "warning",
    BulkSend.Status.COMPLETED: "success",
    BulkSend.Status.CANCELLED: "neutral",
    BulkSend.Status.FAILED: "error",
}


def counted(*statuses: Status) -> Coalesce:
    """A column: how many of a bulk send's messages have one of these statuses, by the tallies."""
    cells = MessageCounter.objects.filter(
        cube=MessageCounter.Cube.BULK, bulk=OuterRef("pk"), status__in=statuses
    ).order_by()
    total = cells.values("bulk").annotate(n=Sum("messages")).values("n")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))


class VariantInline(admin.TabularInline[BulkVariant, BulkSend]):
    """What is said."""

    model = BulkVariant
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True


@admin.register(BulkSend)
class BulkSendAdmin(ViewOnlyAdmin[BulkSend]):
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkSend]:
        rows = super().get_queryset(request)
        return rows.annotate(
            handed_over=counted(*HANDED_OVER), failed=counted(Status.FAILED, Status.BOUNCED)
        )

    @admin.display(description=_("sent"))
    def success(self, bulk: Any) -> SafeString:
        """A bar; its words are for those who do not see it."""
        share = f"{100 * bulk.handed_over / bulk.included:.1f}" if bulk.included else "0.0"
        return format_html(
            '<progress max="100" value="{}" aria-label="{}%"></progress> {}%', share, share, share
        )

    @admin.display(description=_("Failed"))
    def lost(self, bulk: Any) -> int:
        return int(bulk.failed)

    @admin.display(description=_("recipients"))
    def recipients(self, bulk: BulkSend) -> SafeString:
        """How many, with the way to them: they may be 100,000."""
        address = reverse("admin:messaging_bulkrecipient_changelist")
        return format_html(
            '<a href="{}?bulk__id__exact={}">{}</a>', address, bulk.pk, f"{bulk.total:,}"
        )

    @admin.display(description=_("page"))
    def page(self, bulk: BulkSend) -> SafeString:
        address = reverse("messaging:bulk", args=[bulk.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(BulkVariant)
class BulkVariantAdmin(ViewOnlyAdmin[BulkVariant]):
    hospital_path = "bulk__hospital"
    list_display = ["bulk", "letter", "share", "code", "body_en", "body_ar"]
    search_fields = ["bulk__name", "code", "body_en", "body_ar"]
    list_select_related = ["bulk"]


@admin.register(BulkRecipient)
class BulkRecipientAdmin(ViewOnlyAdmin[BulkRecipient]):
    """No filters but by the bulk send: there may be millions."""

    hospital_path = "bulk__hospital"
    list_display = ["line", "bulk", "patient", "channel", "address", "language", "parts", "why"]
    search_fields = ["=bulk__id", "bulk__name"]
    list_select_related = ["bulk", "patient"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "bulk__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("left out"), ordering="excluded")
    def why(self, recipient: BulkRecipient) -> str:
        return in_words(recipient.excluded)
