"""What other systems sent over HL7 v2, word for word, and what we made of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.feeds import Feed
from wards.models.hospital import Hospital
from wards.models.identity import IdentityQuestion


class Hl7Message(models.Model):
    """A message as it came, stored before it is acknowledged."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received, not yet applied")
        ACCEPTED = "AA", _("Accepted")
        ERROR = "AE", _("Error")
        REJECTED = "AR", _("Rejected")

    # Null where the sending facility is not known to us: such messages are kept for a look.
    hospital = models.ForeignKey(Hospital, models.PROTECT, null=True, related_name="hl7_messages")
    feed = models.ForeignKey(Feed, models.PROTECT, null=True, related_name="messages")
    question = models.ForeignKey(
        IdentityQuestion,
        models.SET_NULL,
        null=True,
        related_name="messages",
        help_text=_("Whose answer it waits for."),
    )
    processing = models.CharField(
        _("processing id"), max_length=3, blank=True, help_text=_("MSH-11: P, T or D.")
    )
    sending_application = models.CharField(_("sending application"), max_length=180)
    sending_facility = models.CharField(_("sending facility"), max_length=180)
    control_id = models.CharField(_("control id"), max_length=199)
    digest = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("SHA-256 of MSH-9, MSH-11 and what follows the header."),
    )
    message_type = models.CharField(_("message type"), max_length=40)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.RECEIVED)
    reason = models.TextField(_("reason"), blank=True)
    raw = models.TextField(_("message"))
    acknowledgement = models.TextField(_("acknowledgement"), blank=True)
    received_at = models.DateTimeField(_("received"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("HL7 message")
        verbose_name_plural = _("HL7 messages")
        ordering = ["-id"]
        indexes = [models.Index(fields=["feed", "-id"], name="messages_of_a_feed")]
        constraints = [
            models.UniqueConstraint(
                fields=["sending_application", "sending_facility", "control_id", "digest"],
                condition=~Q(control_id=""),
                name="hl7_message_once_a_sender",
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.control_id}"


class LaboratoryFlag(models.Model):
    """A flag that a laboratory sends in OBX-8 and HL7 table 0078 does not know, and its meaning."""

    class Meaning(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        ABNORMAL = "abnormal", _("Abnormal")
        NORMAL = "normal", _("Normal")
        NOT_INTERPRETED = "not_interpreted", _("Says nothing")

    hospital = models.ForeignKey(Hospital, models.CASCADE, related_name="laboratory_flags")
    flag = models.CharField(_("flag"), max_length=40, help_text=_("OBX-8"))
    meaning = models.CharField(_("meaning"), max_length=16, choices=Meaning)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("laboratory flag")
        verbose_name_plural = _("laboratory flags")
        ordering = ["flag"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "flag"], name="flag_once_a_hospital")
        ]

    def __str__(self) -> str:
        return self.flag


class CriticalLimit(models.Model):
    """Values of a test at or beyond which this hospital calls the result critical."""

    hospital = models.ForeignKey(Hospital, models.CASCADE, related_name="critical_limits")
    code = models.CharField(_("test code"), max_length=80, help_text=_("Any code of OBX-3."))
    unit = models.CharField(
        _("unit"), max_length=40, blank=True, help_text=_("Empty: whatever the unit.")
    )
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
