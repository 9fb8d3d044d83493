"""Feeds, identifiers, results: what other systems tell us of whom."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wards.admin.base import TenantAdmin, ViewOnlyAdmin, administers, badge
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
from wards.views.pages import reader

MEANING = {
    Interpretation.CRITICAL: "error",
    Interpretation.ABNORMAL: "warning",
    Interpretation.NORMAL: "success",
    Interpretation.NOT_INTERPRETED: "warning",
}
STATE = {IdentityQuestion.State.OPEN: "warning", IdentityQuestion.State.MATCHED: "success"}


@admin.register(Feed)
class FeedAdmin(TenantAdmin[Feed]):
    """Operators say which messages belong to which hospital; the hospital says all else."""

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
