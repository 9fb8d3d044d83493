"""The admin pages of messaging: what was sent, to look at; the policy, to set."""

from messaging.campaigns import admin as campaigns
from messaging.contacts import admin as contacts
from messaging.insights import admin as costs
from messaging.messages import admin as messages

__all__ = ["campaigns", "contacts", "costs", "messages"]
