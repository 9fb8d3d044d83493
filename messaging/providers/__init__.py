"""Who carries what: the registry of providers, in the order of preference per channel.

An installation names its providers in `MESSAGING_PROVIDERS` (as "twilio,unifonic,smtp"); the
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

from messaging.channels import Channel
from messaging.providers.base import Provider

# What MESSAGING_PROVIDERS may name: its class, and what people call it.
PROVIDERS: dict[str, tuple[str, StrOrPromise]] = {
    "twilio": ("messaging.providers.twilio.Twilio", "Twilio"),
    "unifonic": ("messaging.providers.unifonic.Unifonic", "Unifonic"),
    "smtp": ("messaging.providers.email.Smtp", _("Mail server")),
    "anymail": ("messaging.providers.email.Anymail", _("Mail service")),
    "apprise": ("messaging.providers.apprise.Chat", _("Chat service")),
    "webpush": ("messaging.providers.webpush.WebPush", _("Browser push")),
    "sandbox": ("messaging.providers.sandbox.Sandbox", _("Sandbox carrier")),
    "sandbox_spare": ("messaging.providers.sandbox.SpareSandbox", _("Spare sandbox carrier")),
}


@cache
def get(name: str) -> Provider:
    """The installation's account with a provider. Raises KeyError where it has none."""
    if name not in settings.MESSAGING_PROVIDERS:
        raise KeyError(name)
    made: Provider = kind(name).from_settings()
    made.rate = settings.MESSAGING_RATES.get(name, made.rate)
    return made


def kind(name: str) -> type[Provider]:
    """What a name in `MESSAGING_PROVIDERS` stands for. Raises KeyError for an unknown one."""
    found: type[Provider] = import_string(PROVIDERS[name][0])
    return found


def for_channel(channel: Channel) -> list[Provider]:
    """Those that carry messages of this channel, in the order of `MESSAGING_PROVIDERS`."""
    providers = [get(name) for name in settings.MESSAGING_PROVIDERS]
    return [provider for provider in providers if channel in provider.channels]


def label(name: str) -> str:
    """A provider as people call it; one that there is no more keeps its name."""
    return str(PROVIDERS[name][1]) if name in PROVIDERS else name


def callback_url(name: str, reference: str) -> str:
    """Where a provider posts the receipts of one attempt, as seen from outside."""
    return f"{settings.PUBLIC_URL}{reverse('webhooks:messages', args=[name])}?reference={reference}"


def _forget(**signal: Any) -> None:
    get.cache_clear()


setting_changed.connect(_forget)  # tests change settings
