"""Stays in the hospital. The database itself keeps one open stay per patient and per bed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.hospital import Bed, Hospital, Ward
from wards.models.patients import Patient
from wards.models.staff import User


class Admission(models.Model):
    """A stay; open while `discharged_at` is null. `bed` is null while none is free."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="admissions")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="admissions")
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="admissions")
    bed = models.ForeignKey(Bed, models.PROTECT, null=True, blank=True, related_name="admissions")
    provider = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="admissions"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    chief_complaint = models.TextField(_("chief complaint"), blank=True)
    visit_number = models.CharField(_("visit number"), max_length=265, blank=True)
    admitted_at = models.DateTimeField(_("admitted"), default=clock.now)
    discharged_at = models.DateTimeField(_("discharged"), null=True, blank=True)
    changed_at = models.DateTimeField(
        _("last change"),
        default=clock.now,
        help_text=_("When its last change happened, by the clock of who told us."),
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("admission")
        verbose_name_plural = _("admissions")
        ordering = ["-admitted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(discharged_at__isnull=True),
                name="one_open_admission_a_patient",
            ),
            models.UniqueConstraint(
                fields=["bed"],
                condition=Q(discharged_at__isnull=True),
                name="one_open_admission_a_bed",
            ),
            models.CheckConstraint(
                condition=Q(discharged_at__isnull=True) | Q(discharged_at__gte=F("admitted_at")),
                name="discharged_after_admitted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ward"], condition=Q(discharged_at__isnull=True), name="open_admissions"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def days(self) -> int:
        """Days from admission to discharge, or to now while the stay is open."""
        return ((self.discharged_at or clock.now()) - self.admitted_at).days


class StayFact(models.Model):
    """What a feed said of a stay, or how people here left it; a stay is what its facts make of it.

    Kept whatever their order: `wards.hl7.timeline` reads them by the time they speak of.
    """

    class What(models.TextChoices):
        ADMITTED = "A01", _("Admitted")
        TRANSFERRED = "A02", _("Transferred")
        DISCHARGED = "A03", _("Discharged")
        UPDATED = "A08", _("Updated")
        ADMISSION_CANCELLED = "A11", _("Admission cancelled")
        TRANSFER_CANCELLED = "A12", _("Transfer cancelled")
        DISCHARGE_CANCELLED = "A13", _("Discharge cancelled")
        BY_HAND = "hand", _("Changed here")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="stay_facts")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="stay_facts")
    person = models.CharField(
        _("number"), max_length=270, blank=True, help_text=_("While we know nobody of that number.")
    )
    # Null as long as we know of no stay, as of one that is said to have ended.
    stay = models.ForeignKey(Admission, models.CASCADE, null=True, related_name="facts")
    visit = models.CharField(_("visit number"), max_length=80, blank=True)
    what = models.CharField(_("what"), max_length=4, choices=What)
    at = models.DateTimeField(_("at"))
    is_timed = models.BooleanField(
        _("names its time"), default=True, help_text=_("Else `at` is when it was sent.")
    )
    # Not believed: a patient is not to vanish from the ward that a later transfer took them to.
    is_late = models.BooleanField(
        _("came too late"),
        default=False,
        db_default=False,
        help_text=_("An end that is older than a transfer: it counts once it is taken back."),
    )
    ward = models.CharField(_("ward code"), max_length=80, blank=True)
    bed = models.CharField(_("bed"), max_length=160, blank=True)
    begin = models.DateTimeField(_("admitted"), null=True)
    end = models.DateTimeField(_("discharged"), null=True)
    status = models.CharField(_("status"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("fact of a stay")
        verbose_name_plural = _("facts of stays")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["patient", "visit"], name="facts_of_a_visit"),
            models.Index(
                fields=["hospital", "person"],
                condition=~Q(person=""),
                name="facts_of_somebody_unknown",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at}"


class Transfer(models.Model):
    """A move from one ward or bed to another within a stay."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="transfers")
    admission = models.ForeignKey(Admission, models.PROTECT, related_name="transfers")
    from_ward = models.ForeignKey(Ward, models.PROTECT, related_name="transfers_out")
    to_ward = models.ForeignKey(Ward, models.PROTECT, related_name="transfers_in")
    from_bed = models.ForeignKey(Bed, models.PROTECT, null=True, related_name="transfers_out")
    to_bed = models.ForeignKey(Bed, models.PROTECT, null=True, related_name="transfers_in")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="transfers")
    at = models.DateTimeField(_("at"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.pk}"


class Discharge(models.Model):
    """The end of a stay: exactly one per closed admission."""

    class Status(models.TextChoices):
        HOME = "home", _("Home")
        TRANSFERRED = "transferred", _("To another hospital")
        AGAINST_ADVICE = "against_advice", _("Against medical advice")
        DECEASED = "deceased", _("Deceased")
        SUPERSEDED = "superseded", _("Superseded by a new admission")
        CANCELLED = "cancelled", _("Not admitted after all")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="discharges")
    admission = models.OneToOneField(Admission, models.PROTECT, related_name="discharge")
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.HOME)
    notes = models.TextField(_("notes"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="discharges")
    at = models.DateTimeField(_("at"), default=clock.now)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("discharge")
        verbose_name_plural = _("discharges")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.pk}"
