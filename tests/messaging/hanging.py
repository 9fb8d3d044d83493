"""The sender with one more carrier, for SMS and before the others, which never answers.

`python -m tests.messaging.hanging`, with MESSAGING_PROVIDERS=hanging,sandbox. What hangs is the
sandbox carrier: whatever this carrier is given goes to the number that it does not answer for.
"""

import os
from dataclasses import replace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from messaging.carriers import CARRIERS
from messaging.carriers.base import Accepted, Outgoing
from messaging.carriers.sandbox import Sandbox
from messaging.channels import Channel

LOST = "+12025550113"  # not taken, and no answer


class Hanging(Sandbox):
    """An account with a carrier that takes connections and then says nothing."""

    name = "hanging"
    channels = frozenset({Channel.SMS})

    def send(self, message: Outgoing) -> Accepted:
        return super().send(replace(message, to=LOST))


CARRIERS["hanging"] = ("tests.messaging.hanging.Hanging", "Hanging")


def main() -> None:
    from django.core.management import call_command

    assert settings.MESSAGING_PROVIDERS == ["hanging", "sandbox"]
    django.setup()
    call_command("message_sender")


if __name__ == "__main__":
    main()
