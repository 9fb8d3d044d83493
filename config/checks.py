"""System checks (`manage.py check`, and before every command): what would go wrong, the cure."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from config import health
from messaging import carriers
from messaging.carriers.base import TIMEOUT, setting


@register
def installation(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Values of the environment that Wardbell cannot work with."""
    found: list[CheckMessage] = []
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine != "config.postgresql":
        found.append(
            Error(
                f"DATABASE_URL names {engine}: Wardbell needs PostgreSQL.",
                hint="Set DATABASE_URL to postgres://user:password@host:5432/wardbell.",
                id="wardbell.E001",
            )
        )
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,50}", settings.PREFIX):
        found.append(
            Error(
                "PREFIX is not a name that Redis keys and channels can start with.",
                hint="Use up to 50 letters, digits, and . _ - only.",
                id="wardbell.E002",
            )
        )
    if unknown := set(settings.READY_EXPECTS) - set(health.EXPECTABLE):
        found.append(
            Error(
                f"READY_EXPECTS names {', '.join(sorted(unknown))}, which nothing reports.",
                hint=f"Known parts: {', '.join(health.EXPECTABLE)}.",
                id="wardbell.E003",
            )
        )
    return found + _carriers()


def _carriers() -> list[CheckMessage]:
    """Carriers that are not known or not configured."""
    found: list[CheckMessage] = []
    for name in settings.MESSAGING_PROVIDERS:
        if name not in carriers.CARRIERS:
            hint = f"Known providers: {', '.join(carriers.CARRIERS)}."
            said = f"MESSAGING_PROVIDERS names {name}, which there is not."
            found.append(Error(said, hint=hint, id="wardbell.E004"))
            continue
        missing = [each for each in carriers.kind(name).needs if not setting(each)]
        if missing:
            said = f"MESSAGING_PROVIDERS names {name}, which needs {', '.join(missing)}."
            hint = "Set them in the environment; docs/deployment.md says to what."
            found.append(Error(said, hint=hint, id="wardbell.E005"))
            continue
        try:
            carrier = carriers.get(name)
            carrier.check()
        except Exception as fault:  # of the provider's own library: a bad key, a missing one
            said = f"MESSAGING_PROVIDERS names {name}, which does not work like this: {fault}"
            found.append(Error(said, hint="See docs/deployment.md.", id="wardbell.E006"))
            continue
        if not carrier.channels:
            said = f"MESSAGING_PROVIDERS names {name}, which has no sender on any channel."
            hint = "Set one, as TWILIO_SMS_SENDER; docs/deployment.md has the names."
            found.append(Error(said, hint=hint, id="wardbell.E008"))
    return found


@register(Tags.database)
def database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A database that cannot hold everybody's name; looked at before `migrate` writes into it."""
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone()
    if encoding == "UTF8":
        return []
    return [
        Error(
            f"The database is encoded in {encoding}, which has no room for names in Arabic.",
            hint="Make it anew: createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8",
            id="wardbell.E007",
        )
    ]


@register(Tags.security, deploy=True)
def production(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """What is right on a laptop and wrong in a hospital (`manage.py check --deploy`)."""
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(
            Warning(
                "DEMO is on: the sign-in page shows users and their password.",
                hint="Unset DEMO, and remove the demo hospital's users.",
                id="wardbell.W001",
            )
        )
    if settings.MESSAGING_LEASE < 3 * TIMEOUT:
        found.append(
            Warning(
                "MESSAGING_LEASE is so short that a provider may still be answering when it ends.",
                hint=f"Set it to {3 * TIMEOUT:g} seconds or more.",
                id="wardbell.W003",
            )
        )
    if urlsplit(settings.PUBLIC_URL).hostname in ("localhost", "127.0.0.1"):
        found.append(
            Warning(
                "PUBLIC_URL is this machine: links in messages lead nowhere, receipts do not come.",
                hint="Set PUBLIC_URL to where patients and providers reach Wardbell.",
                id="wardbell.W004",
            )
        )
    return found


@register(Tags.security, deploy=True)
def reaching(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Whether what is written to people reaches anybody."""
    found: list[CheckMessage] = []
    if "sandbox" in settings.MESSAGING_PROVIDERS:
        found.append(
            Warning(
                "Messages to patients go to the sandbox carrier, which reaches nobody.",
                hint="Set MESSAGING_PROVIDERS to those you have accounts with, as "
                "twilio,unifonic,smtp, and what they need: docs/deployment.md.",
                id="wardbell.W002",
            )
        )
    if not settings.MESSAGING_PROVIDERS:
        found.append(
            Warning(
                "MESSAGING_PROVIDERS is empty: messages to patients and staff reach nobody.",
                hint="Set it to those you have accounts with, or to sandbox to try things out.",
                id="wardbell.W005",
            )
        )
    for name in sorted({*carriers.CARRIERS} - {*settings.MESSAGING_PROVIDERS}):
        needs = carriers.kind(name).needs
        if needs and all(setting(each) for each in needs):
            found.append(
                Warning(
                    f"{', '.join(needs)} are set, but MESSAGING_PROVIDERS does not name {name}.",
                    hint=f"Add {name} to it, or nothing goes that way.",
                    id="wardbell.W006",
                )
            )
    return found
