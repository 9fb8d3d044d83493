"""What is done again and again, and when it was begun last."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodicTask(models.Model):
    """A task of beat's: the row is what beats claim it by, however many there are.

    It belongs to no hospital.
    """

    name = models.CharField(_("task"), max_length=100, primary_key=True)
    last_run_at = models.DateTimeField(_("last begun"), help_text=_("By the database's clock."))

    class Meta:
        verbose_name = _("periodic task")
        verbose_name_plural = _("periodic tasks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
