"""Words for people outside the browser, and what became of them."""

from messaging.models.bulk import BulkRecipient, BulkSend, BulkVariant
from messaging.models.counters import MessageCounter
from messaging.models.filters import SavedFilter
from messaging.models.messages import Message, MessageLog
from messaging.models.policy import MessagingPolicy
from messaging.models.preferences import NotificationPreference
from messaging.models.prices import Price
from messaging.models.providers import ProviderState
from messaging.models.templates import MessageTemplate, TemplateVersion

__all__ = [
    "BulkRecipient",
    "BulkSend",
    "BulkVariant",
    "Message",
    "MessageCounter",
    "MessageLog",
    "MessageTemplate",
    "MessagingPolicy",
    "NotificationPreference",
    "Price",
    "ProviderState",
    "SavedFilter",
    "TemplateVersion",
]
