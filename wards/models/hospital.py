"""The building: hospital (tenant), wards and beds."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    ARABIC = "ar", _("Arabic")


class Named(models.Model):
    """Something with an English name and, where given, an Arabic one."""

    name = models.CharField(_("name"), max_length=120)
    name_ar = models.CharField(_("name in Arabic"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """The name in the active language; English where no Arabic one is given."""
        return (get_language() == Language.ARABIC and self.name_ar) or self.name


class Hospital(Named):
    """A tenant. Every other row belongs to exactly one hospital."""

    phone = models.CharField(_("phone"), max_length=32, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(
        _("default language"), max_length=2, choices=Language, default=Language.ENGLISH
    )
    decimal_mark = models.CharField(
        _("decimal mark"),
        max_length=1,
        blank=True,
        choices=[(".", _("Point: 1,234.5")), (",", _("Comma: 1.234,5"))],
        help_text=_("Of laboratories' numbers; not set: the more dangerous reading counts."),
    )
    result_letter_days = models.PositiveSmallIntegerField(
        _("results patients hear of (days)"),
        default=7,
        help_text=_("Patients are not written to about results that are older."),
    )

    class Meta:
        verbose_name = _("hospital")
        verbose_name_plural = _("hospitals")


class Ward(Named):
    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="wards")
    code = models.CharField(_("code"), max_length=80, help_text=_("HL7 point of care (PL-1)."))

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("ward")
        verbose_name_plural = _("wards")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "code"], name="ward_code_once_a_hospital")
        ]


class Bed(models.Model):
    class Status(models.TextChoices):
        AVAILABLE = "available", _("Available")
        OCCUPIED = "occupied", _("Occupied")
        MAINTENANCE = "maintenance", _("Maintenance")
        CLEANING = "cleaning", _("Cleaning")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="beds")
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="beds")
    number = models.CharField(_("number"), max_length=80)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.AVAILABLE)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("bed")
        verbose_name_plural = _("beds")
        ordering = ["ward", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "number"], name="bed_number_once_a_ward")
        ]

    def __str__(self) -> str:
        return self.number
