"""Words for people outside the browser, and what became of them."""

from messaging.models.messages import Message, MessageLog
from messaging.models.policy import MessagingPolicy
from messaging.models.preferences import NotificationPreference
from messaging.models.providers import ProviderState
from messaging.models.templates import MessageTemplate, TemplateVersion

__all__ = [
    "Message",
    "MessageLog",
    "MessageTemplate",
    "MessagingPolicy",
    "NotificationPreference",
    "ProviderState",
    "TemplateVersion",
]
