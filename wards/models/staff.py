"""The people who sign in, and when they are on duty where."""

from typing import Any, ClassVar

from django.contrib.auth import models as auth
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.dispatch import Signal
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


# Sent by whom a query changed what users sign in with or as, with `user_ids`; Django has a signal
# for saving one user only. In the transaction of the change.
credentials_changed = Signal()
CREDENTIALS = {"password", "role", "is_active", "hospital", "hospital_id"}


class UserQuerySet(models.QuerySet["User"]):
    """Users whose credentials do not change unheard."""

    def update(self, **values: Any) -> int:
        """As Django's, and says whose credentials it has changed."""
        ids = list(self.values_list("pk", flat=True)) if CREDENTIALS & values.keys() else []
        changed = super().update(**values)
        if ids:
            credentials_changed.send(User, user_ids=ids)
        return changed


class UserManager(auth.UserManager["User"]):
    """Django's own, over a `UserQuerySet`."""

    use_in_migrations = False

    def get_queryset(self) -> UserQuerySet:
        """Users; what changes them is heard of."""
        return UserQuerySet(self.model, using=self._db)


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

    objects: ClassVar[UserManager] = UserManager()

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
