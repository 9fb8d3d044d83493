"""Results of tests: one row an order and test, with every version it has had."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.admissions import Admission
from wards.models.events import Event
from wards.models.hl7 import Hl7Message
from wards.models.hospital import Hospital, Ward
from wards.models.patients import Patient
from wards.models.staff import User


class Interpretation(models.TextChoices):
    """What a result means; wards/results/interpretation.py says how that is found."""

    CRITICAL = "critical", _("Critical")
    ABNORMAL = "abnormal", _("Abnormal")
    NORMAL = "normal", _("Normal")
    NOT_INTERPRETED = "not_interpreted", _("Not interpreted")
    CANCELLED = "cancelled", _("Cancelled")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    PRELIMINARY = "preliminary", _("Preliminary")
    NARRATIVE = "narrative", _("Narrative")


class ResultStatus(models.TextChoices):
    """Where a result is in its life. Source: HL7 tables 0085 and 0123."""

    PRELIMINARY = "preliminary", _("Preliminary")
    FINAL = "final", _("Final")
    CORRECTED = "corrected", _("Corrected")
    CANCELLED = "cancelled", _("Cancelled")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class State(models.Model):
    """What a result says at some time."""

    status = models.CharField(_("status"), max_length=12, choices=ResultStatus)
    interpretation = models.CharField(_("interpretation"), max_length=16, choices=Interpretation)
    # A list of wards.results.observations.Observation with its verdict, as JSON.
    observations = models.JSONField(_("values"), default=list, encoder=DjangoJSONEncoder)

    class Meta:
        abstract = True


class Result(State):
    """What became of one test of one order: its newest version.

    Known by the order (OBR-3, the filler's number, else OBR-2, the placer's) and the test (OBR-4)
    of one patient. Numbers are written as "value^authority".
    """

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="results")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="results")
    placer = models.CharField(_("placer order number"), max_length=265, blank=True)
    filler = models.CharField(_("filler order number"), max_length=265, blank=True)
    code = models.CharField(_("test code"), max_length=80, blank=True)
    test = models.CharField(_("test"), max_length=250)
    ward = models.ForeignKey(
        Ward, models.PROTECT, null=True, related_name="+", help_text=_("That the message names.")
    )
    admission = models.ForeignKey(Admission, models.PROTECT, null=True, related_name="results")
    provider = models.ForeignKey(User, models.PROTECT, null=True, related_name="ordered_results")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    observed_at = models.DateTimeField(_("observed"), null=True)
    said_at = models.DateTimeField(
        _("stated"), null=True, help_text=_("By the sender's clock: OBR-22, else MSH-7.")
    )
    # Once an order: the event of which the patient is told. None: of none yet.
    letter = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("received"), default=clock.now)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "filler", "code"],
                condition=~Q(filler=""),
                name="result_once_a_filler_order",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-id"], name="results_of_a_patient"),
            models.Index(
                fields=["patient", "placer"], condition=~Q(placer=""), name="results_by_placer"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_harmless(self) -> bool:
        """Final, and nothing a patient should not read of before somebody has spoken to them."""
        is_final = self.status in (ResultStatus.FINAL, ResultStatus.CORRECTED)
        return is_final and self.interpretation != Interpretation.CRITICAL


class ResultVersion(State):
    """What a result said in one of its versions; never changed."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    at = models.DateTimeField(_("received"), default=clock.now)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Hl7Message, models.PROTECT, null=True, related_name="+")

    objects = ScopedManager(hospital="result__hospital")

    class Meta:
        verbose_name = _("version of a result")
        verbose_name_plural = _("versions of results")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["result", "number"], name="result_version_once")
        ]

    def __str__(self) -> str:
        return f"#{self.result_id} v{self.number}"
