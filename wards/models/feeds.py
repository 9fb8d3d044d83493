"""Feeds: the systems that send us HL7 v2 messages, and what of them was not understood."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from wards.base import clock
from wards.models.hospital import Hospital

# HL7 table 0203: types of patient identifiers, those that a hospital gives before those that come
# from elsewhere. What is not named here comes after all of them.
TYPES = "MR MRN PI PT PN HN MC NI NH NHSNMBR NNSAU IQAMA SS PPN DL AN VN".split()  # noqa: SIM905


def types() -> list[str]:
    """The order of types that a new feed begins with."""
    return list(TYPES)


class Feed(models.Model):
    """A system that sends us HL7 v2 messages, known by facility (MSH-4) and application (MSH-3).

    One whose application is empty is for all applications of its facility that have no feed of
    their own.
    """

    class Training(models.TextChoices):
        """What becomes of messages that are no production (MSH-11 is not P)."""

        IGNORE = "ignore", _("Keep, tell nobody")
        SHOW = "show", _("Apply, marked TEST")

    class Unclear(models.TextChoices):
        """What is answered where it is not clear whom a message is about."""

        REFUSE = "refuse", _("AE: the sender keeps it, too")
        HOLD = "hold", _("AA: it waits here for a decision")

    class Beds(models.TextChoices):
        """How a bed is called: PV1-3 has a room (PL.2) and a bed (PL.3)."""

        AUTO = "auto", _("Room and bed where the bed is one or two characters")
        ROOM_BED = "room_bed", _("Room and bed")
        BED = "bed", _("Bed alone")

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="feeds")
    name = models.CharField(_("name"), max_length=120)
    facility = models.CharField(_("sending facility"), max_length=180, help_text=_("MSH-4"))
    application = models.CharField(
        _("sending application"),
        max_length=180,
        blank=True,
        help_text=_("MSH-3; empty: every application of the facility."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    authority = models.CharField(
        _("assigning authority"),
        max_length=180,
        blank=True,
        help_text=_("Of numbers that name none (CX.4); empty: the hospital's own numbers."),
    )
    own_authorities = ArrayField(
        models.CharField(max_length=180),
        verbose_name=_("names of the hospital's own authority"),
        default=list,
        blank=True,
        help_text=_("CX.4 that stands for the hospital's own numbers, besides the facility."),
    )
    type_order = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("identifier types, the best first"),
        default=types,
        help_text=_("Which of several new numbers becomes the patient's number (CX.5)."),
    )
    creates_people = models.BooleanField(_("may create patients and clinicians"), default=True)
    changes_people = models.BooleanField(_("may change patients' details"), default=True)
    creates_places = models.BooleanField(_("may create wards and beds (ADT)"), default=True)
    networks = ArrayField(
        models.CharField(max_length=50),
        verbose_name=_("allowed addresses"),
        default=list,
        blank=True,
        help_text=_("Networks it may send from, as 10.1.0.0/16; empty: any."),
    )
    certificate = models.CharField(
        _("client certificate"),
        max_length=200,
        blank=True,
        help_text=_("Common name its TLS certificate must have; empty: none is asked for."),
    )
    unclear = models.CharField(
        _("unclear identity"), max_length=8, choices=Unclear, default=Unclear.REFUSE
    )
    training = models.CharField(
        _("training messages"), max_length=8, choices=Training, default=Training.IGNORE
    )
    beds = models.CharField(_("names of beds"), max_length=8, choices=Beds, default=Beds.AUTO)
    death_codes = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("discharge codes that mean death"),
        default=list,
        blank=True,
        help_text=_("PV1-36, besides those of HL7 table 0112 and the usual ones."),
    )
    silent_after = models.PositiveSmallIntegerField(
        _("silent after (minutes)"),
        null=True,
        blank=True,
        help_text=_("Alert when no message came for so long in working hours; empty: never."),
    )
    silent_from = models.TimeField(_("working hours from"), null=True, blank=True)
    silent_until = models.TimeField(_("working hours until"), null=True, blank=True)
    last_message_at = models.DateTimeField(_("last message"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "application"], name="feed_once_a_facility_and_application"
            ),
            models.CheckConstraint(condition=~models.Q(facility=""), name="feed_has_a_facility"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.facility} {self.application}".strip()


class FeedNote(models.Model):
    """Something in a feed's messages that was not understood, and how often.

    `place` and `value` are of the message (as OBX-8, CRIT), never a patient's name or number.
    """

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="notes")
    place = models.CharField(_("place"), max_length=20)
    value = models.CharField(_("value"), max_length=120)
    count = models.PositiveIntegerField(_("times"), default=1)
    first_at = models.DateTimeField(_("first"), default=clock.now)
    last_at = models.DateTimeField(_("last"), default=clock.now)

    objects = ScopedManager(hospital="feed__hospital")

    class Meta:
        verbose_name = _("not understood")
        verbose_name_plural = _("not understood")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "place", "value"], name="note_once_a_place_and_value"
            )
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.value}"
