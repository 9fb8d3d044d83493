"""Who carries what: the registry of carriers, in the order of preference per channel.

An installation names its carriers in `MESSAGING_PROVIDERS` (as "twilio,unifonic,smtp"); the
sandbox carrier is what there is without it.
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from messaging.carriers.base import Carrier
from messaging.channels import Channel

# What MESSAGING_PROVIDERS may name: its class, and what people call it.
CARRIERS: dict[str, tuple[str, StrOrPromise]] = {
    "twilio": ("messaging.carriers.twilio.Twilio", "Twilio"),
    "unifonic": ("messaging.carriers.unifonic.Unifonic", "Unifonic"),
    "smtp": ("messaging.carriers.email.Smtp", _("Mail server")),
    "anymail": ("messaging.carriers.mail_services.Anymail", _("Mail service")),
    "apprise": ("messaging.carriers.apprise.Chat", _("Chat service")),
    "webpush": ("messaging.carriers.webpush.WebPush", _("Browser push")),
    "sandbox": ("messaging.carriers.sandbox.Sandbox", _("Sandbox carrier")),
    "sandbox_spare": ("messaging.carriers.sandbox.SpareSandbox", _("Spare sandbox carrier")),
}


@cache
def get(name: str) -> Carrier:
    """The installation's account with a carrier. Raises KeyError where it has none."""
    if name not in settings.MESSAGING_PROVIDERS:
        raise KeyError(name)
    made: Carrier = kind(name).from_settings()
    made.rate = settings.MESSAGING_RATES.get(name, made.rate)
    return made


def kind(name: str) -> type[Carrier]:
    """What a name in `MESSAGING_PROVIDERS` stands for. Raises KeyError for an unknown one."""
    found: type[Carrier] = import_string(CARRIERS[name][0])
    return found


def for_channel(channel: Channel) -> list[Carrier]:
    """Those that carry messages of this channel, in the order of `MESSAGING_PROVIDERS`."""
    carriers = [get(name) for name in settings.MESSAGING_PROVIDERS]
    return [carrier for carrier in carriers if channel in carrier.channels]


def label(name: str) -> str:
    """A carrier as people call it; one that there is no more keeps its name."""
    return str(CARRIERS[name][1]) if name in CARRIERS else name


def callback_url(name: str, reference: str) -> str:
    """Where a carrier posts the receipts of one attempt, as seen from outside."""
    return f"{settings.PUBLIC_URL}{reverse('webhooks:messages', args=[name])}?reference={reference}"


def _forget(**signal: Any) -> None:
    get.cache_clear()


setting_changed.connect(_forget)  # tests change settings
