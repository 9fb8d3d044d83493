"""What messages cost, and how much a month may cost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel
from wards.models import Hospital


class Price(models.Model):
    """What a carrier takes for an SMS part, or for a message of another channel.

    Used for estimates, and for messages whose carrier does not say what they cost.
    """

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="message_prices")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    provider = models.CharField(_("carrier"), max_length=20, blank=True, help_text=_("Empty: any."))
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("ISO 3166: SA. Empty: any.")
    )
    amount = models.DecimalField(_("price"), max_digits=10, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3, help_text=_("ISO 4217: SAR."))

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["channel", "provider", "country"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "channel", "provider", "country"], name="price_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
