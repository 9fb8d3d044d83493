"""Who is who: identifiers as other systems give them, and questions that people decide."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.admissions import Admission
from wards.models.appointments import Appointment
from wards.models.feeds import Feed
from wards.models.hospital import Hospital
from wards.models.patients import Patient
from wards.models.staff import User


class Identifier(models.Model):
    """A number, and who gave it: HL7's CX (patients, visits), XCN (clinicians), EI (appointments).

    `authority` is the assigning authority in upper case; "" stands for the hospital's own. The same
    value of another authority is another person's.
    """

    class Of(models.TextChoices):
        PATIENT = "patient", _("Patient")
        CLINICIAN = "clinician", _("Clinician")
        VISIT = "visit", _("Visit")
        APPOINTMENT = "appointment", _("Appointment")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="identifiers")
    of = models.CharField(_("of"), max_length=12, choices=Of)
    authority = models.CharField(_("assigning authority"), max_length=180, blank=True)
    type = models.CharField(_("type"), max_length=20, blank=True)
    value = models.CharField(_("value"), max_length=80)
    patient = models.ForeignKey(Patient, models.CASCADE, null=True, related_name="identifiers")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="identifiers")
    admission = models.ForeignKey(Admission, models.CASCADE, null=True, related_name="identifiers")
    appointment = models.ForeignKey(
        Appointment, models.CASCADE, null=True, related_name="identifiers"
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["value", "authority", "type", "of", "hospital"],
                name="identifier_once_an_authority",
            ),
            models.CheckConstraint(
                condition=Q(of="patient", patient__isnull=False)
                | Q(of="clinician", user__isnull=False)
                | Q(of="visit", admission__isnull=False)
                | Q(of="appointment", appointment__isnull=False),
                name="identifier_is_of_something",
            ),
        ]

    def __str__(self) -> str:
        return "^".join(filter(None, (self.value, self.authority, self.type)))


class IdentityQuestion(models.Model):
    """Whether somebody a message names is the patient its numbers lead to; people decide.

    `fingerprint` is of the numbers and the name and birth date that contradict them: what comes
    again later is decided as before.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        MATCHED = "matched", _("The same person")
        NEW = "new", _("Another person")
        DISMISSED = "dismissed", _("Not to be applied")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="identity_questions")
    feed = models.ForeignKey(Feed, models.PROTECT, null=True, related_name="identity_questions")
    fingerprint = models.CharField(max_length=64)
    said = models.JSONField(_("what the message says"), default=dict)
    candidates = models.ManyToManyField(Patient, related_name="+", verbose_name=_("candidates"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, related_name="+", help_text=_("Who it is, as decided.")
    )
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    created_at = models.DateTimeField(_("asked"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("identity question")
        verbose_name_plural = _("identity questions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["hospital", "fingerprint"], name="identity_asked_once")
        ]
        indexes = [
            models.Index(
                fields=["hospital", "id"], condition=Q(state="open"), name="identity_questions_open"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_urgent(self) -> bool:
        """Whether a critical result waits for the answer."""
        return bool(self.said.get("critical"))
