"""The people who sign in, and when they are on duty where."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.models.hospital import Hospital, Language, Ward


class Role(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    HOSPITAL_MANAGER = "hospital_manager", _("Hospital manager")
    FRONT_DESK = "front_desk", _("Front desk")
    PROVIDER = "provider", _("Provider")
    NURSE = "nurse", _("Nurse")
    PHARMACIST = "pharmacist", _("Pharmacist")
    PATIENT = "patient", _("Patient")


class User(AbstractUser):
    """Somebody who signs in. Not scoped: signing in happens before a hospital is known."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("Like the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    hospital = models.ForeignKey(
        Hospital, models.PROTECT, null=True, blank=True, related_name="users"
    )
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.PATIENT)
    code = models.CharField(
        _("clinician code"),
        max_length=80,
        blank=True,
        help_text=_("The id other systems know this person by (HL7 XCN-1)."),
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.ENGLISH
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [models.Index(Lower("email"), F("hospital"), name="users_by_email")]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "code"],
                condition=~Q(code=""),
                name="clinician_code_once_a_hospital",
            ),
            models.CheckConstraint(
                condition=Q(hospital__isnull=False) | Q(is_superuser=True),
                name="only_operators_have_no_hospital",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class DutyPeriod(models.Model):
    """Somebody is on duty in a ward from `starts_at` until `ends_at` (open while null)."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="duty_periods")
    user = models.ForeignKey(User, models.CASCADE, related_name="duty_periods")
    ward = models.ForeignKey(Ward, models.CASCADE, related_name="duty_periods")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    in_charge = models.BooleanField(_("charge nurse"), default=False, db_default=False)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("duty period")
        verbose_name_plural = _("duty periods")
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["ward", "starts_at"], name="duty_ward_start")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="duty_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["user", "ward"],
                condition=Q(ends_at__isnull=True),
                name="one_open_duty_a_ward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.ward_id} · {self.starts_at:%Y-%m-%d %H:%M}"
