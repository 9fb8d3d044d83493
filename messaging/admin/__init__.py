"""The admin pages of messaging: what was sent, to look at; the policy, to set."""

from messaging.admin import bulk, costs, messages

__all__ = ["bulk", "costs", "messages"]
