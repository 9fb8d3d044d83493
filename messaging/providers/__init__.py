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

from messaging.channels import Channel
from messaging.providers.base import Provider

PROVIDERS = {
    "twilio": "messaging.providers.twilio.Twilio",
    "unifonic": "messaging.providers.unifonic.Unifonic",
    "smtp": "messaging.providers.email.Smtp",
    "anymail": "messaging.providers.email.Anymail",
    "apprise": "messaging.providers.apprise.Chat",
    "webpush": "messaging.providers.webpush.WebPush",
    "sandbox": "messaging.providers.sandbox.Sandbox",
    "sandbox_spare": "messaging.providers.sandbox.SpareSandbox",
}
LABELS = {
    "twilio": "Twilio",
    "unifonic": "Unifonic",
    "smtp": _("Mail server"),
    "anymail": _("Mail service"),
    "apprise": _("Chat service"),
    "webpush": _("Browser push"),
    "sandbox": _("Sandbox carrier"),
    "sandbox_spare": _("Spare sandbox carrier"),
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
    found: type[Provider] = import_string(PROVIDERS[name])
    return found


def for_channel(channel: Channel) -> list[Provider]:
    """Those that carry messages of this channel, in the order of `MESSAGING_PROVIDERS`."""
    providers = [get(name) for name in settings.MESSAGING_PROVIDERS]
    return [provider for provider in providers if channel in provider.channels]


def label(name: str) -> str:
    """A provider as people call it; one that there is no more keeps its name."""
    return str(LABELS.get(name, name))


def callback_url(name: str, reference: str) -> str:
    """Where a provider posts the receipts of one attempt, as seen from outside."""
    return f"{settings.PUBLIC_URL}{reverse('webhooks:messages', args=[name])}?reference={reference}"


def _forget(**signal: Any) -> None:
    get.cache_clear()


setting_changed.connect(_forget)  # tests change settings
