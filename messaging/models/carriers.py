"""What is known of each carrier's health, shared by all workers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wards.base import clock


class CarrierState(models.Model):
    """One row for each carrier that has been used. Belongs to the installation, not a hospital."""

    name = models.CharField(_("carrier"), max_length=20, primary_key=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    rests = models.PositiveIntegerField(
        _("rests in a row"), default=0, help_text=_("Each is longer than the one before.")
    )
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    unreachable_since = models.DateTimeField(
        _("unreachable since"), null=True, blank=True, help_text=_("People have been told.")
    )
    # A bucket that fills at the carrier's rate and is emptied by what is claimed for it.
    allowance = models.FloatField(_("may still send now"), default=0)
    counted_at = models.DateTimeField(_("allowance as of"), default=clock.now)

    class Meta:
        db_table = "messaging_providerstate"
        verbose_name = _("carrier state")
        verbose_name_plural = _("carrier states")

    def __str__(self) -> str:
        return self.name

    @property
    def is_well(self) -> bool:
        """Has answered since it last rested; while not, traffic prefers the next carrier."""
        return self.rests == 0

    @property
    def is_resting(self) -> bool:
        """Is not called at all for now."""
        return self.rests_until is not None and self.rests_until > clock.now()
