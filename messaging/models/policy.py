"""How a hospital writes to its patients."""

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.models import Hospital


class MessagingPolicy(models.Model):
    """A hospital's choices; one that has made none gets the defaults."""

    hospital = models.OneToOneField(
        Hospital, models.PROTECT, related_name="messaging_policy", verbose_name=_("hospital")
    )
    quiet_from = models.TimeField(
        _("quiet from"),
        default=time(21),
        help_text=_("In the hospital's time zone. The same time twice: no quiet hours."),
    )
    quiet_until = models.TimeField(
        _("quiet until"),
        default=time(8),
        help_text=_("SMS and WhatsApp that are not urgent wait until then."),
    )
    failure_limit = models.PositiveSmallIntegerField(
        _("failure limit (%)"),
        default=5,
        help_text=_("Where more of the recent messages fail, front desk and admins are told."),
    )
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)

    approval_above = models.PositiveIntegerField(
        _("approval above (people)"),
        default=500,
        help_text=_("A second person approves bulk sends to more people than this."),
    )
    monthly_budget = models.DecimalField(
        _("monthly budget"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    budget_currency = models.CharField(
        _("currency"), max_length=3, blank=True, help_text=_("ISO 4217: SAR.")
    )
    budget_warning = models.PositiveSmallIntegerField(
        _("warn at (%)"), default=80, help_text=_("Of the budget; and again when it is spent.")
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("messaging policy")
        verbose_name_plural = _("messaging policies")

    def __str__(self) -> str:
        return str(self.hospital)

    @classmethod
    def of(cls, hospital: Hospital) -> "MessagingPolicy":
        """The hospital's, or the defaults; asks nothing where the hospital was read with it."""
        made: MessagingPolicy | None = getattr(hospital, "messaging_policy", None)
        return made or cls(hospital_id=hospital.pk)
