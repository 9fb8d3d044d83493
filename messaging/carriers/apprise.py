"""Chat for staff: Slack, Teams and ntfy, through Apprise."""

from typing import Self

import apprise

from messaging.carriers.base import Accepted, Carrier, Outgoing, Refusal
from messaging.channels import Channel

# Apprise knows a hundred kinds of addresses, among them any URL there is. These are chats;
# workflows is Teams.
SCHEMAS = ("slack", "workflows", "workflow", "ntfy", "ntfys")


class Chat(Carrier):
    """The address of a message says everything, also the key: `slack://…`, `ntfy://topic`.

    Apprise tells of a failure that there was one, and not which: it is tried again.
    """

    name = "apprise"
    channels = frozenset({Channel.CHAT})
    rate = 10.0

    @classmethod
    def from_settings(cls) -> Self:
        return cls()

    def send(self, message: Outgoing) -> Accepted:
        schema = message.to.partition("://")[0].lower()
        chats = apprise.Apprise()
        if schema not in SCHEMAS or not chats.add(message.to):
            raise Refusal("invalid_address", permanent=True)
        if not chats.notify(body=message.body, title=message.subject):
            raise Refusal("not_taken")
        return Accepted(message.reference)
