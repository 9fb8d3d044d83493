"""How many messages are in which state, counted by PostgreSQL as they move."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel
from messaging.models.campaigns import Campaign
from messaging.models.templates import TemplateVersion
from messaging.statuses import Status
from wards.models import Hospital

SOON_DELIVERED, SOON_READ = 1, 2  # bits of `soon`: within 10 minutes, within an hour of being sent


class MessageCounter(models.Model):
    """A number of messages that have something in common; those of a cell are added up.

    Only triggers on the messages' table write rows here (messaging/insights/sql/): each statement
    that moves messages appends what its cells gained and lost (`loose`, may be negative).
    Nobody waits for anybody, and the sum over a cell is exact in every snapshot. `messaging_fold()`
    adds loose rows up to one row a cell, and once more to one a month, so that a year is a few
    thousand rows: read it through `messaging.insights.counters.within`, which takes each once.
    Which columns a cell has depends on its cube; the others are empty. `day` is that on which a
    message was created, in the hospital's time zone.
    """

    class Cube(models.TextChoices):
        STATUS = "status", _("Status")  # day, channel, status
        TEMPLATE = "template", _("Template")  # day, version, status
        COST = "cost", _("Cost")  # day, channel, carrier, country, currency: of what has a price
        REASON = "reason", _("Reason")  # day, channel, status, reason: of what was not sent
        WAIT = "wait", _("Time to deliver")  # day, channel, wait
        HOUR = "hour", _("Hour")  # day, channel, hour, soon: to patients, of the last sending
        BULK = "bulk", _("Bulk send")  # bulk, variant, channel, status, reason, currency

    hospital = models.ForeignKey(
        Hospital, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    cube = models.CharField(_("cube"), max_length=8, choices=Cube)
    day = models.DateField(_("day"), null=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, blank=True)
    version = models.ForeignKey(
        TemplateVersion,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    provider = models.CharField(_("carrier"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    reason = models.CharField(
        _("reason"), max_length=64, blank=True, help_text=_("Only what stands before a colon.")
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    hour = models.PositiveSmallIntegerField(
        _("hour"), null=True, help_text=_("In which it was sent, in the hospital's time zone.")
    )
    soon = models.PositiveSmallIntegerField(
        _("soon"),
        null=True,
        help_text=_("1: delivered in 10 minutes; 2: read in an hour; or both."),
    )
    wait = models.SmallIntegerField(
        _("wait"), null=True, help_text=_("From being sent: 1.1 to the power of this in seconds.")
    )
    campaign = models.ForeignKey(
        Campaign,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_column="bulk_id",
        db_index=False,
        db_constraint=False,
    )
    variant = models.PositiveSmallIntegerField(_("variant"), null=True)

    messages = models.BigIntegerField(_("messages"))
    parts = models.BigIntegerField(_("SMS parts"))
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=4)
    loose = models.BooleanField(_("not added up yet"))
    whole_month = models.BooleanField(
        _("whole month"), help_text=_("The same messages again; the day is the first of the month.")
    )

    objects = ScopedManager(hospital="hospital")

    class Meta:
        db_table = "messaging_tally"
        verbose_name = _("message counter")
        verbose_name_plural = _("message counters")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "hospital", "cube", "whole_month", "day", "channel", "status", "version",
                    "provider", "country", "reason", "currency", "hour", "soon", "wait", "campaign",
                    "variant",
                ],
                condition=Q(loose=False),
                nulls_distinct=False,
                name="tally_one_row_a_cell",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["hospital", "cube", "whole_month", "day"], name="tallies_by_day"),
            models.Index(
                fields=["campaign"], condition=Q(campaign__isnull=False), name="tallies_of_a_bulk"
            ),
            models.Index(
                fields=["hospital", "cube", "day"], condition=Q(loose=True), name="tallies_loose"
            ),
            models.Index(fields=["id"], condition=Q(loose=False, messages=0), name="tallies_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.cube} {self.day or self.campaign_id}: {self.messages}"
