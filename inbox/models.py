"""A person's alerts, and the counter that makes losing one impossible."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.models import Event, Hospital, Result, User


class Mailbox(models.Model):
    """One a user: the number of the last change to what they see, and how much is unread.

    Whatever changes somebody's inbox takes the next `seq` under this row's lock and stamps it on
    the notifications it changed. So numbers commit in order and without gaps, the badge is one
    column, and catching up is `recipient = me AND seq > the last one I saw`. Which rows are locked
    before and after: inbox/locks.py.
    """

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="mailbox", verbose_name=_("user")
    )
    seq = models.BigIntegerField(_("last change"), default=0, db_default=0)
    unread = models.IntegerField(_("unread"), default=0, db_default=0)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.CheckConstraint(condition=Q(unread__gte=0), name="unread_not_below_0")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.seq}"


class Category(models.TextChoices):
    ADMISSION = "admission", _("Admission")
    DISCHARGE = "discharge", _("Discharge")
    TRANSFER = "transfer", _("Transfer")
    APPOINTMENT = "appointment", _("Appointment")
    TEST_RESULT = "test_result", _("Test result")
    MEDICATION = "medication", _("Medication")
    BILLING = "billing", _("Billing")
    MESSAGING = "messaging", _("Messaging")
    SYSTEM = "system", _("System")
    OTHER = "other", _("Other")


class Level(models.TextChoices):
    INFO = "info", _("Information")
    SUCCESS = "success", _("Success")
    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")
    CRITICAL = "critical", _("Critical")


class Notification(models.Model):
    """What one person was told of one event, in their language, and what they did about it.

    Read is not acknowledged: reading says "I saw it", acknowledging says "I take it".
    Snoozed ones count as read until `snoozed_until`, then come back as unread.
    """

    # No constraints in the database on these: checking them takes as long as all the rest of a
    # fan-out, and they cannot dangle. Events are append-only and hold their hospital; a recipient
    # has a mailbox, which the same statement writes and which does hold its user.
    hospital = models.ForeignKey(
        Hospital, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    recipient = models.ForeignKey(
        User, models.CASCADE, related_name="notifications", db_index=False, db_constraint=False
    )
    event = models.ForeignKey(
        Event, models.PROTECT, related_name="notifications", db_index=False, db_constraint=False
    )
    # Of a result's alert: one a result and recipient, whose event is the newest of that result.
    result = models.ForeignKey(
        Result,
        models.PROTECT,
        null=True,
        related_name="notifications",
        db_index=False,
        db_constraint=False,
    )
    seq = models.BigIntegerField(_("last change"))
    category = models.CharField(_("category"), max_length=12, choices=Category)
    level = models.CharField(_("level"), max_length=8, choices=Level)
    title = models.CharField(_("title"), max_length=255)
    message = models.TextField(_("message"), blank=True)
    link = models.CharField(_("link"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("acknowledged by"),
    )
    acknowledge_comment = models.CharField(_("comment"), max_length=200, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-id"]
        constraints = [
            # Nobody is told twice of one event; also what finds everybody who was told of it.
            models.UniqueConstraint(
                fields=["event", "recipient"], name="one_notification_an_event_and_recipient"
            ),
            models.UniqueConstraint(
                fields=["result", "recipient"],
                condition=Q(result__isnull=False),
                name="one_notification_a_result_and_recipient",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "seq"], name="inbox_changes"),
            # Carries what the history's list and its counts filter on, so they read no rows.
            models.Index(
                fields=["recipient", "-id"],
                include=["hospital", "category", "archived_at", "read_at"],
                name="inbox_history",
            ),
            # What a snapshot has besides the newest.
            models.Index(
                fields=["recipient"],
                condition=Q(level="critical", acknowledged_at=None, archived_at=None),
                name="inbox_untaken",
            ),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="inbox_snoozed",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def mark_as_read(self) -> None:
        """Marks it as read for its recipient, in every tab and device they have open."""
        from inbox import mailbox

        mailbox.mark_read(self.recipient, [self.pk])
        self.refresh_from_db()
