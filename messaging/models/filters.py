"""Filters of the list of messages that somebody uses again and again."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models import Hospital, User


class SavedFilter(models.Model):
    """A name for what stands behind the ? of the list's address. One's own; not shared."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="message_filters")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=500)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="filter_name_once_a_person")
        ]

    def __str__(self) -> str:
        return self.name
