"""What was sent, of which templates, and by whom: to look at.

Templates are written and preferences changed on the hospital's own pages, which record who did.
"""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from messaging.channels import Channel
from messaging.models import (
    CarrierState,
    Message,
    MessageCounter,
    MessageLog,
    MessageTemplate,
    NotificationPreference,
    TemplateVersion,
)
from messaging.reasons import in_words
from messaging.statuses import Status
from messaging.templatetags.messaging import CHANNELS, STATES, money
from wards.templatetags.icons import icon
from wards.web.admin import InstallationAdmin, ViewOnlyAdmin, badge

STATUS = {status: tone for status, (tone, _icon) in STATES.items()}
# The times a message may have, as icons with words for who does not see them.
STEPS = (
    ("sent_at", "check2", Status.SENT.label),
    ("delivered_at", "check2-all", Status.DELIVERED.label),
    ("read_at", "eye", Status.READ.label),
)


@admin.register(Message)
class MessageAdmin(ViewOnlyAdmin[Message]):
    """Sent again and taken back on the page of the message.

    No date hierarchy: it would read the whole table for the first and the last day.
    """

    list_display = [
        "id",
        "to_whom",
        "how",
        badge("status", _("status"), STATUS),
        "delivery",
        "why",
        "topic",
        "attempts",
        "price",
        "provider",
        "created_at",
        "page",
    ]
    list_filter = ["status", "channel", "topic", "provider", "language", "created_at"]
    search_fields = [
        "=id",
        "address",
        "subject",
        "body",
        "provider_id",
        "patient__number",
        "patient__first_name",
        "patient__last_name",
        "user__username",
    ]
    list_select_related = ["patient", "user"]

    @admin.display(description=_("to"))
    def to_whom(self, message: Message) -> str:
        return str(message.patient or message.user or message.address)

    @admin.display(description=_("channel"), ordering="channel")
    def how(self, message: Message) -> SafeString:
        shape = icon(CHANNELS[Channel(message.channel)], label=message.get_channel_display())
        return format_html("{} {}", shape, message.get_channel_display())

    @admin.display(description=_("delivery"))
    def delivery(self, message: Message) -> SafeString:
        there = [(icon(name, label=words),) for at, name, words in STEPS if getattr(message, at)]
        return format_html('<span class="wb-steps">{}</span>', format_html_join("", "{}", there))

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, message: Message) -> str:
        return in_words(message.reason)

    @admin.display(description=_("cost"), ordering="cost")
    def price(self, message: Message) -> str:
        return "–" if message.cost is None else money(message.cost, message.currency)

    @admin.display(description=_("page"))
    def page(self, message: Message) -> SafeString:
        address = reverse("messaging:message", args=[message.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(MessageLog)
class MessageLogAdmin(ViewOnlyAdmin[MessageLog]):
    hospital_path = "message__hospital"
    list_display = [
        "message",
        "at",
        badge("status", _("status"), STATUS),
        "channel",
        "provider",
        "attempt",
        "actor",
        "detail",
    ]
    list_filter = ["status", "channel", "provider"]
    search_fields = ["=message__id", "detail", "provider", "actor__username"]
    list_select_related = ["message", "actor"]
    ordering = ["-id"]


@admin.register(MessageCounter)
class TallyAdmin(ViewOnlyAdmin[MessageCounter]):
    """What the dashboard adds up."""

    list_display = [
        "cube",
        "day",
        "whole_month",
        "channel",
        "status",
        "reason",
        "messages",
        "parts",
        "cost",
    ]
    list_filter = ["cube", "whole_month", "channel", "status"]
    search_fields = ["reason", "provider"]
    ordering = ["-id"]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ViewOnlyAdmin[MessageTemplate]):
    list_display = ["name", "code", "channel", "category", "is_active", "deleted_at", "page"]
    list_filter = [
        "channel",
        "category",
        "is_active",
        ("deleted_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["name", "code", "versions__body_en", "versions__body_ar"]

    @admin.display(description=_("page"))
    def page(self, template: MessageTemplate) -> SafeString:
        if template.deleted_at:
            return SafeString("–")
        address = reverse("messaging:template", args=[template.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ViewOnlyAdmin[TemplateVersion]):
    hospital_path = "template__hospital"
    list_display = ["template", "channel", "number", "variables", "created_at", "created_by"]
    list_filter = ["template__channel", "template__category"]
    search_fields = ["template__name", "template__code", "body_en", "body_ar"]
    list_select_related = ["template", "created_by"]

    @admin.display(description=_("channel"), ordering="template__channel")
    def channel(self, version: TemplateVersion) -> str:
        return str(version.template.get_channel_display())


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(ViewOnlyAdmin[NotificationPreference]):
    switches = ("sms", "whatsapp", "email", "confirmations", "reminders", "results", "billing")
    list_display = ["patient", "preferred_channel", *switches, "marketing", "changed_at"]
    list_filter = ["preferred_channel", *switches, "marketing"]
    search_fields = ["patient__number", "patient__first_name", "patient__last_name"]
    list_select_related = ["patient"]


@admin.register(CarrierState)
class CarrierStateAdmin(InstallationAdmin[CarrierState]):
    """How each carrier does."""

    list_display = ["name", "health", "failures", "rests_until", "unreachable_since"]
    search_fields = ["name"]

    @admin.display(description=_("state"))
    def health(self, state: CarrierState) -> SafeString:
        tone, words = ("warning", _("Rests")) if state.is_resting else ("success", _("Works"))
        return format_html('<span class="wb-badge wb-badge-{}">{}</span>', tone, words)
