"""One text to many people: who, what, when, how far it is."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel, Topic
from messaging.models.templates import TemplateVersion
from wards.base import clock
from wards.models import Appointment, Hospital, Language, Patient, User


class Campaign(models.Model):
    """A message to an audience, from the first idea to the last delivery.

    What is counted while it is sent is not kept here: `messaging.insights.counters` has it.
    `queued` is the line of the last recipient whose message was written: a worker that was killed
    goes on behind it, and the key of each message keeps anybody from being written to twice.
    """

    class Audience(models.TextChoices):
        ALL = "all", _("All patients")
        TAGS = "tags", _("Patients with a tag")
        WARD = "ward", _("Patients on a ward")
        APPOINTMENTS = "appointments", _("Patients with an appointment on a day")
        LIST = "list", _("A list of numbers or addresses")
        FILE = "file", _("A file")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PREPARING = "preparing", _("Being checked")  # the recipients are worked out
        READY = "ready", _("Ready to send")  # the preview stands
        WAITING = "waiting", _("Waits for approval")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    # The worker has something to do.
    OPEN: ClassVar = (Status.PREPARING, Status.SCHEDULED, Status.SENDING)
    # Nothing has been sent: what is said and to whom may be changed.
    UNSENT: ClassVar = (Status.DRAFT, Status.READY, Status.WAITING, Status.FAILED)
    # Whom it goes to are patients of ours, at the address that we have of them.
    OF_PATIENTS: ClassVar = (Audience.ALL, Audience.TAGS, Audience.WARD, Audience.APPOINTMENTS)

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="campaigns")
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    audience = models.CharField(_("to"), max_length=12, choices=Audience)
    parameters = models.JSONField(
        _("parameters"),
        default=dict,
        encoder=DjangoJSONEncoder,
        help_text=_("Of the audience: tags, ward or day."),
    )
    source = models.FileField(_("list or file"), upload_to="bulk-sends", blank=True)
    fingerprint = models.CharField(
        _("fingerprint of the file"), max_length=64, blank=True, help_text=_("SHA-256.")
    )
    topic = models.CharField(_("about"), max_length=16, choices=Topic)
    channels = ArrayField(
        models.CharField(max_length=8, choices=Channel),
        verbose_name=_("channels"),
        help_text=_("In this order, but for what a patient prefers."),
    )
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)

    created_by = models.ForeignKey(User, models.PROTECT, related_name="campaigns")
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"), default=clock.now)
    prepared_at = models.DateTimeField(_("checked"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    completed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    retries = models.PositiveSmallIntegerField(
        _("retries"), default=0, help_text=_("How often what had failed was sent again by hand.")
    )
    failure = models.TextField(_("why it failed"), blank=True)

    total = models.PositiveIntegerField(_("people"), default=0)
    included = models.PositiveIntegerField(_("recipients"), default=0)
    preview = models.JSONField(
        _("preview"),
        default=dict,
        encoder=DjangoJSONEncoder,
        help_text=_("Counted when the recipients were worked out."),
    )
    queued = models.PositiveIntegerField(_("lines queued"), default=0)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("Since the last progress.")
    )
    worker = models.CharField(_("worker"), max_length=32, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        db_table = "messaging_bulksend"  # as statements and triggers know it
        verbose_name = _("bulk send")
        verbose_name_plural = _("bulk sends")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["hospital", "-id"], name="bulk_sends_of_a_hospital"),
            # Few among all: worker and sender look at these again and again.
            models.Index(
                fields=["status"], condition=Q(completed_at=None), name="bulk_sends_at_work"
            ),
            models.Index(
                fields=["hospital", "fingerprint"],
                condition=~Q(fingerprint=""),
                name="bulk_sends_by_file",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more by itself."""
        return self.status in (self.Status.COMPLETED, self.Status.CANCELLED, self.Status.FAILED)


class CampaignVariant(models.Model):
    """What is said: a template by its code, or own words. Two of them are compared (A and B)."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="variants", db_column="bulk_id"
    )
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("0 is A, 1 is B."))
    share = models.PositiveSmallIntegerField(_("share (%)"), default=100)
    code = models.CharField(
        _("template code"), max_length=60, blank=True, help_text=_("Empty: own words.")
    )
    subject_en = models.CharField(_("subject in English"), max_length=200, blank=True)
    body_en = models.TextField(_("text in English"), blank=True)
    subject_ar = models.CharField(_("subject in Arabic"), max_length=200, blank=True)
    body_ar = models.TextField(_("text in Arabic"), blank=True)

    objects = ScopedManager(hospital="campaign__hospital")

    class Meta:
        db_table = "messaging_bulkvariant"
        verbose_name = _("variant of a bulk send")
        verbose_name_plural = _("variants of bulk sends")
        ordering = ["campaign", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="variant_number_once_a_bulk"
            )
        ]

    def __str__(self) -> str:
        return self.letter

    @property
    def letter(self) -> str:
        """A, B, …"""
        return chr(ord("A") + self.number)


class CampaignRecipient(models.Model):
    """One person of the audience, with the words as they will read, or why they get none.

    Written once, when the recipients are worked out; a message is made of it later. There are many
    and nobody asks for one of them alone: no indexes but (bulk, line), no checks of foreign keys.
    """

    campaign = models.ForeignKey(
        Campaign,
        models.CASCADE,
        related_name="recipients",
        db_column="bulk_id",
        db_index=False,
        db_constraint=False,
    )
    line = models.PositiveIntegerField(_("line"), help_text=_("Of the file, or a number."))
    patient = models.ForeignKey(
        Patient, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    appointment = models.ForeignKey(
        Appointment,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    starts_at = models.DateTimeField(
        _("appointment"), null=True, help_text=_("As the words tell it.")
    )
    variant = models.PositiveSmallIntegerField(_("variant"), default=0)
    version = models.ForeignKey(
        TemplateVersion,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    fallbacks = ArrayField(
        models.CharField(max_length=8, choices=Channel), verbose_name=_("channels left")
    )
    address = models.CharField(_("to"), max_length=512, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    values = models.JSONField(_("values"), default=dict, encoder=DjangoJSONEncoder)
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    body = models.TextField(_("text"), blank=True)
    parts = models.PositiveSmallIntegerField(_("SMS parts"), default=0)
    excluded = models.CharField(
        _("left out"), max_length=255, blank=True, help_text=_("Why; empty: gets a message.")
    )

    objects = ScopedManager(hospital="campaign__hospital")

    class Meta:
        db_table = "messaging_bulkrecipient"
        verbose_name = _("recipient of a bulk send")
        verbose_name_plural = _("recipients of bulk sends")
        ordering = ["campaign", "line"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "line"], name="line_once_a_bulk")
        ]

    def __str__(self) -> str:
        return f"#{self.campaign_id}:{self.line}"
