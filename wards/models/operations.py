"""Long work on many rows: what was asked for, how far it is, and what came of it."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.hospital import Hospital
from wards.models.staff import User


class BulkOperation(models.Model):
    """An import, assignment, discharge or export that runs in the worker.

    Rows are done in chunks, each in one transaction that also moves `cursor`: whoever goes on after
    a crash begins there. `worker` and `lease_until` say who is at it; what they cannot rule out
    (a worker that slept through its lease) the lock on this row does, which every chunk takes.
    """

    class Type(models.TextChoices):
        IMPORT_PATIENTS = "import_patients", _("Patient import")
        BULK_ASSIGNMENT = "bulk_assignment", _("Bed assignment")
        BULK_DISCHARGE = "bulk_discharge", _("Bulk discharge")
        EXPORT_PATIENTS = "export_patients", _("Patient export")
        EXPORT_OCCUPANCY = "export_occupancy", _("Occupancy export")
        EXPORT_REPORT = "export_report", _("Report")

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PROCESSING = "processing", _("Processing")
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN: ClassVar = (Status.PENDING, Status.PROCESSING)
    ERRORS_SHOWN = 20

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="bulk_operations")
    operation_type = models.CharField(_("type"), max_length=20, choices=Type)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    initiated_by = models.ForeignKey(
        User, models.PROTECT, related_name="bulk_operations", verbose_name=_("started by")
    )
    parameters = models.JSONField(_("parameters"), default=dict, encoder=DjangoJSONEncoder)
    input_file = models.FileField(_("input file"), upload_to="bulk", blank=True)
    output_file = models.FileField(_("output file"), upload_to="bulk", blank=True)
    error_file = models.FileField(_("error file"), upload_to="bulk", blank=True)

    total_records = models.PositiveIntegerField(_("records"), default=0)
    successful_records = models.PositiveIntegerField(_("successful"), default=0)
    failed_records = models.PositiveIntegerField(_("with errors"), default=0)
    errors = models.JSONField(
        _("first errors"), default=list, help_text=_("The first 20, as line and error.")
    )
    failure = models.TextField(_("why it failed"), blank=True)

    created_at = models.DateTimeField(_("created"), default=clock.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    completed_at = models.DateTimeField(_("ended"), null=True, blank=True)

    cursor = models.PositiveIntegerField(_("rows done"), default=0)
    error_bytes = models.PositiveBigIntegerField(_("length of the error file"), default=0)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("Since the last progress.")
    )
    worker = models.CharField(_("worker"), max_length=32, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("bulk operation")
        verbose_name_plural = _("bulk operations")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["hospital", "-created_at"], name="operations_of_a_hospital"),
            models.Index(fields=["status", "-created_at"], name="operations_by_status"),
            models.Index(fields=["initiated_by", "-created_at"], name="operations_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_type_display()} #{self.pk}"

    def duration(self) -> float:
        """Seconds from its start to its end, or to now while it runs; 0.0 before it starts."""
        if self.started_at is None:
            return 0.0
        return ((self.completed_at or clock.now()) - self.started_at).total_seconds()

    def success_rate(self) -> float:
        """Percent of all records that succeeded; 0.0 where there are none."""
        if not self.total_records:
            return 0.0
        return 100.0 * self.successful_records / self.total_records

    @property
    def error_message(self) -> str:
        """Why it failed, if it did, and the first 20 errors; a line each."""
        rows = [
            gettext("Line %(line)s: %(error)s") % {"line": each["line"], "error": each["error"]}
            for each in self.errors
        ]
        return "\n".join([self.failure, *rows] if self.failure else rows)

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more by itself."""
        return self.status not in self.OPEN

    @property
    def columns(self) -> list[str] | None:
        """What the columns of its file are, where somebody said so."""
        said: list[str] | None = self.parameters.get("columns")
        return said

    @property
    def dry_run(self) -> bool:
        """Whether it only shows what an import or an assignment would do."""
        return bool(self.parameters.get("dry_run"))


class ColumnMatch(models.Model):
    """What somebody said the columns of a file are; asked no second time of the same header."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="column_matches")
    purpose = models.CharField(_("purpose"), max_length=20)
    signature = models.CharField(_("header"), max_length=64, help_text=_("A digest of it."))
    columns = models.JSONField(_("columns"), help_text=_("Of each column of the file, ours."))
    matched_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("matched by")
    )
    matched_at = models.DateTimeField(_("matched at"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("match of columns")
        verbose_name_plural = _("matches of columns")
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "purpose", "signature"], name="one_match_of_a_header"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.signature[:8]}"
