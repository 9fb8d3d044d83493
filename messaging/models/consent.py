"""The ledger of consent: what has been said against a number or mailbox, whoever's it is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel
from wards.base import clock
from wards.models import Hospital, User


class Ground(models.TextChoices):
    """What may stand against an address. Each stands or falls by itself."""

    REFUSED = "refused", _("Said no to messages")
    NEWS = "news", _("Said no to news and offers")
    UNDELIVERABLE = "undeliverable", _("Does not exist, says the carrier")
    DISPUTED = "disputed", _("To be looked at")


class Source(models.TextChoices):
    """Who says so."""

    ANSWER = "answer", _("An answer")
    LINK = "link", _("The link in an e-mail")
    CARRIER = "carrier", _("The carrier")
    COMPLAINT = "complaint", _("A complaint about spam")
    BOUNCE = "bounce", _("A message that came back")
    STAFF = "staff", _("A colleague")


class AddressConsent(models.Model):
    """One thing that was said against one address on one channel, and whether it stands.

    `address` is canonical (`messaging.contacts.addresses.canonical`). Only the ledger writes here
    (`messaging.contacts.ledger`): it locks the address, so that no message leaves meanwhile.
    """

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    address = models.CharField(_("number or address"), max_length=512)
    ground = models.CharField(_("what"), max_length=16, choices=Ground)
    stands = models.BooleanField(_("stands"), default=True)
    since = models.DateTimeField(_("since"), default=clock.now)
    source = models.CharField(_("from what"), max_length=12, choices=Source)
    detail = models.CharField(
        _("reason"), max_length=255, blank=True, help_text=_("The carrier's code, or why.")
    )
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("consent of an address")
        verbose_name_plural = _("consents of addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "channel", "address", "ground"], name="ground_once_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ConsentChange(models.Model):
    """One change of what stands against an address. Never changed."""

    consent = models.ForeignKey(AddressConsent, models.PROTECT, related_name="history")
    at = models.DateTimeField(_("at"), default=clock.now)
    stands = models.BooleanField(_("stands"))
    source = models.CharField(_("from what"), max_length=12, choices=Source)
    detail = models.CharField(_("reason"), max_length=255, blank=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScopedManager(hospital="consent__hospital")

    class Meta:
        verbose_name = _("change of consent")
        verbose_name_plural = _("changes of consent")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"#{self.consent_id}"


class Answer(models.Model):
    """Words that came back and that a person has to read."""

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="answers")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    address = models.CharField(_("from"), max_length=512)
    body = models.TextField(_("text"))
    blocks = models.BooleanField(
        _("blocks the address"), default=False, help_text=_("Until it has been looked at.")
    )
    at = models.DateTimeField(_("came"), default=clock.now)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    became = models.CharField(_("what was made of it"), max_length=12, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["hospital", "-id"], name="answers_of_a_hospital"),
            models.Index(
                fields=["hospital"], condition=models.Q(done_at=None), name="answers_to_read"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
