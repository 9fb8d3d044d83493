"""The people who are cared for."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.hospital import Hospital, Language
from wards.models.search import Words
from wards.models.staff import User


class Patient(models.Model):
    class Gender(models.TextChoices):
        FEMALE = "F", _("Female")
        MALE = "M", _("Male")
        OTHER = "O", _("Other")
        UNKNOWN = "U", _("Unknown")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="patients")
    number = models.CharField(
        _("patient number"), max_length=80, help_text=_("National or hospital number.")
    )
    first_name = models.CharField(_("first name"), max_length=120)
    last_name = models.CharField(_("last name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, default=Gender.UNKNOWN)
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.ENGLISH
    )
    tags = ArrayField(
        models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True
    )
    deceased = models.BooleanField(_("has died"), default=False, db_default=False)
    died_at = models.DateTimeField(_("died"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        help_text=_("The same person's row that counts."),
    )
    user = models.OneToOneField(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="patient",
        verbose_name=_("portal user"),
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["last_name", "first_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "hospital"],
                condition=~Q(number=""),
                name="patient_number_once_a_hospital",
            )
        ]
        indexes = [
            models.Index(Lower("email"), F("hospital"), name="patients_by_email"),
            models.Index(fields=["hospital", "last_name", "first_name"], name="patients_by_name"),
            GinIndex(Words(), name="patients_by_word"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def age(self) -> int | None:
        """Full years today, None where the date of birth is not known."""
        if self.date_of_birth is None:
            return None
        today, born = clock.today(), self.date_of_birth
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
