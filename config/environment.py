"""The environment as installations give it: an .env file, and names that other systems use.

What the process was started with goes before the file; our own name goes before another's.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from dotenv import dotenv_values

CHECKOUT = Path(__file__).resolve().parent.parent
# Ours, and what it is called by Twilio's, SendGrid's, Django's and Celery's guides.
ALIASES = {
    "TWILIO_SMS_SENDER": "TWILIO_PHONE_NUMBER",
    "ANYMAIL_SENDGRID_API_KEY": "SENDGRID_API_KEY",
    "EMAIL_FROM": "DEFAULT_FROM_EMAIL",
    "REDIS_URL": "CELERY_BROKER_URL",
}
# Where the key of a service is all that is said of e-mail, it is the service that is meant.
IMPLIED = {"ANYMAIL_SENDGRID_API_KEY": ("ANYMAIL_ESP", "sendgrid")}
REDIS = ("redis://", "rediss://", "unix://")  # other brokers are none of ours


def prepare(environment: MutableMapping[str, str] = os.environ) -> None:
    """Completes the environment before anything reads it: from the file, then by other names.

    The file is `.env` beside manage.py, or what ENV_FILE names; ENV_FILE= (empty): none.
    """
    name = environment.get("ENV_FILE", ".env")
    told = _told(CHECKOUT / name) if name else {}
    for key, value in told.items():
        environment.setdefault(key, value)
    for ours, theirs in ALIASES.items():
        value = environment.get(theirs, "")
        if value and not environment.get(ours) and (ours != "REDIS_URL" or value.startswith(REDIS)):
            environment[ours] = value
    for key, (implied, value) in IMPLIED.items():
        if environment.get(key) and not environment.get(implied):
            environment[implied] = value


def _told(path: Path) -> Mapping[str, str]:
    return {key: value for key, value in dotenv_values(path).items() if value is not None}
