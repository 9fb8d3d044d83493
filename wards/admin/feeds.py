"""Feeds, identifiers, results: what other systems tell us of whom."""

import ipaddress

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wards.models import (
    Feed,
    FeedNote,
    Identifier,
    IdentityQuestion,
    Interpretation,
    LaboratoryFlag,
    Result,
    ResultVersion,
)
from wards.web.admin import TenantAdmin, TenantForm, ViewOnlyAdmin, administers, badge
from wards.web.pages import reader

MEANING = {
    Interpretation.CRITICAL: "error",
    Interpretation.ABNORMAL: "warning",
    Interpretation.NORMAL: "success",
    Interpretation.NOT_INTERPRETED: "warning",
}
STATE = {IdentityQuestion.State.OPEN: "warning", IdentityQuestion.State.MATCHED: "success"}


class FeedForm(TenantForm):
    """Addresses that are none, and types written twice, would keep messages out unnoticed."""

    def clean_networks(self) -> list[str]:
        """As networks are written: 10.1.2.3/16 is 10.1.0.0/16."""
        networks = []
        for each in self.cleaned_data["networks"]:
            try:
                networks.append(str(ipaddress.ip_network(each.strip(), strict=False)))
            except ValueError as error:
                said = _("%(address)s is no address or network, as 10.1.0.0/16.")
                raise ValidationError(said % {"address": each}) from error
        return networks

    def clean_authority(self) -> str:
        return str(self.cleaned_data["authority"]).strip().upper()

    def clean_own_authorities(self) -> list[str]:
        return _names(self.cleaned_data["own_authorities"])

    def clean_type_order(self) -> list[str]:
        return _names(self.cleaned_data["type_order"])

    def clean_death_codes(self) -> list[str]:
        return _names(self.cleaned_data["death_codes"])


def _names(values: list[str]) -> list[str]:
    """As messages are compared with them, each once."""
    return [*dict.fromkeys(name for value in values if (name := value.strip().upper()))]


@admin.register(Feed)
class FeedAdmin(TenantAdmin[Feed]):
    """Operators say which messages belong to which hospital; the hospital says all else."""

    form = FeedForm
    fieldsets = (
        (None, {"fields": ("hospital", "name", "facility", "application", "is_active")}),
        (
            _("Who is who"),
            {"fields": ("authority", "own_authorities", "type_order", "unclear")},
        ),
        (_("Trust"), {"fields": ("creates_people", "changes_people", "creates_places")}),
        (_("Where it sends from"), {"fields": ("networks", "certificate")}),
        (_("What it says"), {"fields": ("training", "beds", "death_codes")}),
        (
            _("Silence"),
            {"fields": ("silent_after", "silent_from", "silent_until", "last_message_at")},
        ),
    )
    list_display = ["name", "facility", "application", "is_active", "last_message_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "facility", "application"]

    def _assigns(self, request: HttpRequest) -> bool:
        return administers(request) and reader(request).hospital_id is None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._assigns(request)

    def has_delete_permission(self, request: HttpRequest, obj: Feed | None = None) -> bool:
        return self._assigns(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Feed | None = None) -> list[str]:
        """Which messages are whose is not for a hospital to say about itself."""
        seen = ["last_message_at"]
        return seen if self._assigns(request) else ["facility", "application", *seen]


@admin.register(FeedNote)
class FeedNoteAdmin(ViewOnlyAdmin[FeedNote]):
    hospital_path = "feed__hospital"
    list_display = ["place", "value", "count", "feed", "last_at"]
    list_filter = ["feed"]
    search_fields = ["place", "value"]
    list_select_related = ["feed"]


@admin.register(Identifier)
class IdentifierAdmin(ViewOnlyAdmin[Identifier]):
    list_display = ["value", "authority", "type", "of", "patient", "user"]
    list_filter = ["of", "type"]
    search_fields = ["value", "authority"]
    list_select_related = ["patient", "user"]


@admin.register(IdentityQuestion)
class IdentityQuestionAdmin(ViewOnlyAdmin[IdentityQuestion]):
    list_display = ["id", "feed", badge("state", _("state"), STATE), "patient", "created_at"]
    list_filter = ["state", "feed"]
    search_fields = ["patient__number", "patient__last_name"]
    list_select_related = ["feed", "patient"]


@admin.register(LaboratoryFlag)
class LaboratoryFlagAdmin(TenantAdmin[LaboratoryFlag]):
    list_display = ["flag", badge("meaning", _("meaning"), MEANING)]
    list_filter = ["meaning"]
    search_fields = ["flag"]


@admin.register(Result)
class ResultAdmin(ViewOnlyAdmin[Result]):
    list_display = [
        "test",
        "patient",
        badge("interpretation", _("interpretation"), MEANING),
        "status",
        "version",
        "changed_at",
    ]
    list_filter = ["interpretation", "status"]
    search_fields = ["test", "code", "placer", "filler", "patient__number", "patient__last_name"]
    date_hierarchy = "changed_at"
    list_select_related = ["patient"]


@admin.register(ResultVersion)
class ResultVersionAdmin(ViewOnlyAdmin[ResultVersion]):
    hospital_path = "result__hospital"
    list_display = ["result", "number", "status", "interpretation", "at"]
    list_filter = ["interpretation", "status"]
    search_fields = ["result__test", "result__placer", "result__filler"]
    list_select_related = ["result"]
