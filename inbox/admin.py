"""The admin pages of the inbox: what people were told and what they did about it, to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from inbox.models import Level, Mailbox, Notification
from wards.templatetags.icons import icon
from wards.web.admin import ViewOnlyAdmin, badge

LEVEL = {
    Level.INFO: "info",
    Level.SUCCESS: "success",
    Level.WARNING: "warning",
    Level.ERROR: "error",
    Level.CRITICAL: "critical",
}
# The times a notification may have, as icons with words for who does not see them.
STEPS = (
    ("created_at", "bell", _("Delivered in the app")),
    ("seen_at", "eye", _("Seen")),
    ("acknowledged_at", "check2-circle", _("Acknowledged")),
    ("snoozed_until", "clock", _("Snoozed")),
    ("archived_at", "archive", _("Archived")),
)


class ReadFilter(admin.SimpleListFilter):
    title = _("read status")
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Read")), ("no", _("Unread"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Notification]
    ) -> QuerySet[Notification]:
        if self.value() is None:
            return queryset
        return queryset.filter(read_at__isnull=self.value() == "no")


@admin.register(Notification)
class NotificationAdmin(ViewOnlyAdmin[Notification]):
    """Not edited here: every change takes a number from the recipient's mailbox.

    No date hierarchy: it would read the whole table for the first and the last day.
    """

    list_display = [
        "title",
        "recipient",
        badge("level", _("level"), LEVEL),
        "category",
        "read_status",
        "delivery",
        "created_at",
        "acknowledged_by",
    ]
    list_filter = [
        ReadFilter,
        "level",
        "category",
        ("acknowledged_at", admin.EmptyFieldListFilter),
        ("archived_at", admin.EmptyFieldListFilter),
    ]
    search_fields = [
        "title",
        "message",
        "recipient__username",
        "recipient__first_name",
        "recipient__last_name",
    ]
    list_select_related = ["recipient", "acknowledged_by"]

    @admin.display(description=_("read status"), ordering="read_at")
    def read_status(self, notification: Notification) -> SafeString:
        read = notification.read_at is not None
        tone, mark, words = ("success", "✓", _("Read")) if read else ("warning", "✗", _("Unread"))
        return format_html('<span class="wb-badge wb-badge-{}">{} {}</span>', tone, mark, words)

    @admin.display(description=_("delivery"))
    def delivery(self, notification: Notification) -> SafeString:
        icons = format_html_join(
            "",
            "{}",
            (
                (icon(shape, label=words),)
                for at, shape, words in STEPS
                if getattr(notification, at)
            ),
        )
        return format_html('<span class="wb-steps">{}</span>', icons)


@admin.register(Mailbox)
class MailboxAdmin(ViewOnlyAdmin[Mailbox]):
    hospital_path = "user__hospital"
    list_display = ["user", "seq", "unread"]
    search_fields = ["user__username", "user__first_name", "user__last_name"]
    list_select_related = ["user"]
