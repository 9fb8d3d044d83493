"""What a patient wants to hear, and how."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel
from wards.base import clock
from wards.models import Hospital, Patient


class NotificationPreference(models.Model):
    """A patient's choices; who has made none gets the defaults. The language is the patient's."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="+")
    patient = models.OneToOneField(Patient, models.PROTECT, related_name="preference")
    preferred_channel = models.CharField(
        _("preferred channel"),
        max_length=8,
        choices=[(c.value, c.label) for c in (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)],
        blank=True,
    )
    sms = models.BooleanField(_("SMS"), default=True)
    whatsapp = models.BooleanField(_("WhatsApp"), default=True)
    email = models.BooleanField(_("E-mail"), default=True)
    confirmations = models.BooleanField(_("appointments"), default=True)
    reminders = models.BooleanField(_("reminders"), default=True)
    results = models.BooleanField(_("test results"), default=True)
    billing = models.BooleanField(_("billing"), default=True)
    marketing = models.BooleanField(_("news and offers"), default=False)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")

    def __str__(self) -> str:
        return str(self.patient)

    def allows(self, channel: str, topic: str) -> bool:
        """Whether the patient wants to hear of `topic` on `channel`.

        What there is no switch for, as care, is always wanted; a channel without one never.
        """
        return bool(getattr(self, topic, True) and getattr(self, channel, False))
