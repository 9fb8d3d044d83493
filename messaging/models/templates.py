"""The hospital's own words, kept in versions: a message remembers which one made it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from messaging.channels import Channel, Topic
from wards.base import clock
from wards.models import Hospital, User


class MessageTemplate(models.Model):
    """What is said on one channel. The rule table asks for it by `code`.

    The words are in the newest version. One that was deleted stays for the messages it made.
    """

    hospital = models.ForeignKey(Hospital, models.PROTECT, related_name="message_templates")
    code = models.SlugField(
        _("code"), max_length=60, help_text=_("What rules and bulk messages call it.")
    )
    name = models.CharField(_("name"), max_length=120)
    category = models.CharField(_("category"), max_length=16, choices=Topic)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = ScopedManager(hospital="hospital")

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["name", "channel"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "code", "channel"],
                condition=Q(deleted_at=None),
                name="template_code_once_a_channel",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """The words as they were from one edit to the next. Never changed."""

    template = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    subject_en = models.CharField(_("subject in English"), max_length=200, blank=True)
    body_en = models.TextField(_("text in English"), blank=True)
    subject_ar = models.CharField(_("subject in Arabic"), max_length=200, blank=True)
    body_ar = models.TextField(_("text in Arabic"), blank=True)
    variables = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("variables"),
        default=list,
        blank=True,
        help_text=_("The placeholders that the words use."),
    )
    created_at = models.DateTimeField(_("created"), default=clock.now)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ScopedManager(hospital="template__hospital")

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="version_number_once_a_template"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} ({self.number})"
