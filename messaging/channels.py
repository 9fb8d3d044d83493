"""The ways to reach somebody outside the browser, and what the words are about."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    EMAIL = "email", _("E-mail")
    PUSH = "push", _("Browser push")  # staff: one subscription of one browser
    CHAT = "chat", _("Chat")  # staff: Slack, Teams, ntfy


RINGING = (Channel.SMS, Channel.WHATSAPP)  # what wakes people up
# A patient has an address on these, and a template has words for them.
PATIENT_CHANNELS = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)


class Topic(models.TextChoices):
    """What a message is about: a template's category, and what a patient switches on and off."""

    CARE = "care", _("Stay and care")
    CONFIRMATIONS = "confirmations", _("Appointments")
    REMINDERS = "reminders", _("Reminders")
    RESULTS = "results", _("Test results")
    BILLING = "billing", _("Billing")
    MARKETING = "marketing", _("News and offers")  # only to those who asked for it
    STAFF = "staff", _("Staff")  # to people who work here; no patient's preferences apply
