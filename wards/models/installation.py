"""What belongs to the installation, not to a hospital: what is counted, and who is alive."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    """How often something happened, until `ends_at`; from then on it counts from nought.

    Failed sign-ins, links asked for, answers heard: wards/base/limits.py is who counts.
    """

    key = models.CharField(_("what is counted"), max_length=200, primary_key=True)
    count = models.PositiveIntegerField(_("count"))
    ends_at = models.DateTimeField(_("counts until"), db_index=True)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """The last sign of life of a process that is no web server: wards/base/heartbeats.py."""

    part = models.CharField(_("part"), max_length=20)
    process = models.CharField(_("process"), max_length=120, help_text=_("Machine and number."))
    at = models.DateTimeField(_("last sign of life"), help_text=_("By the database's clock."))
    said_at = models.DateTimeField(_("said at"), help_text=_("By the process's own clock."))
    figures = models.JSONField(
        _("figures"), null=True, help_text=_("What the process measures of itself.")
    )

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")
        ordering = ["part", "process"]
        constraints = [
            models.UniqueConstraint(fields=["part", "process"], name="heartbeat_once_a_process")
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.process}"
