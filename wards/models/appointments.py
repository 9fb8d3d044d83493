"""Appointments and the moves between their states."""

from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.hospital import Hospital
from wards.models.patients import Patient
from wards.models.staff import User


class Appointment(models.Model):
    class Status(models.TextChoices):
        BOOKED = "booked", _("Booked")
        CONFIRMED = "confirmed", _("Confirmed")
        ARRIVED = "arrived", _("Arrived")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        NO_SHOW = "no_show", _("No show")

    # The whole state machine: from where to where. Rescheduling leads back to booked.
    MOVES = {
        Status.BOOKED: {
            Status.BOOKED,
            Status.CONFIRMED,
            Status.ARRIVED,
            Status.CANCELLED,
            Status.NO_SHOW,
        },
        Status.CONFIRMED: {Status.BOOKED, Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW},
        Status.ARRIVED: {Status.IN_PROGRESS, Status.CANCELLED},
        Status.IN_PROGRESS: {Status.COMPLETED},
        Status.COMPLETED: set(),
        Status.CANCELLED: set(),
        Status.NO_SHOW: {Status.BOOKED},
    }

    SHORTEST, LONGEST = 5, 480  # minutes
    NEAR: ClassVar = timedelta(hours=6)
    # Those that take up the provider's and the patient's time.
    OPEN = (Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_PROGRESS)

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="appointments")
    number = models.GeneratedField(
        expression=Concat(
            Value("A-", output_field=models.TextField()), Cast("id", models.TextField())
        ),
        output_field=models.CharField(_("number"), max_length=24),
        db_persist=True,
    )
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments")
    provider = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField(_("starts"))
    duration = models.PositiveSmallIntegerField(_("duration (minutes)"), default=30)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.BOOKED)
    status_reason = models.CharField(_("reason of the last change"), max_length=200, blank=True)
    financial_clearance = models.BooleanField(_("financially cleared"), default=False)
    consent_verified = models.BooleanField(_("consent verified"), default=False)
    external_id = models.CharField(
        _("external id"),
        max_length=265,
        blank=True,
        help_text=_("The id another system knows it by (HL7 SCH-2, else SCH-1)."),
    )
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    changed_at = models.DateTimeField(
        _("last change"),
        default=clock.now,
        help_text=_("When its last change happened, by the clock of who told us."),
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["hospital", "starts_at"], name="appointments_of_a_day"),
            models.Index(fields=["provider", "starts_at"], name="appointments_of_a_provider"),
            # Reminders look for what is due in all hospitals at once.
            models.Index(
                fields=["starts_at"],
                condition=models.Q(status__in=("booked", "confirmed")),
                name="appointments_expected",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(duration__gte=5, duration__lte=480),
                name="appointment_lasts_5_to_480_minutes",
            ),
            models.UniqueConstraint(
                fields=["hospital", "external_id"],
                condition=~models.Q(external_id=""),
                name="external_appointment_once_a_hospital",
            ),
        ]

    def __str__(self) -> str:
        return self.number or "A-?"

    def may_become(self, status: str) -> bool:
        """Whether the state machine has a move from the present state to `status`."""
        return status in self.MOVES[self.Status(self.status)]

    def can_be(self, status: str, at: datetime, zone: tzinfo) -> bool:
        """Whether that can be true at a time: nobody is missed before it is their turn.

        Patients arrive on the day of their appointment, by the hospital's clock in `zone`, or
        around midnight within hours of it.
        """
        if status == self.Status.NO_SHOW:
            return at >= self.starts_at
        if status == self.Status.ARRIVED:
            same_day = at.astimezone(zone).date() == self.starts_at.astimezone(zone).date()
            return same_day or abs(at - self.starts_at) <= self.NEAR
        return True
