"""Bulk operations, to look at: how far they are, what came of them, their files."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wards.models import BulkOperation, ColumnMatch
from wards.operations import files
from wards.web import downloads
from wards.web.admin import ViewOnlyAdmin, administers, badge

STATUS = {
    BulkOperation.Status.PENDING: "neutral",
    BulkOperation.Status.PROCESSING: "info",
    BulkOperation.Status.COMPLETED: "success",
    BulkOperation.Status.FAILED: "error",
    BulkOperation.Status.CANCELLED: "warning",
}


@admin.register(BulkOperation)
class BulkOperationAdmin(ViewOnlyAdmin[BulkOperation]):
    """Started, cancelled and resumed on the hospital's own pages."""

    list_display = [
        "__str__",
        badge("status", _("status"), STATUS),
        "total_records",
        "successful_records",
        "failed_records",
        "success_rate_display",
        "took",
        "initiated_by",
        "created_at",
        "downloads",
    ]
    list_filter = ["operation_type", "status", "created_at"]
    search_fields = [
        "initiated_by__username",
        "initiated_by__first_name",
        "initiated_by__last_name",
        "failure",
    ]
    date_hierarchy = "created_at"
    list_select_related = ["initiated_by"]
    exclude = ["input_file", "output_file", "error_file", "error_bytes", "worker"]
    readonly_fields = ["error_message", "success_rate_display", "took", "downloads"]

    @admin.display(description=_("success rate"))
    def success_rate_display(self, operation: BulkOperation) -> SafeString:
        """A bar; its words are for those who do not see it."""
        rate = f"{operation.success_rate():.1f}"
        return format_html(
            '<progress max="100" value="{}" aria-label="{}%"></progress> {}%', rate, rate, rate
        )

    @admin.display(description=_("seconds"))
    def took(self, operation: BulkOperation) -> str:
        return f"{operation.duration():.1f}" if operation.started_at else "–"

    @admin.display(description=_("first errors"))
    def error_message(self, operation: BulkOperation) -> str:
        return operation.error_message or "–"

    @admin.display(description=_("files"))
    def downloads(self, operation: BulkOperation) -> SafeString:
        """Links to what there is."""
        labels = {"input": _("input"), "output": _("output"), "errors": _("errors")}
        links = [
            (reverse("admin:wards_bulkoperation_download", args=[operation.pk, which]), label)
            for which, label in labels.items()
            if getattr(operation, files.FILES[which])
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', links) or SafeString("–")

    def get_urls(self) -> list[Any]:
        download: URLPattern = path(
            "<int:pk>/download/<str:which>/",
            self.admin_site.admin_view(self.download),
            name="wards_bulkoperation_download",
        )
        return [download, *super().get_urls()]

    def download(self, request: HttpRequest, pk: int, which: str) -> HttpResponseBase:
        """One of the files; 404 where it is another hospital's or there is none."""
        operation = self.get_queryset(request).filter(pk=pk).first()
        found = files.stored(operation, which) if operation else None
        if found is None or not administers(request):
            raise Http404
        return downloads.table(request, *found, ours=which != "input")


@admin.register(ColumnMatch)
class ColumnMatchAdmin(ViewOnlyAdmin[ColumnMatch]):
    """Said on the pages of uploads, and there said anew."""

    list_display = ["__str__", "columns", "matched_by", "matched_at"]
    list_filter = ["purpose"]
    search_fields = ["signature"]
    list_select_related = ["matched_by"]
