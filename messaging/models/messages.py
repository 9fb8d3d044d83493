"""One row for each thing that somebody outside the browser is to be told, and its history."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel, Topic
from messaging.models.campaigns import Campaign
from messaging.models.templates import TemplateVersion
from messaging.statuses import Status
from wards.base import clock
from wards.models import Event, Hospital, Language, Patient, User


class Message(models.Model):
    """One intention to tell somebody something, by whatever channel works in the end.

    `due_at` drives everything: while it is set, the worker looks at the row when that time has
    come, whatever the status (queued: send it; sending: the lease ran out; failed: try again).
    It is NULL when there is nothing left to do. `key` makes an intention unique.
    """

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="messages")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="messages")
    user = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="messages", help_text=_("Who works here.")
    )
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="messages")
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        db_column="bulk_id",
        db_index=False,
    )
    variant = models.PositiveSmallIntegerField(
        _("variant"), default=0, help_text=_("Of the bulk send: 0 is A, 1 is B.")
    )
    key = models.CharField(_("deduplication key"), max_length=200, blank=True)
    topic = models.CharField(_("about"), max_length=16, choices=Topic)
    urgent = models.BooleanField(_("urgent"), default=False, help_text=_("Quiet hours or not."))
    code = models.CharField(
        _("template code"),
        max_length=60,
        blank=True,
        help_text=_("Finds the words for the next channel."),
    )
    version = models.ForeignKey(TemplateVersion, models.PROTECT, null=True, related_name="messages")
    values = models.JSONField(
        _("values of the placeholders"), default=dict, encoder=DjangoJSONEncoder
    )

    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    fallbacks = ArrayField(
        models.CharField(max_length=8, choices=Channel),
        verbose_name=_("channels left"),
        default=list,
        blank=True,
    )
    address = models.CharField(
        _("to"), max_length=512, help_text=_("Number, e-mail address, chat or push address.")
    )
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Of a phone number, ISO 3166: SA.")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language)
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    body = models.TextField(_("text"))
    parts = models.PositiveSmallIntegerField(_("SMS parts"), default=0)

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    reason = models.CharField(
        _("reason"), max_length=255, blank=True, help_text=_("Of the last failure or decision.")
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True, default=clock.now)
    expires_at = models.DateTimeField(_("useless after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("In all; counted before the carrier is called.")
    )
    tries = models.PositiveSmallIntegerField(
        _("tries on this channel"), default=0, help_text=_("Decides when to give the channel up.")
    )
    provider = models.CharField(_("carrier"), max_length=20, blank=True)
    provider_id = models.CharField(_("the carrier's id"), max_length=200, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=4, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    created_at = models.DateTimeField(_("created"), default=clock.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "key"], condition=~Q(key=""), name="message_key_once_a_hospital"
            )
        ]
        indexes = [
            # Only what still has to be done: a handful of rows among millions.
            # Those of bulk sends have their own, so that 100,000 of them hold up nobody else.
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(due_at__isnull=False, campaign=None),
                name="messages_due",
            ),
            models.Index(
                fields=["campaign", "channel", "due_at"],
                condition=Q(due_at__isnull=False, campaign__isnull=False),
                name="messages_of_bulk_due",
            ),
            # Only what a carrier has and has not answered for: however much else is due.
            models.Index(
                fields=["channel", "provider", "due_at"],
                condition=Q(status=Status.SENDING, due_at__isnull=False),
                name="messages_unanswered",
            ),
            models.Index(
                fields=["campaign", "-id"],
                condition=Q(campaign__isnull=False),
                name="messages_of_a_bulk",
            ),
            models.Index(fields=["hospital", "-id"], name="messages_of_a_hospital"),
            models.Index(fields=["address"], name="messages_by_address"),  # whose answer is this?
            models.Index(
                F("provider"), F("provider_id"), condition=~Q(provider_id=""), name="messages_by_id"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def reference(self) -> str:
        """What the carrier is told to call this attempt: `<id>-<attempt>`."""
        return f"{self.pk}-{self.attempts}"


class MessageLog(models.Model):
    """One move of a message from one state to the next. Never changed."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="log")
    at = models.DateTimeField(_("at"), default=clock.now)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    provider = models.CharField(_("carrier"), max_length=20, blank=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    detail = models.CharField(
        _("detail"), max_length=255, blank=True, help_text=_("The carrier's answer, or why.")
    )

    objects = ScopedManager(hospital="message__hospital")

    class Meta:
        verbose_name = _("step of a message")
        verbose_name_plural = _("steps of messages")
        ordering = ["id"]
        # Written in the order of time, read by its end: costs next to nothing to keep.
        indexes = [BrinIndex(fields=["at"], name="message_steps_by_time", autosummarize=True)]

    def __str__(self) -> str:
        return f"#{self.message_id} {self.status}"
