"""What happened, what other systems sent, and what counts as critical."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from wards.models import CriticalLimit, Event, Hl7Message, Outbox, Withdrawal
from wards.web.admin import TenantAdmin, ViewOnlyAdmin, badge

HL7 = {
    Hl7Message.Status.RECEIVED: "info",
    Hl7Message.Status.ACCEPTED: "success",
    Hl7Message.Status.ERROR: "warning",
    Hl7Message.Status.REJECTED: "error",
}


@admin.register(Event)
class EventAdmin(ViewOnlyAdmin[Event]):
    """The audit trail."""

    list_display = ["kind", "at", "source", "actor", "patient", "ward", "provider"]
    list_filter = ["kind", "source", "ward"]
    search_fields = [
        "kind",
        "actor__username",
        "patient__number",
        "patient__first_name",
        "patient__last_name",
        "key",
    ]
    date_hierarchy = "at"
    list_select_related = ["actor", "patient", "ward", "provider"]


@admin.register(Outbox)
class OutboxAdmin(ViewOnlyAdmin[Outbox]):
    """What nobody has been told of yet; a row that stays has an error."""

    hospital_path = "event__hospital"
    list_display = ["event", "attempts", "retry_at", "error"]
    list_filter = ["attempts"]
    search_fields = ["error", "event__kind"]
    list_select_related = ["event"]


@admin.register(Withdrawal)
class WithdrawalAdmin(ViewOnlyAdmin[Withdrawal]):
    """What turned out not to have happened, and which event says so."""

    hospital_path = "event__hospital"
    list_display = ["event", "by"]
    list_filter = ["event__kind"]
    search_fields = ["event__kind", "by__kind"]
    list_select_related = ["event", "by"]


@admin.register(Hl7Message)
class Hl7MessageAdmin(ViewOnlyAdmin[Hl7Message]):
    list_display = [
        "control_id",
        "message_type",
        badge("status", _("status"), HL7),
        "reason",
        "sending_facility",
        "received_at",
    ]
    list_filter = ["status", "message_type"]
    search_fields = ["control_id", "reason", "sending_application", "sending_facility", "raw"]
    date_hierarchy = "received_at"


@admin.register(CriticalLimit)
class CriticalLimitAdmin(TenantAdmin[CriticalLimit]):
    list_display = ["code", "name", "low", "high"]
    search_fields = ["code", "name"]
