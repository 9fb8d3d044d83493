"""What other systems sent over HL7 v2, word for word, and what we made of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.models.hospital import Hospital


class Hl7Message(models.Model):
    """A message as it came, stored before it is acknowledged."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received, not yet applied")
        ACCEPTED = "AA", _("Accepted")
        ERROR = "AE", _("Error")
        REJECTED = "AR", _("Rejected")

    # Null where the sending facility is not known to us: such messages are kept for a look.
    hospital = models.ForeignKey(Hospital, models.PROTECT, null=True, related_name="hl7_messages")
    sending_application = models.CharField(_("sending application"), max_length=180)
    sending_facility = models.CharField(_("sending facility"), max_length=180)
    control_id = models.CharField(_("control id"), max_length=199)
    message_type = models.CharField(_("message type"), max_length=40)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.RECEIVED)
    reason = models.TextField(_("reason"), blank=True)
    raw = models.TextField(_("message"))
    acknowledgement = models.TextField(_("acknowledgement"), blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("HL7 message")
        verbose_name_plural = _("HL7 messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sending_application", "sending_facility", "control_id"],
                condition=~Q(control_id=""),
                name="hl7_control_id_once_a_sender",
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.control_id}"


class CriticalLimit(models.Model):
    """Values of a test at or beyond which this hospital calls the result critical."""

    hospital = models.ForeignKey(Hospital, models.CASCADE, related_name="critical_limits")
    code = models.CharField(_("test code"), max_length=80, help_text=_("OBX-3.1"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    low = models.FloatField(_("critical at or below"), null=True, blank=True)
    high = models.FloatField(_("critical at or above"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("critical limit")
        verbose_name_plural = _("critical limits")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "code"], name="critical_limit_once_a_code"),
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False),
                name="critical_limit_has_a_limit",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code
