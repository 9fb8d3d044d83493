"""What happened, for ever; and which of it still waits to be told."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards import kinds
from wards.base import clock
from wards.models.admissions import Admission
from wards.models.appointments import Appointment
from wards.models.hospital import Hospital, Ward
from wards.models.patients import Patient
from wards.models.staff import User


class Event(models.Model):
    """One thing that happened: the audit trail, and where every alert comes from.

    Append-only: a trigger refuses UPDATE and DELETE. Written by `wards.events.record` alone.
    """

    class Source(models.TextChoices):
        WEB = "web", _("Web")
        API = "api", _("API")
        HL7 = "hl7", _("HL7")
        SYSTEM = "system", _("System")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=40, choices=kinds.choices)
    at = models.DateTimeField(_("at"), default=clock.now)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="acted_events")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="events")
    ward = models.ForeignKey(Ward, models.PROTECT, null=True, related_name="events")
    other_ward = models.ForeignKey(
        Ward, models.PROTECT, null=True, related_name="+", help_text=_("Where a transfer began.")
    )
    provider = models.ForeignKey(User, models.PROTECT, null=True, related_name="provided_events")
    admission = models.ForeignKey(Admission, models.PROTECT, null=True, related_name="events")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="events")
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    key = models.CharField(
        _("idempotency key"), max_length=200, blank=True, help_text=_("Unique per source.")
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["hospital", "-id"], name="events_of_a_hospital"),
            # Patients are asked an hour later how it went.
            models.Index(
                fields=["at"], condition=Q(kind="appointment.completed"), name="visits_completed"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "source", "key"],
                condition=~Q(key=""),
                name="event_key_once_a_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Withdrawal(models.Model):
    """An event whose telling another one takes back: it did not happen after all.

    Written with the later event, and never undone; so that who tells of the first one, or writes
    to somebody of it, knows however late that is.
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="withdrawal")
    by = models.ForeignKey(Event, models.PROTECT, related_name="withdrawals")

    objects = ScopedManager(hospital="event__hospital")

    class Meta:
        verbose_name = _("withdrawn event")
        verbose_name_plural = _("withdrawn events")

    def __str__(self) -> str:
        return f"#{self.event_id}"


class Outbox(models.Model):
    """An event that nobody has been told of yet.

    Written in the transaction that records the event, deleted in the one that fans it out. So a
    crash in between leaves the row, and the sweep finds it. Kept apart from Event so that the audit
    trail is never updated and the table that is polled stays a handful of rows.
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="outbox")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error"), blank=True)
    retry_at = models.DateTimeField(_("next attempt"), default=clock.now)

    objects = ScopedManager(hospital="event__hospital")

    class Meta:
        verbose_name = _("untold event")
        verbose_name_plural = _("untold events")
        ordering = ["event_id"]

    def __str__(self) -> str:
        return f"#{self.event_id}"
