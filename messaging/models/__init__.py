"""Words for people outside the browser, and what became of them."""

from messaging.models.campaigns import Campaign, CampaignRecipient, CampaignVariant
from messaging.models.carriers import CarrierState
from messaging.models.consent import AddressConsent, Answer, ConsentChange, Ground, Source
from messaging.models.counters import MessageCounter
from messaging.models.filters import SavedFilter
from messaging.models.messages import Message, MessageLog
from messaging.models.policy import MessagingPolicy
from messaging.models.preferences import NotificationPreference
from messaging.models.prices import Price
from messaging.models.templates import MessageTemplate, TemplateVersion

__all__ = [
    "AddressConsent",
    "Answer",
    "Campaign",
    "CampaignRecipient",
    "CampaignVariant",
    "CarrierState",
    "ConsentChange",
    "Ground",
    "Message",
    "MessageCounter",
    "MessageLog",
    "MessageTemplate",
    "MessagingPolicy",
    "NotificationPreference",
    "Price",
    "SavedFilter",
    "Source",
    "TemplateVersion",
]
